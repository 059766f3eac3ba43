"""RepLite's folder on a device, in sacrificial homes: whatever is asked for, nothing of anybody else's is lost."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from replite.config.measure import Device
from replite.device import folder
from replite.device.folder import FolderError, claim, remove

RUN, HASH = "0123456789abcdef", "a" * 64
ANOTHER = 54321
"""A user and a group without a name."""
PRECIOUS = ["thesis.tex", "runs/results.csv", "files/photo.jpg", "project/lock", "project/.git/HEAD", ".ssh/id_ed25519"]
PIECES = ["", ".", "..", "~", "/", "project", "new", "runs", "files", ".cache", "link", "~/", "...", " "]


@contextmanager
def home() -> Iterator[Path]:
    """A home folder with precious files, which is HOME and where programs start."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # where making thousands takes no time
    with TemporaryDirectory(dir=memory) as name, pytest.MonkeyPatch.context() as patch:
        path = Path(name, "people", "ada")
        for precious in PRECIOUS:
            (path / precious).parent.mkdir(parents=True, exist_ok=True)
            (path / precious).write_text(precious)
        (path / "link").symlink_to(path / "project")
        patch.setenv("HOME", str(path))
        patch.chdir(path)
        yield path


def assert_nothing_is_lost(path: Path) -> None:
    for precious in PRECIOUS:
        assert (path / precious).read_text() == precious
    assert (path / "link").is_symlink()


def used(root: Path) -> Path:
    """What version 0.1.0 leaves of a run that was killed."""
    (root / "files").mkdir(parents=True)
    (root / "files" / HASH).write_text("a model")
    (root / "files" / f"{HASH}.part-{RUN}").write_text("half a model")
    (root / "runs" / RUN / "tweets.jsonl").parent.mkdir(parents=True)
    (root / "runs" / RUN / "tweets.jsonl").write_text("{}")
    for packages in (root / "environments" / RUN, root / "runs" / RUN / "packages"):
        (packages / "numpy/empty").mkdir(parents=True)
        (packages / "numpy/__init__.py").touch()
        (packages / "numpy/a,b.txt").touch()
        (packages / "numpy/__pycache__").mkdir()
        for compiled in ("__init__.cpython-311.opt-1.pyc", "shipped.cpython-311.pyc"):
            (packages / "numpy/__pycache__" / compiled).touch()
        (packages / "numpy-1.0.dist-info").mkdir()
        (packages / "numpy-1.0.dist-info/RECORD").write_text(WHEEL)
    (root / "lock").write_text("process 1 on host")
    return root


WHEEL = """numpy/__init__.py,sha256=x,0
"numpy/a,b.txt",sha256=x,0
numpy/__pycache__/shipped.cpython-311.pyc,,
numpy-1.0.dist-info/RECORD,,
"""


@given(st.lists(st.sampled_from(PIECES), max_size=6).map("/".join))
@settings(max_examples=300, deadline=None)
def test_no_spelling_of_a_path_costs_anything(spelling: str) -> None:
    with home() as path:
        with suppress(ValidationError):
            asked = Device(ssh="board", folder=spelling).folder
            root = os.path.normpath(os.path.join(path, asked.removeprefix("~/")))
            if root.startswith(f"{path.parent.parent}/"):  # not outside the sacrifice
                with suppress(FolderError):
                    use_and_remove(Path(root))
        assert_nothing_is_lost(path)


PLACES = ["", "files", "environments", f"environments/{RUN}", f"environments/{RUN}/numpy", "runs", f"runs/{RUN}"]
PLACES += [f"environments/{RUN}/numpy/__pycache__", f"runs/{RUN}/packages"]
NAMES = ["files", "runs", "lock", folder.MARKER, HASH, RUN, "packages", "tweets.jsonl", "numpy.py", "thesis.tex", "\n"]
KINDS = ["file", "empty", "link", "link to a folder", "hard link", "FIFO"]
paths = st.tuples(st.sampled_from(PLACES), st.sampled_from(NAMES)).map("/".join).map(lambda path: path.lstrip("/"))


