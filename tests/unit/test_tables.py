"""A runtime and a quantization have one place each: an entry, and all the rest follows."""

import subprocess
import sys

SCRIPT = """
from replite.device import runtimes
runtimes.RUNTIMES["toy"] = runtimes.Runtime("json", "device-toy.txt", ("3.12", "3.13"), ("riscv64",), "2.40")
from replite.config import quantizations
quantizations.QUANTIZATIONS["int16x4"] = quantizations.Quantization(
    "calibrated", 4, activation_bits=16, runtimes=("ai-edge-litert", "toy"), remark="a toy"
)

from pydantic import ValidationError
from replite import config_docs
from replite.config.export import Variant
from replite.config.measure import Device, Simulated
from replite.export.quantizer import _recipe
from replite.measure.wheels import Platform, choose

variant = Variant(quantization="int16x4", per_channel=False, runtimes=["toy"])
print(Device(simulated=Simulated(), runtime="toy").runtime)
print(choose("auto", Platform("riscv64", "3.12.1", "2.41")))
print(runtimes.choose("toy"))
print(variant.stored_embeddings, variant.kind.weight_type)
weights = [part["op_config"].get("weight_tensor_config") for part in _recipe(variant)]
print(*sorted({part["num_bits"] for part in weights if part}))
print(*(line for line in config_docs.render().splitlines() if line.startswith(("| `toy`", "| `int16x4`"))), sep="\\n")
try:
    Variant(quantization="int16x4", runtimes=["toy"])
except ValidationError as error:
    print(error.errors()[0]["msg"])
"""
EXPECTED = """\
toy
toy
toy
int8 INT4
4 8
| `int16x4` | 4-bit | 16-bit, calibrated | 8-bit | ai-edge-litert; per tensor also toy; a toy |
| `toy` | Python 3.12 to 3.13 with glibc 2.40 or newer on riscv64 | [device-toy.txt](../envs/device-toy.txt) |
Value error, 'runtimes': toy does not load int16x4, but does with 'per_channel: false'
"""


def test_what_follows_from_an_entry() -> None:
    assert subprocess.run([sys.executable, "-c", SCRIPT], check=True, capture_output=True, text=True).stdout == EXPECTED
