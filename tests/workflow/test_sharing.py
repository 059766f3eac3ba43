"""A finished study is checked, packed without its texts, and checked again as a crate; a byte that differs anywhere is named."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest

from replite.config.load import load
from replite.crate import metadata
from replite.crate.check import check_crate
from replite.crate.errors import CrateError
from replite.crate.pack import pack
from replite.crate.private import words
from replite.data.splits import load_split
from replite.files import sha256
from replite.records.provenance import Provenance
from replite.records.recommendation import Recommendation
from replite.records.record import Made
from replite.verify.check import check
from tests.workflow.conftest import Project

pytestmark = pytest.mark.slow

METADATA = "ro-crate-metadata.json"
UNRECORDED = re.compile(r"logs/.*|README\.md|.*/\.snakemake_timestamp|report/tiny/crate\.zip")
"""Files of results that are none of the study's."""


def decision(project: Project) -> str:
    return Provenance.read(project.results / "report/tiny/provenance.json").identity.decision


@pytest.fixture(scope="module")
def crate(finished: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A crate of the tiny study."""
    output = tmp_path_factory.mktemp("crate") / "crate.zip"
    pack(finished.results, "tiny", output, decision=decision(finished), own=[])
    return output


@pytest.fixture(scope="module")
def unpacked(crate: Path) -> Path:
    folder = crate.with_name("unpacked")
    with zipfile.ZipFile(crate) as archive:
        archive.extractall(folder)
    return folder


@contextmanager
def flipped(path: Path, place: int) -> Iterator[None]:
    """One bit of the file is another one."""
    content = path.read_bytes()
    changed = bytearray(content)
    changed[place] ^= 1 << place % 8
    path.write_bytes(changed)
    try:
        yield
    finally:
        path.write_bytes(content)


def files(folder: Path) -> dict[str, Path]:
    found = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {name: path for name, path in found.items() if not UNRECORDED.fullmatch(name)}


def test_every_file_of_the_results_is_checked_and_a_flipped_byte_of_each_is_named(changeable: Project) -> None:
    study = files(changeable.results)
    found = check(changeable.results, "tiny", decision(changeable))
    assert found.right == study.keys()
    assert found.lines() == [f"{len(study)} files as recorded; tables and answers as computed from the samples"]
    for name, path in study.items():
        with flipped(path, path.stat().st_size // 2):
            assert set(check(changeable.results, "tiny").faults) == {name}


def test_a_flipped_byte_of_each_file_of_a_crate_is_named(crate: Path, unpacked: Path) -> None:
    whole = check_crate(crate)
    assert whole.right == files(unpacked).keys()
    assert re.fullmatch(
        r"\d+ files as recorded, \d+ files known by their hashes alone; tables and answers as computed from the samples",
        "\n".join(whole.lines()),
    )
    assert check_crate(unpacked) == whole
    copy = crate.with_name("flipped.zip")
    with zipfile.ZipFile(shutil.copyfile(crate, copy)) as archive:
        members = {
            entry.filename: entry.header_offset + 30 + len(entry.filename) + entry.file_size // 2 for entry in archive.infolist()
        }
    for name in files(unpacked):
        with flipped(copy, members[name]):
            assert set(check_crate(copy).faults) == {name}
    for name in (METADATA, "report/tiny/provenance.json", "report/tiny/report.html", "data/generated/baselines.csv"):
        with flipped(unpacked / name, 1000 % (unpacked / name).stat().st_size):
            assert set(check_crate(unpacked).faults) == {name}


def test_a_flipped_byte_around_the_files_of_a_crate_is_told(crate: Path) -> None:
    copy = Path(shutil.copyfile(crate, crate.with_name("around.zip")))
    with zipfile.ZipFile(copy) as archive:
        headers = [entry.header_offset for entry in archive.infolist()][::32]
        directory = archive.start_dir
    size = copy.stat().st_size
    for place in [
        *(header + within for header in headers for within in (5, 11, 20)),
        *range(directory, size, (size - directory) // 12),
    ]:
        with flipped(copy, place):
            try:
                told = bool(check_crate(copy).faults)
            except CrateError:
                told = True
            assert told, place


def test_a_crate_holds_no_text_no_vocabulary_no_model_and_no_word_of_this_machine(finished: Project, unpacked: Path) -> None:
    texts = {text for path in finished.results.glob("data/*/*.parquet") for text in load_split(path)["text"] if len(text) > 12}
    assert len(texts) > 100
    private = [str(finished.folder), str(Path.home()), *words(load(finished.folder / "tests/workflow/tiny.yaml"))]
    for name, path in files(unpacked).items():
        content = path.read_bytes().decode(errors="replace")
        assert not [text for text in texts if text in content], name
        assert not [text for text in texts if json.dumps(text)[1:-1] in content], name
        assert not [word for word in private if len(word) > 1 and word in content], name
        assert not re.search(r"vocab|tokenizer|\.tflite|\.parquet|\.h5|\.npz|\.log", name), name


def test_its_metadata_are_those_of_an_ro_crate(unpacked: Path) -> None:
    from rocrate.rocrate import ROCrate

    crate = ROCrate(unpacked)
    assert {entity.id for entity in crate.data_entities if entity.type == "File"} == files(unpacked).keys() - {METADATA}
    assert crate.mainEntity.id == "report/tiny/report.html"
    root = crate.root_dataset
    assert all(root[key] for key in ("name", "description", "datePublished", "license"))
    assert "model.tflite" in "".join(entity.id for entity in root["mentions"])


def test_the_same_study_gives_the_same_crate(finished: Project, crate: Path, tmp_path: Path) -> None:
    output = tmp_path / "crate.zip"
    pack(finished.results, "tiny", output, decision=decision(finished), own=[])
    assert output.read_bytes() == crate.read_bytes()
    pack(finished.results, "tiny", output, decision=decision(finished), own=[])  # in the place of an earlier one


@pytest.mark.parametrize("what", ["file", "folder", "link", "archive"])
def test_what_is_no_crate_is_not_overwritten(finished: Project, crate: Path, tmp_path: Path, what: str) -> None:
    output = tmp_path / "crate.zip"
    if what == "folder":
        output.mkdir()
    elif what == "link":
        output.symlink_to(crate)
    elif what == "archive":
        with zipfile.ZipFile(output, "w") as archive:
            archive.writestr("thesis.tex", "mine")
    else:
        output.write_text("mine")
    with pytest.raises(CrateError, match="move it elsewhere"):
        pack(finished.results, "tiny", output, decision=decision(finished), own=[])
    assert output.is_symlink() == (what == "link")
    assert output.is_dir() or output.stat().st_size > 0


def test_a_study_that_tells_of_this_machine_is_not_packed(finished: Project, tmp_path: Path) -> None:
    with pytest.raises(CrateError, match="holds generated: a crate tells no host"):
        pack(finished.results, "tiny", tmp_path / "crate.zip", decision=decision(finished), own=["generated"])
    assert list(tmp_path.iterdir()) == []


def test_an_older_crate_and_one_with_another_file_are_refused(
    unpacked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(shutil.copytree(unpacked, tmp_path / "crate"))
    shutil.copy(folder / "report/tiny/benchmark.csv", folder / "report/tiny/draws.csv")
    assert set(check_crate(folder).faults) == {"report/tiny/draws.csv"}
    monkeypatch.setattr(metadata, "SCHEMA", "2")
    found = check_crate(unpacked)
    assert "packed by another version of RepLite (schema 1, this one reads 2)" in found.faults[METADATA]


def test_results_that_are_changed_or_not_finished_are_told_and_not_packed(changeable: Project, tmp_path: Path) -> None:
    kept, results = decision(changeable), changeable.results
    for missing in ("measure/first/generated/bert/int8.csv", "measure/first/generated/bert/int8.json"):
        moved = (results / missing).rename(tmp_path / "moved")
        assert set(check(results, "tiny").faults) == {missing}
        with pytest.raises(CrateError, match="not packed, for it is not as recorded"):
            pack(results, "tiny", tmp_path / "crate.zip", decision=kept, own=[])
        moved.rename(results / missing)
    assert set(check(results, "tiny", "0" * 64).faults) == {"report/tiny/provenance.json"}
    assert "not finished" in check(results, "other").faults["report/other/provenance.json"]


def test_a_table_that_was_written_by_hand_and_sealed_anew_everywhere_is_not_what_the_samples_give(changeable: Project) -> None:
    report = changeable.results / "report/tiny"
    table, made, answer, source = (
        report / name for name in ("benchmark.csv", "benchmark.json", "recommendation.json", "provenance.json")
    )
    cells = pd.read_csv(table)
    cells.assign(model_mb=cells["model_mb"] / 2).to_csv(table, index=False)
    merged, chosen, provenance = Made.read(made), Recommendation.read(answer), Provenance.read(source)
    merged.identity.outputs["benchmark.csv"] = sha256(table)
    merged.write(made)
    chosen.identity.inputs["benchmark.csv"] = sha256(table)
    chosen.write(answer)
    provenance.identity.inputs["benchmark.json"] = sha256(made)
    provenance.write(source)
    found = check(changeable.results, "tiny")
    assert found.faults["report/tiny/benchmark.csv"] == "not what the samples and records give"
    assert found.lines()[-1].endswith("; tables and answers computed from the samples")


def test_the_commands_make_nothing_anew(changeable: Project, tmp_path: Path) -> None:
    before = {name: path.read_bytes() for name, path in files(changeable.results).items()}
    run = changeable.snakemake("pack", "verify")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "without texts, vocabularies and models" in run.stdout + run.stderr
    crate = changeable.results / "report/tiny/crate.zip"
    run = changeable.snakemake("verify", keys=[f"crate={crate}"])
    assert run.returncode == 0, run.stdout + run.stderr
    assert "known by their hashes alone" in run.stdout + run.stderr
    samples = changeable.results / "measure/first/generated/bert/int8.csv"
    with flipped(samples, 1000):
        run = changeable.snakemake("verify")
        assert run.returncode == 1
        assert "measure/first/generated/bert/int8.csv: changed after it was made" in run.stdout + run.stderr
    assert {name: path.read_bytes() for name, path in files(changeable.results).items()} == before
    subprocess.run(["make", "clean"], cwd=changeable.folder, capture_output=True, check=False)
    assert not crate.exists()
