"""What each runtime knows is found out from the runtime itself."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from replite.config.export import Variant
from replite.device.runtimes import RUNTIMES
from replite.export.runtimes import OPERATORS, refusals
from replite.records.export import Operator

FLOAT = Variant(quantization="fp32")


def test_the_table_of_the_installed_runtime_is_what_it_says_itself() -> None:
    tool = [sys.executable, "tools/list_runtime_operators.py"]
    found = subprocess.run(tool, check=True, capture_output=True, text=True).stdout
    assert json.loads(found) == OPERATORS["ai-edge-litert"]["operators"]


def test_a_file_without_operators_is_refused_by_none() -> None:
    assert refusals([], FLOAT) == {}


def test_an_operator_is_refused_by_version() -> None:
    too_new = Operator(name="FULLY_CONNECTED", version=12, count=1)
    assert refusals([too_new], FLOAT) == {"tflite-runtime": "FULLY_CONNECTED version 12; tflite-runtime 2.14.0 knows version 10"}


def test_a_custom_operator_is_refused_by_all() -> None:
    flex = Operator(name="FlexErf", version=1, count=1)
    assert set(refusals([flex], FLOAT)) == set(RUNTIMES)
    assert refusals([flex], FLOAT)["ai-edge-litert"].endswith("does not know it")


def test_a_file_whose_types_a_runtime_has_no_kernels_for_is_refused() -> None:
    """Its operators' versions do not tell: tflite-runtime 2.14 knows the operators of `int16x8`, and none of them in 16 bits."""
    variant = Variant(quantization="int16x8", per_channel=False)
    assert refusals([], variant) == {"tflite-runtime": "tflite-runtime does not load int16x8"}


def test_the_operators_of_every_runtime_are_known() -> None:
    assert set(OPERATORS) == set(RUNTIMES)


@pytest.mark.parametrize("name", RUNTIMES)
def test_each_runtime_of_the_table_is_pinned_for_its_pythons(name: str) -> None:
    runtime = RUNTIMES[name]
    pins = Path("envs", runtime.requirements).read_text()
    assert f"{name}=={OPERATORS[name]['version']} " in pins
    assert f" --python-version {runtime.pythons[0]} " in pins.splitlines()[1]
