"""Metrics of entities: the same for training, for a file and, from a device's own answers, for the report."""

from collections.abc import Iterable, Sequence

import numpy as np

from replite.records.train import Metrics
from replite.tasks.entities.spans import held
from replite.tasks.scoring import MetricsError, check_lengths, f1, per_label, ratio


def evaluate(gold: Sequence[str], answers: Sequence[str | None], labels: Sequence[str]) -> Metrics:
    """Compare the entities of answers with gold ones, row by row; a missing answer (None) has none.

    An entity is right if start, end and type are. `entity_precision`, `entity_recall` and `entity_f1` count all types together
    and read tags by conlleval's rule, as seqeval does; for `strict_f1` an entity that began with a stray I- was not said, as in
    seqeval's mode "strict" with the scheme IOB2. Each is 0 where there is nothing to divide by. Where no text has gold (all are
    ""), no row is compared and there is no figure.
    Raises `MetricsError` for unequal lengths, no rows at all, an unknown type and what is no list of entities.
    """
    check_lengths(gold, answers)
    if not any(gold):
        return Metrics(rows=0, missing=0, figures={})
    of_types = counts(gold, answers, labels).sum(axis=0)
    right, said, true = of_types.sum(axis=1)
    strictly, said_strictly, _ = counts(gold, answers, labels, strict=True).sum(axis=(0, 2))
    figures = {
        "entity_f1": f1(right, said + true),
        "entity_precision": ratio(right, said),
        "entity_recall": ratio(right, true),
        "strict_f1": f1(strictly, said_strictly + true),
    }
    return Metrics(
        rows=len(gold),
        missing=list(answers).count(None),
        figures={name: float(figure) for name, figure in figures.items()},
        per_label=per_label(of_types, labels),
    )


def counts(gold: Iterable[str], answers: Iterable[str | None], labels: Sequence[str], *, strict: bool = False) -> np.ndarray:
    """Entities of each text that are in gold and answer both, in the answer, and in gold: int [texts, 3, types].

    `strict` leaves out what began with a stray I-. Raises `MetricsError`.
    """
    rows = list(zip(held(gold), held(answers), strict=True))
    places = {label: place for place, label in enumerate(labels)}
    found = np.zeros((len(rows), 3, len(labels)), dtype=int)
    for row, (true, answer) in zip(found, rows, strict=True):
        own, said = {entity[:3] for entity in true}, {entity[:3] for entity in answer if not (strict and entity.stray)}
        for of_kind, entities in zip(row, (own & said, said, own), strict=True):
            for _, _, kind in entities:
                if kind not in places:
                    raise MetricsError(f"type '{kind}' is none of {', '.join(labels)}")
                of_kind[places[kind]] += 1
    return found
