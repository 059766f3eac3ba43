"""The runtimes that can load a file, judged by the versions of its operators before anything is shipped, and their Pythons.

runtime_operators.json lists what each runtime knows; tools/list_runtime_operators.py finds it out from the runtime itself.
"""

import json
from pathlib import Path
from typing import Any

from replite.config.export import Variant
from replite.device.folder import FolderError, check_code
from replite.device.runtimes import RUNTIMES
from replite.export.errors import ExportError
from replite.records.export import Operator

HOST_RUNTIME = "ai-edge-litert"
"""The runtime in the host's own environment."""

OPERATORS: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("runtime_operators.json").read_text(encoding="utf-8"))


def refusals(operators: list[Operator], variant: Variant) -> dict[str, str]:
    """Each runtime that cannot load the variant's file, which has `operators`, with the reason."""
    reasons = {runtime: _first_lacking(runtime, operators) or variant.refused_by(runtime) for runtime in RUNTIMES}
    return {runtime: reason for runtime, reason in reasons.items() if reason}


def python_with(runtime: str, environments: Path) -> Path:
    """The Python of the runtime's own virtual environment. Raises `ExportError` if there is none."""
    python = environments / runtime / "bin/python"
    if not python.is_file():
        raise ExportError(f"{python.parents[1]}: no environment with {runtime}, which the variant names; run 'make runtimes'")
    try:
        check_code(str(python.parent))
    except FolderError as error:
        raise ExportError(str(error)) from None
    return python.absolute()


def _first_lacking(runtime: str, operators: list[Operator]) -> str | None:
    version, known = OPERATORS[runtime]["version"], OPERATORS[runtime]["operators"]
    for operator in operators:
        highest = known.get(operator.name, 0)
        if operator.version > highest:
            knows = f"knows version {highest}" if highest else "does not know it"
            return f"{operator.name} version {operator.version}; {runtime} {version} {knows}"
    return None
