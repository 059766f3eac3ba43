"""HuRIC's files, made up: commands and frames, in a folder or an archive, and XML that is not to be trusted."""

from __future__ import annotations

import io
import os
import re
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from replite.data.prepare import prepare
from replite.data.readers.huric import HuricDataset
from replite.data.readers.table import TableDataset
from replite.data.splits import DataError, RawSplits

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
COMMANDS = {"12": ("go to the café", ["Moving"]), "3": ("take it & go", ["Holding", "Moving", "Holding"]), "44": ("hm", [])}


def example(number: str, sentence: str, frames: list[str]) -> str:
    listed = "".join(f'<frame name="{frame}"><lexicalUnit/></frame>' for frame in frames)
    command = f"<command><sentence>{sentence}</sentence><tokens/><semantics><frames>{listed}</frames></semantics></command>"
    return f'{HEAD}<huricExample id="{number}">\n<commands>{command}</commands>\n</huricExample>\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "en"
    for number, (sentence, frames) in COMMANDS.items():
        file = folder / f"set{number[0]}/{number}.hrc"
        file.parent.mkdir(parents=True)
        file.write_text(example(number, sentence.replace("&", "&amp;"), frames), "utf-8")
    (folder / "LICENSE").write_text("free")
    return folder


def entry(path: Path, **keys: object) -> HuricDataset:
    return HuricDataset.model_validate({"reader": "huric", "path": str(path), **keys})


def read(path: Path, **keys: object) -> RawSplits:
    return entry(path, **keys).read()


def test_frames_are_the_labels_of_a_command(folder: Path) -> None:
    raw = read(folder)
    assert (raw.labels, raw.test) == (["Holding", "Moving"], None)
    rows = raw.train.rows[["tweet_id", "text", "label"]].to_numpy().tolist()
    assert rows == [["12", "go to the café", '["Moving"]'], ["3", "take it & go", '["Holding","Moving"]'], ["44", "hm", "[]"]]
    assert +raw.faults == {"repeated_label": 1}
    assert len(entry(folder).files()) == 3


@pytest.mark.parametrize("suffix", [".tar", ".tar.gz"])
def test_an_archive_gives_the_same(folder: Path, tmp_path: Path, suffix: str) -> None:
    archive = tmp_path / f"en_hrc{suffix}"
    with tarfile.open(archive, "w:gz" if suffix.endswith("gz") else "w") as file:
        file.add(folder, "en")
    found, expected = (read(path).train.rows.reset_index(drop=True) for path in (archive, folder))
    assert found.equals(expected)
    assert entry(archive).files() == [archive]


def test_a_table_of_the_commands_gives_the_same(folder: Path, tmp_path: Path) -> None:
    table = tmp_path / "commands.tsv"
    lines = [f"{number}\t{sentence}\t{','.join(frames)}\n" for number, (sentence, frames) in COMMANDS.items()]
    table.write_text("id\tsentence\tframes\n" + "".join(lines), "utf-8")
    keys = {
        "text_column": "sentence",
        "label_column": "frames",
        "id_column": "id",
        "label_separator": ",",
        "empty_labels": "none",
    }
    of_table = TableDataset.model_validate({"reader": "table", "task": "several_labels", "train": str(table), **keys}).read()
    columns = ["tweet_id", "text", "label"]
    of_files = read(folder)
    assert of_table.train.rows[columns].to_numpy().tolist() == of_files.train.rows[columns].to_numpy().tolist()
    assert (of_table.labels, +of_table.faults) == (of_files.labels, +of_files.faults)


def test_several_commands_of_a_file_have_ids_of_their_own(folder: Path) -> None:
    file = folder / "set1/12.hrc"
    text = file.read_text("utf-8")
    command = text[text.index("<command>") : text.index("</commands>")]
    file.write_text(text.replace("</commands>", command.replace("café", "door") + "</commands>"), "utf-8")
    assert read(folder).train.rows["tweet_id"].tolist() == ["12-1", "12-2", "3", "44"]


