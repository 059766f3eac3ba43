"""A finished study checked as a whole."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from replite.config.yaml_file import ConfigError
from replite.printable import printable
from replite.records.record import RecordError
from replite.verify.chain import Chain, follow
from replite.verify.recompute import OF_RESULTS, Texts, recompute
from replite.verify.study import Study


@dataclass(frozen=True)
class Checked:
    """What was found."""

    right: frozenset[str]
    """The files that are as they were recorded, or come out again as they are."""
    faults: Mapping[str, str]
    """By file, what is wrong with it."""
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    """Hashes of the files that are not there and need not be."""
    computed: bool = False
    """Whether tables and answers were computed once more."""

    def lines(self) -> list[str]:
        """A line for each fault, and a summary."""
        lines = [printable(f"{file}: {what}") for file, what in sorted(self.faults.items())]
        told = [f"{_files(self.right)} as recorded"]
        if self.faults:
            told.append(f"{_files(self.faults)} not")
        if self.elsewhere:
            told.append(f"{_files(self.elsewhere)} known by their hashes alone")
        as_computed = "as computed from the samples" if not self.faults else "computed from the samples"
        tables = f"tables and answers {as_computed if self.computed else 'not computed'}"
        return [*lines, f"{', '.join(told)}; {tables}"]


def check(root: Path, name: str, decision: str | None = None, *, texts: Texts = OF_RESULTS, left_out: str = "") -> Checked:
    """Compare all hashes of the study of the report of this name in a folder of results, and where they are right, compute tables
    and answers once more; nothing there is written.

    `decision` is the hash of the configuration that it has to be the study of. Files whose names match `left_out`, a regular
    expression, need not be there.
    """
    own = f"report/{name}/provenance.json"
    if not (root / own).is_file():
        return Checked(frozenset(), {own: "there is no such file: the study is not finished; run it to its end"})
    try:
        study = Study.read(root, name)
    except (RecordError, ConfigError) as error:
        chain = follow(root, [own], left_out)
        why = str(error).removeprefix(f"{root / own}: ")
        return _of_chain(chain, {own: why})
    chain = follow(root, study.documents(), left_out)
    faults = dict(chain.faults)
    if decision is not None and study.provenance.identity.decision != decision:
        faults.setdefault(own, "made with another configuration than this one; run the study to its end")
    if faults:
        return _of_chain(chain, faults)
    same, wrong = recompute(study, texts)
    return Checked(frozenset(chain.files.keys() | set(same)) - wrong.keys(), wrong, chain.elsewhere, computed=True)


def _of_chain(chain: Chain, faults: Mapping[str, str]) -> Checked:
    return Checked(frozenset(chain.files) - faults.keys(), faults, chain.elsewhere)


def _files(names: Collection[str]) -> str:
    return f"{len(names):,} file{'' if len(names) == 1 else 's'}"
