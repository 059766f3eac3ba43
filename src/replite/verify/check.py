"""A finished study checked as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from replite.config.yaml_file import ConfigError
from replite.printable import printable
from replite.records.record import RecordError
from replite.verify.chain import Chain, follow
from replite.verify.recompute import Texts, recompute
from replite.verify.study import Study


@dataclass(frozen=True)
class Checked:
    """What was found."""

    recorded: int
    """Files that are as they were recorded."""
    faults: Mapping[str, str]
    """By file, what is wrong with it."""
    elsewhere: int = 0
    """Files that are known by their hashes, and not there."""
    computed: int = 0
    """Tables and answers that came out again as they are."""

    def lines(self) -> list[str]:
        """A line for each fault, and a summary."""
        lines = [printable(f"{file}: {what}") for file, what in sorted(self.faults.items())]
        counted = f"{_files(self.recorded)} as recorded"
        if self.elsewhere:
            counted += f", {_files(self.elsewhere)} known by their hashes alone"
        tables = "tables and answers as computed from the samples" if self.computed else "tables and answers not computed"
        if self.faults:
            tables = f"{_files(len(self.faults))} not" + ("" if self.computed else "; tables and answers not computed")
        return [*lines, f"{counted}; {tables}"]


def check_results(root: Path, name: str, decision: str | None = None) -> Checked:
    """Check the study of the report of this name in a folder of results; see `check`.

    `decision` is the hash of the configuration that it has to be the study of.
    """
    return check(root, name, Texts(), decision=decision)


def check(
    root: Path,
    name: str,
    texts: Texts,
    *,
    left_out: str = "",
    decision: str | None = None,
) -> Checked:
    """Compare all hashes, and where they are right, compute tables and answers once more; nothing there is written.

    Files whose names match `left_out`, a regular expression, need not be there.
    """
    own = f"report/{name}/provenance.json"
    if not (root / own).is_file():
        return Checked(0, {own: "there is no such file: the study is not finished; run it to its end"})
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
    return Checked(len(chain.files), wrong, len(chain.elsewhere), len(same))


def _of_chain(chain: Chain, faults: Mapping[str, str]) -> Checked:
    return Checked(len([name for name in chain.files if name not in faults]), faults, len(chain.elsewhere))


def _files(count: int) -> str:
    return f"{count:,} file{'' if count == 1 else 's'}"