@given(st.booleans(), st.booleans(), st.dictionaries(paths, st.sampled_from(KINDS), max_size=3))
@settings(max_examples=400, deadline=None)
def test_whatever_lies_in_the_folder_nothing_of_anybody_elses_is_lost(
    filled: bool, marked: bool, planted: dict[str, str]
) -> None:
    with home() as path:
        root = used(path / "replite") if filled else path / "replite"
        if marked:
            claim(str(root))
        kept = {root / name: kind for name, kind in planted.items() if plant(root / name, kind, path / "project")}
        with suppress(FolderError):
            use_and_remove(root)
        for planted_there, kind in kept.items():
            if not is_replites(planted_there.relative_to(root), kind, marked):
                assert os.path.lexists(planted_there), f"{kind} {planted_there} was lost"
        assert_nothing_is_lost(path)


def plant(path: Path, kind: str, project: Path) -> bool:
    """Put something of the user's there, if nothing is in its way."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if kind in ("file", "empty"):
            with path.open("x") as file:
                file.write("precious" if kind == "file" else "")
        elif kind == "FIFO":
            os.mkfifo(path)
        elif kind == "hard link":
            os.link(project / "lock", path)
        else:
            path.symlink_to(project / "lock" if kind == "link" else project)
    except (FileExistsError, NotADirectoryError):
        return False
    return True


def is_replites(path: Path, kind: str, marked: bool) -> bool:
    """Whether it cannot be told from what RepLite leaves there: by the names alone, but in what is installed."""
    if str(path) in ("lock", folder.MARKER):
        return kind == "empty"
    if marked and path.match(f"runs/{RUN}/packages/*"):
        return True  # an installation that was killed: a folder of a random name, removed as others of runs are
    return kind in ("file", "empty") and str(path) in (f"files/{HASH}", f"runs/{RUN}/tweets.jsonl")


def use_and_remove(root: Path) -> None:
    claim(str(root))
    (root / "runs" / RUN).mkdir(parents=True, exist_ok=True)
    folder.clear(str(root), 0)
    assert not (root / "runs" / RUN).exists()
    remove(str(root))
    assert not root.exists()


@pytest.mark.parametrize("spelling", [".", "", "~", "~/", "/", "//", "..", "../..", "a/../..", "~root/x", "./.", "a/..", "x\n"])
def test_a_path_that_is_nobodys_own_is_refused_in_the_configuration(spelling: str) -> None:
    with pytest.raises(ValidationError, match="no folder that RepLite may fill and empty"):
        Device(ssh="board", folder=spelling)


@pytest.mark.parametrize("asked", ["people", "people/ada", "."])
def test_the_home_folder_and_what_holds_it_are_refused(asked: str) -> None:
    with home() as path:
        with pytest.raises(FolderError, match="is or holds the home folder"):
            claim(str(path.parent.parent / asked) if asked != "." else str(path))
        assert_nothing_is_lost(path)


def test_a_new_folder_is_marked_and_removed_with_the_folders_made_for_it_alone() -> None:
    with home() as path:
        root = path / ".cache" / "deep" / "replite"
        (path / ".cache").mkdir()
        marker = claim(str(root))
        assert marker is not None
        assert (marker["layout"], marker["uid"], root.stat().st_mode & 0o777) == (1, os.getuid(), 0o700)
        assert claim(str(root)) == marker
        (root / "files" / HASH).write_text("a model")
        removed = [str(root / name) for name in ("lock", "files", folder.MARKER)]
        assert remove(str(root))[0] == [*removed, str(root), str(root.parent)]
        assert (path / ".cache").is_dir()
        assert remove(str(root)) == ([], 0)


def test_a_folder_of_the_first_version_is_adopted() -> None:
    with home() as path:
        root = used(path / ".cache/replite")
        claim(str(root))
        remove(str(root))
        assert not root.exists()


@pytest.mark.parametrize(
    "foreign",
    [
        "notes.txt",
        "runs/thesis",
        "runs/0123456789ABCDEF/x",
        f"runs/{RUN}/thesis.tex",
        "files/photo.jpg",
        "environments/venv/bin",
        "lock/inner",
        "lock",
        ".replite.json/x",
        ".replite.json.part-1",
        f"environments/{RUN}/thesis.tex",
        f"environments/{RUN}/numpy/notes.py",
        f"environments/{RUN}/numpy/__pycache__/notes.cpython-311.pyc",
        f"environments/{RUN}/mine-1.0.dist-info/RECORD",
    ],
)
@pytest.mark.parametrize("marked", [True, False])
def test_what_replite_did_not_put_there_is_refused_with_its_path(foreign: str, marked: bool) -> None:
    with home() as path:
        root = used(path / "replite")
        if marked and not foreign.startswith(".replite"):
            claim(str(root))
        kept = root / foreign
        for parent in (*kept.parents, kept):
            if parent.is_file() and root in parent.parents:
                parent.unlink()
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text("precious")
        before = sorted(root.rglob("*"))
        for action in (remove,) if marked and foreign.startswith(f"environments/{RUN}") else (claim, remove):
            with pytest.raises(FolderError, match=str(root)):
                action(str(root))
        assert kept.read_text() == "precious"
        assert sorted(root.rglob("*")) == before


def plant_symlink(root: Path, target: Path) -> None:
    root.rmdir()
    root.symlink_to(target.parent)


def plant_in_way(root: Path, target: Path) -> None:
    root.rmdir()
    root.parent.rmdir()
    root.parent.symlink_to(target.parent)


def plant_lock(root: Path, target: Path) -> None:
    (root / "lock").symlink_to(target)


def plant_hard_link(root: Path, target: Path) -> None:
    os.link(target, root / "lock")


def plant_runs(root: Path, target: Path) -> None:
    (root / "runs").symlink_to(target.parent)


def plant_run(root: Path, target: Path) -> None:
    (root / "runs").mkdir()
    (root / "runs" / RUN).symlink_to(target.parent)


def plant_file(root: Path, target: Path) -> None:
    (root / "files").mkdir()
    (root / "files" / HASH).symlink_to(target)


def plant_fifo(root: Path, target: Path) -> None:
    os.mkfifo(root / "lock")


def plant_marker(root: Path, target: Path) -> None:
    (root / folder.MARKER).symlink_to(target)


def plant_forged(root: Path, target: Path) -> None:
    (root / folder.MARKER).write_text(json.dumps({"layout": 1, "uid": os.getuid() + 1, "made": []}))


def plant_future(root: Path, target: Path) -> None:
    (root / folder.MARKER).write_text(json.dumps({"layout": 2, "uid": os.getuid(), "made": []}))


def plant_code(root: Path, target: Path) -> None:
    (used(root) / "environments" / RUN / "numpy/__init__.py").unlink()
    (root / "environments" / RUN / "numpy/__init__.py").symlink_to(target)


def plant_linked_code(root: Path, target: Path) -> None:
    (used(root) / "environments" / RUN / "numpy/__init__.py").unlink()
    os.link(target, root / "environments" / RUN / "numpy/__init__.py")


def plant_code_folder(root: Path, target: Path) -> None:
    (used(root) / "environments" / RUN / "more").symlink_to(target.parent)


def plant_writable_code(root: Path, target: Path) -> None:
    (used(root) / "environments" / RUN / "numpy/__init__.py").chmod(0o666)


def plant_writable_code_folder(root: Path, target: Path) -> None:
    (used(root) / "environments" / RUN / "numpy").chmod(0o777)


def plant_half_unpacked(root: Path, target: Path) -> None:
    (used(root) / "runs" / RUN / "packages/numpy/thesis.tex").touch()


def plant_record(root: Path, target: Path) -> None:
    (used(root) / "environments" / RUN / "numpy-1.0.dist-info/RECORD").unlink()
    os.mkfifo(root / "environments" / RUN / "numpy-1.0.dist-info/RECORD")


def plant_group(root: Path, target: Path) -> None:
    os.chown(used(root) / "files" / HASH, -1, ANOTHER)
    (root / "files" / HASH).chmod(0o660)


def plant_owner(root: Path, target: Path) -> None:
    os.chown(used(root) / "environments" / RUN / "numpy/__init__.py", ANOTHER, -1)


def plant_parents_owner(root: Path, target: Path) -> None:
    os.chown(root.parent, ANOTHER, -1)


def plant_writable(root: Path, target: Path) -> None:
    root.chmod(0o777)


def plant_writable_file(root: Path, target: Path) -> None:
    (root / "files").mkdir()
    (root / "files" / HASH).touch()
    (root / "files" / HASH).chmod(0o666)


def plant_writable_parent(root: Path, target: Path) -> None:
    root.parent.chmod(0o777)


@pytest.mark.parametrize("plant", [value for name, value in sorted(globals().items()) if name.startswith("plant_")])
def test_what_was_planted_is_refused(plant: Callable[[Path, Path], None]) -> None:
    if os.getuid() != 0 and plant in (plant_group, plant_owner, plant_parents_owner):
        pytest.skip("only root can give a file to another user")
    with home() as path:
        root = path / "deep" / "replite"
        root.mkdir(parents=True)
        plant(root, path / "project/lock")
        for action in (claim, remove):
            with pytest.raises(FolderError, match=str(path)):
                action(str(root))
        assert_nothing_is_lost(path)


def test_a_planted_lock_is_not_opened(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("precious")
    (tmp_path / "lock").symlink_to(precious)
    with pytest.raises(FolderError, match="not RepLite's lock"):
        folder.open_lock(str(tmp_path))
    (tmp_path / "lock").unlink()
    os.link(precious, tmp_path / "lock")
    with pytest.raises(FolderError, match="not RepLite's lock"):
        folder.open_lock(str(tmp_path))
    assert precious.read_text() == "precious"


def test_a_marker_cannot_have_other_folders_removed() -> None:
    with home() as path:
        root = path / "replite"
        claim(str(root))
        (path / "empty").mkdir()
        marker = {"layout": 1, "uid": os.getuid(), "made": [str(path / "empty"), str(path)]}
        (root / folder.MARKER).write_text(json.dumps(marker))
        remove(str(root))
        assert (path / "empty").is_dir()
        assert_nothing_is_lost(path)


def test_a_home_that_is_a_link_is_fine(tmp_path: Path) -> None:
    with home() as path, pytest.MonkeyPatch.context() as patch:
        (tmp_path / "ada").symlink_to(path)
        patch.setenv("HOME", str(tmp_path / "ada"))
        claim(str(tmp_path / "ada/.cache/replite"))
        assert (path / ".cache/replite" / folder.MARKER).is_file()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder to another user, or mount")
def test_anothers_folder_is_refused() -> None:
    with home() as path:
        root = path / "deep" / "replite"
        root.mkdir(parents=True)
        os.chown(root, 65534, 65534)
        with pytest.raises(FolderError, match="belongs to another user"):
            claim(str(root))
        os.chown(root, 0, 0)
        os.chown(root.parent, 65534, 65534)
        with pytest.raises(FolderError, match="belongs to another user, who could change what runs"):
            claim(str(root))
        os.chown(root.parent, 0, 0)
        claim(str(root))


@pytest.mark.skipif(os.getuid() != 0, reason="only root can mount")
@pytest.mark.parametrize("part", ["", "files", f"runs/{RUN}/packages"])
def test_a_mount_point_and_what_holds_one_are_refused(part: str) -> None:
    with home() as path:
        root = path / "replite"
        claim(str(root))
        (root / part).mkdir(parents=True, exist_ok=True)
        subprocess.run(["mount", "--bind", str(path / "project"), str(root / part)], check=True)
        try:
            for action in (claim, remove):
                with pytest.raises(FolderError, match="a mount point"):
                    action(str(root))
            assert_nothing_is_lost(path)
        finally:
            subprocess.run(["umount", str(root / part)], check=True)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can mount")
def test_the_home_folder_by_another_name_is_refused() -> None:
    with home() as path:
        alias = path.parent / "alias"
        alias.mkdir()
        subprocess.run(["mount", "--bind", str(path), str(alias)], check=True)
        try:
            with pytest.raises(FolderError, match="a mount point"):
                claim(str(alias))
            assert_nothing_is_lost(path)
        finally:
            subprocess.run(["umount", str(alias)], check=True)


def test_a_marker_that_a_power_failure_left_empty_is_written_again() -> None:
    with home() as path:
        root = path / "replite"
        claim(str(root))
        (root / folder.MARKER).write_text("")
        marker = claim(str(root))
        assert marker is not None
        remove(str(root))
        assert not root.exists()
