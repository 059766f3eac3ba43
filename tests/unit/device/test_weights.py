"""Packed weights are used only as they were made, and made only where they may be; both engines give the same answers."""

from __future__ import annotations

import errno
import faulthandler
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import ai_edge_litert as litert
import numpy as np
import pytest

from replite.device import weights
from replite.device.engines import COMPILED, IN_MEMORY, INTERPRETER, Engine, difference, load_alone
from replite.device.files import sha256
from replite.device.folder import claim, remove
from replite.measure.provision import KNOWN

MODEL, OUTPUTS = KNOWN / "model.tflite", KNOWN / "known.json"
RUNTIME = "ai-edge-litert"
NAME = weights.key("0" * 64, "1")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """RepLite's folder of files, as it is on a device."""
    claim(str(tmp_path / "replite"))
    return tmp_path / "replite/files"


def pack(path: str) -> float:
    Engine(RUNTIME).open(MODEL, 1, path)
    return 1.5


def made(folder: Path) -> weights.Packed:
    assert weights.make(folder, NAME, MODEL, pack) == ""
    packed = weights.find(folder, NAME)
    assert packed
    return packed


def in_a_process(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True, check=True)


def test_a_library_loaded_alone_is_not_mistaken_for_one_before() -> None:
    folder = Path(litert.__file__).parent
    loaded = [load_alone(str(folder / name)) for name in ("libpywrap_litert_common.so", "libLiteRt.so")]
    assert hasattr(loaded[1], "LiteRtCreateEnvironment")


def test_both_engines_compute_the_known_model_alike_and_one_that_is_not_asked_for_is_tried_first() -> None:
    engines = [Engine(RUNTIME, known=(MODEL, OUTPUTS)), Engine(RUNTIME, name=INTERPRETER)]
    assert [engine.name for engine in engines] == [COMPILED, INTERPRETER]
    for engine in engines:
        off, limit = difference(engine.open(MODEL, 1), OUTPUTS)
        assert off <= limit
    values = np.arange(8, dtype=np.int32)[None]
    compiled, interpreted = (engine.open(MODEL, 1).alone(values) for engine in engines)
    np.testing.assert_allclose(compiled, interpreted, rtol=0, atol=1e-3)


def test_an_engine_that_miscomputes_the_known_model_is_not_used(tmp_path: Path) -> None:
    known = json.loads(OUTPUTS.read_text())
    (tmp_path / "known.json").write_text(json.dumps({**known, "output": known["output"][::-1]}))
    assert Engine(RUNTIME, known=(MODEL, tmp_path / "known.json")).name == INTERPRETER


