"""What the operators of an exported file are: cut out of it, listed, and profiled by the runtime itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from benchmarks.cut import KEY, _Source, cut, multiply_accumulates
from replite.config.export import Variant
from replite.device.preprocessing import key_of
from replite.device.profiler import Profiler
from replite.export import tflite
from replite.export.errors import ExportError
from replite.export.flatbuffer import PRODUCTS, products
from replite.export.inputs import ExportInputs
from replite.export.job import export
from replite.measure.operators import _shapes
from replite.records.export import Manifest
from replite.records.measure import OperatorRun
from tests.unit.export.conftest import job

QUANTIZATIONS = ["fp32", "fp16", "dynamic_int8", "dynamic_int4", "full_int8"]


@pytest.fixture(scope="module", params=QUANTIZATIONS)
def exported(
    request: pytest.FixtureRequest, bert: ExportInputs, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Manifest]:
    """A file of each quantization, with several lengths."""
    folder = tmp_path_factory.mktemp("exported")
    entry = Variant.model_validate({"quantization": request.param, "minimum_agreement": 0})
    export(job("variant", entry), replace(bert), folder)
    return folder / "model.tflite", Manifest.read(folder / "manifest.json")


def inputs_of(manifest: Manifest, length: int, seed: int) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(seed)
    given = {name: np.zeros((1, length), np.int32) for name in manifest.inputs}
    given["input_ids"][:] = draw.integers(5, 50, (1, length))
    given["attention_mask"][:, : draw.integers(3, length + 1)] = 1
    return given


def test_operators_give_alone_what_they_give_in_the_whole(exported: tuple[Path, Manifest]) -> None:
    path, manifest = exported
    kernels = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    whole = Interpreter(str(path), experimental_preserve_all_tensors=True, experimental_op_resolver_type=kernels)
    for seed, length in enumerate(manifest.lengths):
        source = _Source(tflite.read(path.read_bytes()), length)
        subgraph = source.model.subgraphs.index(source.graph)
        whole.get_signature_runner(key_of(length))(**inputs_of(manifest, length, seed))
        for name in sorted(source.names()):
            alone = Interpreter(model_content=cut(path.read_bytes(), length, [name]), experimental_op_resolver_type=kernels)
            operators = [operator for operator in source.variable() if source.name(operator) == name]
            read = [int(each) for operator in operators for each in operator.inputs if each >= 0 and not source.is_constant(each)]
            given = {f"input_{place}": whole.get_tensor(index, subgraph) for place, index in enumerate(read)}
            found = alone.get_signature_runner(KEY)(**given)
            written = [int(each) for operator in operators for each in operator.outputs]
            assert len(found) == len(written)
            for place, index in enumerate(written):
                np.testing.assert_allclose(found[f"output_{place}"], whole.get_tensor(index, subgraph), atol=1e-6, err_msg=name)


def test_the_runtime_profiles_each_length_and_computes_the_same(exported: tuple[Path, Manifest]) -> None:
    path, manifest = exported
    interpreter = Interpreter(str(path))
    for seed, length in enumerate(manifest.lengths):
        given = inputs_of(manifest, length, seed)
        profiler = Profiler(path, key_of(length), manifest.output, threads=1)
        output, took = profiler.run(given)
        expected = interpreter.get_signature_runner(key_of(length))(**given)[manifest.output]
        np.testing.assert_allclose(output, expected.ravel(), atol=1e-5)
        events = profiler.events()
        assert sum(event.microseconds for event in events) <= took * 1e3
        profiler.run(given)
        assert [event.name for event in profiler.events()] == [event.name for event in events]


def test_the_runtime_has_as_many_products_as_the_file(exported: tuple[Path, Manifest]) -> None:
    """So that their shapes are known."""
    path, manifest = exported
    for length in manifest.lengths:
        profiler = Profiler(path, key_of(length), manifest.output, threads=1)
        profiler.run(inputs_of(manifest, length, 0))
        of_file = products(path, length)
        found = _shapes([OperatorRun(name=event.name, ms=0) for event in profiler.events()], of_file)
        assert sorted(filter(None, found)) == sorted(shapes for _, shapes in of_file)


def test_multiply_accumulates_are_those_of_the_shapes(exported: tuple[Path, Manifest]) -> None:
    path, manifest = exported
    length = manifest.lengths[0]
    counted = 0
    for operator, shapes in products(path, length):
        first, _, result = (part.split()[0] for part in shapes.replace(" = ", " * ").split(" * "))
        assert operator in PRODUCTS
        counted += int(np.prod([int(side) for side in result.split("x")])) * int(first.split("x")[-1])
    assert counted == multiply_accumulates(path.read_bytes(), length)


def test_what_is_not_in_a_file_is_told(exported: tuple[Path, Manifest]) -> None:
    path, manifest = exported
    with pytest.raises(ValueError, match=r"no operator is called CONV_2D; there are .*FULLY_CONNECTED"):
        cut(path.read_bytes(), manifest.lengths[0], ["CONV_2D"])
    with pytest.raises(ExportError, match=r"model\.tflite: its operators cannot be read .*export it again"):
        products(path, 999)
