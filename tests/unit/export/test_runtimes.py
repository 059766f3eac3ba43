"""What each runtime knows is found out from the runtime itself."""

import json
import subprocess
import sys
from pathlib import Path

from replite.export.runtimes import RUNTIMES, refusals
from replite.records.export import Operator


def test_the_table_of_the_installed_runtime_is_what_it_says_itself() -> None:
    tool = [sys.executable, "tools/list_runtime_operators.py"]
    found = subprocess.run(tool, check=True, capture_output=True, text=True).stdout
    assert json.loads(found) == RUNTIMES["ai-edge-litert"]["operators"]


def test_a_file_without_operators_is_refused_by_none() -> None:
    assert refusals([]) == {}


def test_an_operator_is_refused_by_version() -> None:
    too_new = Operator(name="FULLY_CONNECTED", version=12, count=1)
    assert refusals([too_new]) == {"tflite-runtime": "FULLY_CONNECTED version 12; tflite-runtime 2.14.0 knows version 10"}


def test_a_custom_operator_is_refused_by_all() -> None:
    flex = Operator(name="FlexErf", version=1, count=1)
    assert set(refusals([flex])) == set(RUNTIMES)
    assert refusals([flex])["ai-edge-litert"].endswith("does not know it")


def test_the_device_requirements_pin_the_runtimes_of_the_table() -> None:
    for runtime, file in (("ai-edge-litert", "device-litert.txt"), ("tflite-runtime", "device-tflite.txt")):
        assert f"{runtime}=={RUNTIMES[runtime]['version']} " in Path("envs", file).read_text()
