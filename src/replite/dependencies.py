"""The files of the package that a script uses, so that a rule can declare them and rerun when one of them changes."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from replite import tasks

PACKAGE = Path(__file__).parent


def used_by(script: Path) -> list[Path]:
    """The files of this package that `script` imports, directly or through one another, in alphabetical order."""
    found: set[Path] = set()
    waiting = [script]
    while waiting:
        for path in _imported(waiting.pop()):
            if path not in found:
                found.add(path)
                waiting.append(path)
    return sorted(found)


def of_tasks(names: Iterable[str], halves: Sequence[str]) -> list[Path]:
    """The files of these halves of the tasks, and those of this package that they import. Raises `TaskError`."""
    found = {tasks.file(name, half) for name in names for half in halves}
    return sorted(found.union(*map(used_by, found)))


@cache
def _imported(file: Path) -> tuple[Path, ...]:
    """The files of this package that one imports by itself; remembered, for every job of a run asks."""
    return tuple(dict.fromkeys(_imports(file)))


def _imports(file: Path) -> Iterator[Path]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            origin = ".".join(filter(None, [_package_above(file, node.level), node.module]))
            names = [origin, *(f"{origin}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            yield from _files_of(name)


def _package_above(file: Path, level: int) -> str:
    """The package that `level` leading dots mean in `file`; nothing for an absolute import, and in another package."""
    return ".".join(file.relative_to(PACKAGE.parent).parts[:-level]) if level and file.is_relative_to(PACKAGE.parent) else ""


def _files_of(module: str) -> Iterator[Path]:
    """The module's file and those of the packages around it; nothing for a module of another package."""
    first, *rest = module.split(".")
    if first != PACKAGE.name:
        return
    for depth in range(len(rest) + 1):
        path = PACKAGE.joinpath(*rest[:depth])
        for candidate in (path / "__init__.py", path.with_suffix(".py")):
            if candidate.is_file():
                yield candidate
