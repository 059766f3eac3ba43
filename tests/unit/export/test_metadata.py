"""A file says itself what it is, and carries its labels and its vocabulary."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter
from ai_edge_litert.schema_py_generated import Model, ModelT
from flatbuffers.table import Table

from replite.config.export import Variant
from replite.export import tflite
from replite.export.errors import ExportError
from replite.export.flatbuffer import describe
from replite.export.inputs import ExportInputs
from replite.export.job import export
from replite.export.license import license_of
from replite.export.metadata import About, with_files, with_metadata
from replite.export.single_length import single_length
from replite.records.export import Manifest
from tests.unit.conftest import LABELS
from tests.unit.export.conftest import job

ABOUT = About("a name", "what it does", "apache-2.0", ["bad", "good"], "Scores.", ["[PAD]", "a", "ä"])


@pytest.fixture(scope="module")
def exported(bert: ExportInputs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("int8")
    export(job("int8", Variant(quantization="dynamic_int8")), bert, folder)
    return folder


def test_an_exported_file_carries_its_labels_and_its_vocabulary(exported: Path) -> None:
    with zipfile.ZipFile(exported / "model.tflite") as archive:
        assert archive.read("labels.txt").decode().splitlines() == LABELS
        assert archive.read("vocab.txt") == (exported / "vocab.txt").read_bytes()
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}


def test_an_exported_file_says_what_it_is(exported: Path) -> None:
    content = (exported / "model.tflite").read_bytes()
    for said in (
        b"tweets/tiny/int8",
        b"Fine-tuned on tweets; variant int8 (dynamic_int8).",
        b"no base model (trained from nothing)",
    ):
        assert content.count(said) == 1
    assert Manifest.read(exported / "manifest.json").license == "no base model (trained from nothing)"


def test_metadata_leaves_the_model_as_it_was(exported: Path, tmp_path: Path) -> None:
    before = (exported / "model.tflite").read_bytes()
    files = (exported / "model.tflite", tmp_path / "model.tflite")
    files[1].write_bytes(with_metadata(before, ABOUT))
    assert describe(files[0]) == describe(files[1])
    signatures = [Interpreter(str(path)).get_signature_list() for path in files]
    assert signatures[0] == signatures[1]
    names = [[entry.name for entry in ModelT.InitFromObj(Model.GetRootAs(path.read_bytes())).metadata] for path in files]
    assert names[1] == [*names[0], b"TFLITE_METADATA"]


@pytest.mark.parametrize(("tokenizer", "units"), [("wordpiece", 1), ("bpe", 0)])
def test_only_a_tokenizer_that_clients_know_is_named(exported: Path, tokenizer: Literal["wordpiece", "bpe"], units: int) -> None:
    described = with_metadata((exported / "model.tflite").read_bytes(), replace(ABOUT, tokenizer=tokenizer))
    model = ModelT.InitFromObj(Model.GetRootAs(described))
    metadata = bytes(bytearray(model.buffers[model.metadata[-1].buffer].data))
    assert metadata.count(b"vocab.txt") == 1
    root = Table(metadata, int.from_bytes(metadata[:4], "little"))
    subgraph = Table(metadata, root.Indirect(root.Vector(field(root, 3))))
    assert subgraph.VectorLen(field(subgraph, 5)) == units, "the processing units of the inputs"


def field(table: Table, number: int) -> int:
    """Where a field of a FlatBuffer's table begins, counted from the table."""
    return int(table.Offset(4 + 2 * number))


def test_equal_files_get_equal_bytes(exported: Path) -> None:
    content = (exported / "model.tflite").read_bytes()
    assert with_metadata(content, ABOUT) == with_metadata(content, ABOUT)


def test_a_licence_is_the_stated_one_or_that_of_the_checkpoints_readme(tmp_path: Path) -> None:
    assert license_of(str(tmp_path), None) == "not stated"
    (tmp_path / "README.md").write_text("---\nlicense: mit\n---\n# A model\n")
    assert license_of(str(tmp_path), None) == "mit"
    assert license_of(str(tmp_path), "apache-2.0") == "apache-2.0"
    assert license_of("a-hub/name", None) == "not stated"
    assert license_of(None, None) == "no base model (trained from nothing)"


@pytest.mark.parametrize(
    "content", [b"\0" * 10, b"---\nlicense: [\n---\n", b"---\nlicense: {a: b}\n---\n", b"---\nlicense: \xff\n---\n"]
)
def test_a_card_that_states_no_licence_stops_nothing(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_bytes(content)
    assert isinstance(license_of(str(tmp_path), None), str)


def test_aliases_of_a_card_do_not_grow(tmp_path: Path) -> None:
    bomb = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
    (tmp_path / "README.md").write_text(f"---\na0: &a0 [x]\n{bomb}license: *a29\n---\n")
    assert license_of(str(tmp_path), None) == "not stated"


@pytest.mark.parametrize("read", [describe, lambda path: single_length(path.read_bytes())])
@pytest.mark.parametrize("share", [0, 0.001, 0.3, 0.9])
def test_a_cut_file_is_refused(read: Callable[[Path], object], share: float, exported: Path, tmp_path: Path) -> None:
    content = (exported / "model.tflite").read_bytes()
    (tmp_path / "model.tflite").write_bytes(content[: int(share * len(content))])
    with pytest.raises(ExportError, match="export it again"):
        read(tmp_path / "model.tflite")


def test_files_behind_a_model_are_taken_by_name_alone(exported: Path) -> None:
    content = with_files((exported / "model.tflite").read_bytes(), {"../../escaped": b"x", "/etc/passwd": b"x"})
    with zipfile.ZipFile(io.BytesIO(single_length(content))) as archive:
        assert archive.namelist() == ["labels.txt", "vocab.txt"]


def test_a_file_behind_a_model_that_grows_is_refused(exported: Path) -> None:
    content = io.BytesIO(tflite.write(tflite.read((exported / "model.tflite").read_bytes())))
    content.seek(0, io.SEEK_END)
    with zipfile.ZipFile(content, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("labels.txt", bytes(10**8))
    with pytest.raises(ExportError, match=r"no whole labels\.txt"):
        single_length(content.getvalue())


def test_an_operator_of_another_runtime_is_named(exported: Path, tmp_path: Path) -> None:
    model = tflite.read((exported / "model.tflite").read_bytes())
    code = model.operatorCodes[0]
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.CUSTOM
    code.customCode = b"FlexPyFunc\xff"
    (tmp_path / "model.tflite").write_bytes(tflite.write(model))
    with pytest.raises(ExportError, match="no classifier's FlatBuffer"):
        describe(tmp_path / "model.tflite")