def test_a_runtime_without_compiled_models_and_a_file_that_they_refuse_are_left_to_the_interpreter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = Engine(RUNTIME)
    from ai_edge_litert.compiled_model import CompiledModel

    def refuse(*arguments: object, **options: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(CompiledModel, "from_file", refuse)
    assert difference(engine.open(MODEL, 1), OUTPUTS)[0] < 0.01
    assert engine.name == INTERPRETER
    monkeypatch.setitem(sys.modules, "ai_edge_litert.compiled_model", None)
    assert Engine(RUNTIME).name == INTERPRETER


def test_it_says_nothing_and_loads_no_plug_in(folder: Path) -> None:
    code = """
import sys
from pathlib import Path
from replite.device.engines import Engine, difference
model, known, weights = map(Path, sys.argv[1:])
engine = Engine("ai-edge-litert", known=(model, known))
difference(engine.open(model, 1, str(weights)), known)
assert engine.name == "compiled_model"
print("ccelerator" in Path("/proc/self/maps").read_text())
"""
    said = in_a_process(code, MODEL, OUTPUTS, made(folder).path)
    assert (said.stdout, said.stderr) == ("False\n", "")


def test_an_error_after_it_is_still_said() -> None:
    code = "import sys; from replite.device.engines import Engine; Engine('ai-edge-litert'); print('here', file=sys.stderr)"
    assert in_a_process(code).stderr == "here\n"


@pytest.mark.parametrize(("threads", "more"), [(1, 0), (3, 2)])
def test_it_uses_as_many_threads_as_it_is_told(threads: int, more: int) -> None:
    code = """
import os, sys
from pathlib import Path
from replite.device.engines import Engine, difference
model, known, threads = *map(Path, sys.argv[1:3]), int(sys.argv[3])
engine = Engine("ai-edge-litert")
before = len(os.listdir("/proc/self/task"))
opened = engine.open(model, threads)
difference(opened, known)
print(engine.name, len(os.listdir("/proc/self/task")) - before)
"""
    assert in_a_process(code, MODEL, OUTPUTS, threads).stdout.split() == [COMPILED, str(more)]


def test_packed_weights_lie_under_their_hash_and_are_mapped_by_a_later_process(folder: Path) -> None:
    packed = made(folder)
    assert packed.path.name == sha256(str(packed.path))
    assert packed.mb == packed.path.stat().st_size / 1e6 > 0
    assert packed.made_ms == 1.5
    assert sorted(os.listdir(folder)) == sorted([packed.path.name, NAME])
    opened = Engine(RUNTIME).open(MODEL, 1, str(packed.path))
    assert difference(opened, OUTPUTS)[0] < 0.01
    assert str(packed.path) in Path("/proc/self/maps").read_text()


def test_the_folder_stays_one_of_replites_and_is_removed_with_them(folder: Path) -> None:
    made(folder)
    claim(str(folder.parent))
    assert str(folder) in remove(str(folder.parent))[0]
    assert not folder.parent.exists()


def test_weights_belong_to_a_model_a_version_and_a_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {NAME, weights.key("1" * 64, "1"), weights.key("0" * 64, "2")}
    monkeypatch.setattr(weights, "text", lambda path: "model name : another\ncpu MHz : 1\n")
    names |= {weights.key("0" * 64, "1")}
    assert len(names) == 4
    monkeypatch.setattr(weights, "text", lambda path: "model name : another\ncpu MHz : 2\n")
    assert weights.key("0" * 64, "1") in names


def edit(packed: weights.Packed) -> None:
    content = bytearray(packed.path.read_bytes())
    content[300] ^= 1
    packed.path.write_bytes(content)


def truncate(packed: weights.Packed) -> None:
    os.truncate(packed.path, 5000)


def lose(packed: weights.Packed) -> None:
    packed.path.unlink()


def record(content: str) -> Callable[[weights.Packed], object]:
    return lambda packed: packed.path.with_name(NAME).write_text(content)


BROKEN: dict[str, Callable[[weights.Packed], object]] = {
    "edited": edit,
    "half there": truncate,
    "gone": lose,
    "an empty record": record(""),
    "a record of something else": record("[]"),
    "a record without times": record('{"sha256": "0"}'),
    "a record that names nothing": record('{"sha256": 5, "made_ms": 1}'),
    "a record without an end": record('{"sha256": ' + "[" * 100_000),
    "a record of a name too long for a file": record(json.dumps({"sha256": "0" * 300, "made_ms": 1})),
    "a record that names a folder": record('{"sha256": "..", "made_ms": 1}'),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_what_is_not_as_it_was_made_is_not_used_but_made_anew(broken: str, folder: Path) -> None:
    before = made(folder)
    BROKEN[broken](before)
    if broken == "a record that names a folder":
        with pytest.raises(PermissionError):
            weights.find(folder, NAME)
        return
    assert weights.find(folder, NAME) is None
    assert made(folder).path == before.path


@pytest.mark.parametrize("which", ["record", "weights"])
def test_a_link_and_a_file_that_others_may_write_to_are_foreign(which: str, folder: Path, tmp_path: Path) -> None:
    packed = made(folder)
    path = packed.path if which == "weights" else folder / NAME
    path.chmod(0o666)
    with pytest.raises(PermissionError):
        weights.find(folder, NAME)
    shutil.move(path, tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PermissionError):
        weights.find(folder, NAME)


def test_nothing_is_made_in_a_folder_of_others_on_a_full_disk_or_one_that_cannot_be_written_to(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(weights.shutil, "disk_usage", lambda path: SimpleNamespace(free=MODEL.stat().st_size))
        assert weights.make(folder, NAME, MODEL, pack) == "no_room"
    with monkeypatch.context() as patched:
        patched.setattr(weights.os, "getuid", lambda: os.stat(folder).st_uid + 1)
        assert weights.make(folder, NAME, MODEL, pack) == "foreign"
    folder.chmod(0o777)
    assert weights.make(folder, NAME, MODEL, pack) == "foreign"
    folder.chmod(0o500)
    if os.getuid():
        assert weights.make(folder, NAME, MODEL, pack) == "read_only"
    folder.chmod(0o700)
    for error, reason in ((30, "read_only"), (13, "read_only"), (28, "no_room"), (5, "failed")):
        with monkeypatch.context() as patched:
            patched.setattr(weights, "_in_child", lambda work, error=error: (_ for _ in ()).throw(OSError(error, "no")))
            assert weights.make(folder, NAME, MODEL, pack) == reason
    assert os.listdir(folder) == []


def pack_on_a_full_disk(path: str) -> float:
    faulthandler.disable()  # the runtime crashes
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    return pack(path)


def pack_and_die(path: str) -> float:
    pack(path)
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def pack_nothing(path: str) -> float:
    Engine(RUNTIME).open(MODEL, 1, IN_MEMORY)
    return 0


@pytest.mark.parametrize("fails", [pack_on_a_full_disk, pack_and_die, pack_nothing])
def test_one_that_does_not_come_to_its_end_leaves_nothing(fails: Callable[[str], float], folder: Path) -> None:
    assert weights.make(folder, NAME, MODEL, fails) == "failed"
    assert os.listdir(folder) == []


@pytest.mark.parametrize("lacking", [1, None])
def test_weights_that_lack_their_end_are_none(lacking: int | None, folder: Path) -> None:
    """A disk fills up while the last of the weights are written, or has no room for any; the runtime does not tell."""
    packed = made(folder)
    limit = packed.path.stat().st_size - lacking if lacking else 0
    packed.path.unlink()

    def pack_without_the_end(path: str) -> float:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        return pack(path)

    assert weights.make(folder, NAME, MODEL, pack_without_the_end) == "failed"
    assert os.listdir(folder) == [NAME]


def test_weights_whose_record_cannot_be_written_do_not_stay(folder: Path) -> None:
    (folder / NAME).mkdir()  # in its way
    assert weights.make(folder, NAME, MODEL, pack) == "failed"
    assert os.listdir(folder) == [NAME]


def test_a_card_that_cannot_read_a_file_any_more_gets_it_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: str) -> str:
        raise OSError(errno.EIO, "Input/output error", path)

    before = made(folder)
    with monkeypatch.context() as patched:
        patched.setattr(weights.files, "sha256", fail)
        assert weights.find(folder, NAME) is None
    assert made(folder) == before
