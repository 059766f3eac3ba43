"""List which builtin operators, up to which version, a TFLite runtime knows.

Makes one empty model per (operator, version) and lets the runtime of another Python open it: a runtime refuses an operator it
does not know as soon as it reads the model's list. Prints JSON, {operator: highest version}, as it stands for each runtime in
src/replite/export/runtime_operators.json.

Example: python tools/list_runtime_operators.py --python path/to/env/bin/python --runtime tflite-runtime
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import flatbuffers
from ai_edge_litert import schema_py_generated as schema

from replite.device.runtimes import RUNTIMES
from replite.export.runtimes import HOST_RUNTIME

HIGHEST_VERSION = 20

PROBE = """
import importlib, pathlib, sys
Interpreter = importlib.import_module(sys.argv[1]).Interpreter
for path in sorted(pathlib.Path(sys.argv[2]).iterdir()):
    try:
        Interpreter(model_path=str(path))
        print(path.name)
    except ValueError:
        pass
"""


def write_model(path: Path, builtin: int, version: int) -> None:
    """A model with one empty subgraph whose list of operators holds just the one given."""
    operator = schema.OperatorCodeT()
    operator.builtinCode, operator.version = builtin, version
    operator.deprecatedBuiltinCode = min(builtin, schema.BuiltinOperator.PLACEHOLDER_FOR_GREATER_OP_CODES)
    model, subgraph, buffer = schema.ModelT(), schema.SubGraphT(), schema.BufferT()
    subgraph.tensors, subgraph.operators, subgraph.inputs, subgraph.outputs = [], [], [], []
    model.version, model.operatorCodes, model.subgraphs, model.buffers = 3, [operator], [subgraph], [buffer]
    builder = flatbuffers.Builder(256)
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    path.write_bytes(bytes(builder.Output()))


def known_operators(python: str, module: str) -> dict[str, int]:
    """Highest known version of each builtin operator that the runtime `module` of the interpreter `python` knows at all."""
    names = {value: name for name, value in vars(schema.BuiltinOperator).items() if isinstance(value, int)}
    with tempfile.TemporaryDirectory() as folder:
        for value in names:
            for version in range(1, HIGHEST_VERSION + 1):
                write_model(Path(folder, f"{value}-{version}"), value, version)
        probe = subprocess.run([python, "-c", PROBE, module, folder], check=True, capture_output=True, text=True)
    highest: dict[str, int] = {}
    for line in probe.stdout.split():
        value, version = map(int, line.split("-"))
        highest[names[value]] = max(highest.get(names[value], 0), version)
    return dict(sorted(highest.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default=sys.executable, help="the Python that has the runtime")
    parser.add_argument("--runtime", choices=RUNTIMES, default=HOST_RUNTIME, help="the runtime")
    arguments = parser.parse_args()
    print(json.dumps(known_operators(arguments.python, f"{RUNTIMES[arguments.runtime].module}.interpreter"), indent=2))


if __name__ == "__main__":
    main()
