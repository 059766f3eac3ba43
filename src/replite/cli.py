"""Scripts: the parameters of a function are the options of the command line, and a user's mistake ends in one line."""

import argparse
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import is_dataclass
from pathlib import Path
from types import UnionType
from typing import Any, cast, get_args, get_origin

from replite import handover, lifetime
from replite.files.disk import full_disk_named, is_own


def run(main: Callable[..., None], *errors: type[Exception]) -> None:
    """Call `main` with the options of its script, and exit, with the run that started the script if not before.

    A parameter is an option of its name, `Annotated` with its help and required where it has no default; each field of a data
    class is one. Values other than words, numbers, paths and flags are read from the file that is given (`handover`). A `main`
    without parameters reads the command line itself.

    Exit status 0 when it returns; 1, or the error's own `exit_status`, after an error of RepLite's own kinds or of `errors`,
    whose message goes to stderr on one line behind `error: `; 130, as shells do, after Ctrl-C and other signals to stop. Any
    other exception is a defect and keeps its traceback.
    """
    lifetime.end_with_the_run()
    try:
        with full_disk_named():
            main(**_from_command_line(main))
    except KeyboardInterrupt:
        print("interrupted; run the same command again to resume", file=sys.stderr)
        sys.exit(130)
    except Exception as error:
        if not (is_own(error) or isinstance(error, errors)):
            raise
        print(f"error: {_one_line(error)}", file=sys.stderr)
        sys.exit(getattr(error, "exit_status", 1))


def script(main: Callable[..., None]) -> Callable[..., None]:
    """Decorates the last function of a script, which is run where the script is the program; where it is imported, nothing is."""
    if main.__module__ == "__main__":
        run(main)
    return main


def _from_command_line(main: Callable[..., None]) -> dict[str, Any]:
    options = inspect.signature(main, eval_str=True).parameters
    if not options:
        return {}
    description = sys.modules[main.__module__].__doc__
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    _add(parser, options)
    return _values(parser.parse_args(), options)


def _add(parser: argparse.ArgumentParser, options: Mapping[str, inspect.Parameter]) -> None:
    for name, option in options.items():
        if is_dataclass(option.annotation):
            _add(parser, _fields(option.annotation))
            continue
        kind, *_, meaning = get_args(option.annotation)
        required = option.default is option.empty
        how: dict[str, Any] = {"required": required, "default": None if required else option.default, "help": meaning}
        if kind is bool:
            how |= {"action": "store_true"}
        elif get_origin(kind) is Sequence:
            how |= {"action": "append", "choices": get_args(*get_args(kind)), "default": [*option.default]}
        else:
            how |= {"type": _plain(kind) or Path}
        parser.add_argument(f"--{name.replace('_', '-')}", **how)


def _values(given: argparse.Namespace, options: Mapping[str, inspect.Parameter]) -> dict[str, Any]:
    return {name: _value(given, name, option.annotation) for name, option in options.items()}


def _value(given: argparse.Namespace, name: str, kind: Any) -> Any:
    if is_dataclass(kind):
        return cast(Any, kind)(**_values(given, _fields(kind)))
    value = getattr(given, name)
    return handover.read(kind, value) if isinstance(value, Path) and not _plain(get_args(kind)[0]) else value


def _fields(kind: Any) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(kind, eval_str=True).parameters


def _plain(kind: Any) -> type | None:
    """The type that a word of the command line is turned into, if nothing is to be read from a file."""
    kinds = get_args(kind) if isinstance(kind, UnionType) else [kind]
    return next((plain for plain in (str, int, float, Path) if plain in kinds), None)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
