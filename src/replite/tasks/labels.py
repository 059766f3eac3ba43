"""A checkpoint's own labels, matched with those of a data set."""

from collections.abc import Callable, Mapping, Sequence


class LabelsError(ValueError):
    """A checkpoint's labels are not the data set's; the message names the file or key, the labels and the fix."""


def match(own: Sequence[str], labels: Sequence[str], names: Mapping[str, str]) -> list[int]:
    """The place of each of the `labels` among a checkpoint's `own`, which have to be the same ones, in letters of any case.

    `names` calls some of the checkpoint's as the data set does. Raises `LabelsError`.
    """
    _check_names(own, labels, names)
    fold: Callable[[str], str] = str.casefold if len({label.casefold() for label in labels}) == len(labels) else str
    found, wanted = ([fold(label) for label in called] for called in ([names.get(label, label) for label in own], labels))
    if repeated := [label for label, name in zip(own, found, strict=True) if found.count(name) > 1]:
        raise LabelsError(f"config.json: id2label: {_listed(repeated)} are one label; call each otherwise there")
    if len(own) != len(labels):
        raise LabelsError(
            f"config.json: id2label: {len(own)} labels ({_listed(own)}), and the data set has {len(labels)} ({_listed(labels)}); "
            "use a checkpoint for the data set's labels, or another data set"
        )
    if strange := [label for label, name in zip(own, found, strict=True) if name not in wanted]:
        free = next(label for label in labels if fold(label) not in found)
        raise LabelsError(
            f"config.json: id2label: {_listed(strange)}: not among the data set's labels ({_listed(labels)}); say with the "
            f"model's key 'labels' which is which, as in labels: {{{strange[0]!r:.50}: {free!r:.50}}}"
        )
    return [found.index(label) for label in wanted]


def _check_names(own: Sequence[str], labels: Sequence[str], names: Mapping[str, str]) -> None:
    for label, name in names.items():
        if label not in own:
            raise LabelsError(f"key 'labels': {label!r:.50} is none of the checkpoint's labels; these are {_listed(own)}")
        if name not in labels:
            raise LabelsError(f"key 'labels': {name!r:.50} is none of the data set's labels; these are {_listed(labels)}")


def _listed(labels: Sequence[str]) -> str:
    """The first of them, escaped: a checkpoint's may be anything."""
    return ", ".join(f"{label!r:.50}" for label in labels[:10]) + (", ..." if len(labels) > 10 else "")