BOMB = '<!DOCTYPE huricExample [<!ENTITY a "take"><!ENTITY b "&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE huricExample [<!ENTITY a SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize("declared", [BOMB, OUTSIDE, "<!DOCTYPE huricExample SYSTEM 'http://localhost/x.dtd'>"])
def test_no_entity_is_ever_expanded(folder: Path, declared: str) -> None:
    file = folder / "set1/12.hrc"
    file.write_text(example("12", "&a;" if "ENTITY" in declared else "go", ["Moving"]).replace(HEAD, HEAD + declared))
    with pytest.raises(DataError, match=r"12\.hrc: a document type is declared, which HuRIC's files have none of"):
        read(folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("<huricExample id='1'>\n<commands>\n<command></commands>", r"12\.hrc: line 3: not well-formed XML: mismatched tag"),
        ("", r"12\.hrc: line 1: not well-formed XML: no element found"),
        ("<a/>", r"12\.hrc: no command of HuRIC"),
        ("<huricExample id='1'/>", r"12\.hrc: no command of HuRIC"),
        (example("3", "hm", ["Moving"]), r"command 2 \(.*/set3/3\.hrc\): id '3' stands in an earlier row too"),
        (example("12", "hm", ["Moving"]).replace("UTF-8", "no-such"), r"12\.hrc: line 1: the encoding declared there"),
        (example("12", "hm", ["Moving"]).replace("UTF-8", "shift_jis"), r"12\.hrc: line 1: the encoding declared there"),
        (example("12", "take <b>the</b> book", []), r"12\.hrc: a <command> has one <sentence>, with nothing but text in it"),
        (example("12", "go</sentence><sentence>on", []), r"12\.hrc: a <command> has one <sentence>"),
        (example("12", "go", ["A"]).replace("<frame ", "<Frame ").replace("</frame>", "</Frame>"), r"12\.hrc: a <frame> stands"),
        ("<huricExample id='12'><commands><group><command/></group></commands></huricExample>", r"12\.hrc: a <command> stands"),
        (example("12", "go", ["A"]).replace("<lexicalUnit/>", '<frame name="B"/>'), r"12\.hrc: a <frame> stands elsewhere than"),
    ],
)
def test_a_faulty_file_is_named(folder: Path, content: str, message: str) -> None:
    (folder / "set1/12.hrc").write_text(content)
    with pytest.raises(DataError, match=message) as caught:
        read(folder)
    assert "\n" not in str(caught.value)


def test_what_is_no_corpus_is_told(tmp_path: Path) -> None:
    for name, content, message in (
        ("nowhere", None, r"nowhere: there is no such file; mend the data set's key 'path'"),
        ("broken.tar", b"no archive", r"broken\.tar: neither a folder nor a whole \.tar or \.tar\.gz file"),
        ("broken.tar.gz", b"no archive", r"broken\.tar\.gz: not a whole \.gz file"),
    ):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError, match=message):
            read(tmp_path / name)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"empty: no '\.hrc' file with a command in it"):
        read(tmp_path / "empty")


@pytest.mark.parametrize("name", ["faulty.tar.gz", "faulty.tgz"])
def test_an_archive_that_is_not_whole_is_refused(folder: Path, tmp_path: Path, name: str) -> None:
    whole = Path(shutil.make_archive(str(tmp_path / "en_hrc"), "gztar", folder)).read_bytes()
    middle = len(whole) // 2
    for content in (whole[:middle], whole[:middle] + bytes(40) + whole[middle + 40 :]):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError, match=re.escape(name)) as caught:
            read(tmp_path / name)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("hard", [False, True])
def test_links_in_an_archive_lead_nowhere(folder: Path, tmp_path: Path, hard: bool) -> None:
    """GNU tar writes the second name of a file as a link: to pass over it would lose a command."""
    if hard:
        (folder / "9.hrc").hardlink_to(folder / "set1/12.hrc")
    else:
        (folder / "9.hrc").symlink_to("/etc/hostname")
    whole = shutil.make_archive(str(tmp_path / "en_hrc"), "gztar", folder)
    with pytest.raises(DataError, match=r"en_hrc\.tar\.gz: \S+\.hrc: a link, no plain file"):
        read(Path(whole))


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({"GNU.sparse.map": "a,b"}, "neither a folder nor a whole"),
        ({"GNU.sparse.realsize": "xx"}, "neither a folder nor a whole"),
        ({"GNU.sparse.map": "0,1", "GNU.sparse.size": str(2**40)}, "a link, no plain file"),
    ],
)
def test_files_with_holes_in_an_archive_are_refused(tmp_path: Path, headers: dict[str, str], message: str) -> None:
    archive = tmp_path / "en.tar"
    with tarfile.open(archive, "w", format=tarfile.PAX_FORMAT) as file:
        member = tarfile.TarInfo("1.hrc")
        member.size, member.pax_headers = 1, headers
        file.addfile(member, io.BytesIO(b"x"))
    with pytest.raises(DataError, match=message):
        read(archive)


@pytest.mark.parametrize("packed", [False, True])
def test_a_file_s_ending_may_be_in_capitals(folder: Path, tmp_path: Path, packed: bool) -> None:
    (folder / "set1/12.hrc").rename(folder / "set1/12.HRC")
    source = Path(shutil.make_archive(str(tmp_path / "en_hrc"), "gztar", folder)) if packed else folder
    assert len(read(source).train.rows) == 3


def test_the_same_seed_draws_the_same_split(folder: Path, tmp_path: Path) -> None:
    for number in range(100, 200):
        (folder / f"{number}.hrc").write_text(example(str(number), f"go to {number}", ["Moving"]), "utf-8")
    cards = [prepare("mine", entry(folder), seed, tmp_path / str(seed)) for seed in (0, 1)]
    assert cards[0].splits["test"].rows == 21
    assert cards[0].splits["test"].sha256 != cards[1].splits["test"].sha256


def test_nothing_that_is_no_file_is_read(folder: Path) -> None:
    (folder / "en.hrc").mkdir()
    assert len(read(folder).train.rows) == len(entry(folder).files()) == 3
    (folder / "9.hrc").symlink_to(folder / "nowhere")
    with pytest.raises(DataError, match=r"9\.hrc"):
        read(folder)
    (folder / "9.hrc").unlink()
    os.mkfifo(folder / "9.hrc")
    with pytest.raises(DataError, match=r"9\.hrc: not a file"):
        read(folder)
    assert len(entry(folder).files()) == 3


BLOCK = 512


@pytest.mark.parametrize(
    "damaged",
    [
        lambda whole: whole[: 2 * BLOCK],
        lambda whole: whole[: 2 * BLOCK + 100],
        lambda whole: whole[: 2 * BLOCK] + b"?" * BLOCK + whole[3 * BLOCK :],
        lambda whole: whole[: 2 * BLOCK] + bytes(BLOCK) + whole[3 * BLOCK :],
        lambda whole: whole + b"?" * BLOCK,
    ],
    ids=["cut between files", "cut in a header", "damaged header", "no header", "more behind its end"],
)
def test_an_archive_of_which_files_would_be_passed_over_is_refused(tmp_path: Path, damaged: Callable[[bytes], bytes]) -> None:
    archive = tmp_path / "en.tar"
    with tarfile.open(archive, "w") as file:
        for number, (sentence, frames) in COMMANDS.items():
            content = example(number, sentence.replace("&", "&amp;"), frames).encode()
            member = tarfile.TarInfo(f"{number}.hrc")
            member.size = len(content)
            file.addfile(member, io.BytesIO(content))
    assert len(read(archive).train.rows) == 3
    archive.write_bytes(damaged(archive.read_bytes()))
    with pytest.raises(DataError, match=r"en\.tar: neither a folder nor a whole .* file: no end where one is wanted"):
        read(archive)


def test_the_name_of_an_archives_file_is_shown_without_escapes(tmp_path: Path) -> None:
    archive = tmp_path / "en.tar"
    with tarfile.open(archive, "w") as file:
        file.addfile(tarfile.TarInfo("\x1b[31m1.hrc"))
    with pytest.raises(DataError, match="not well-formed XML") as caught:
        read(archive)
    assert str(caught.value).isprintable()
