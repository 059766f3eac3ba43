"""The program's command line: `install`, `verify`, `facts`, `state`, `start`, `cool`, `run`, `pause`, `sustain`,
`operators`, `together` and `guard`."""

import argparse
import json
import resource
import sys
import time
from pathlib import Path

_ON_A_JOB = {
    "start": "load a job's model from the disk and find its peak memory",
    "run": "time every text of a job",
    "pause": "time texts of a job that come after a pause",
    "sustain": "run the texts of a job for minutes",
    "operators": "profile the operators of a job's model",
}


def main() -> None:
    """Run one command; a mistake ends it with one line on stderr and exit status 1."""
    arguments = _parser().parse_args()
    try:
        sys.exit(_run(arguments))
    except ModuleNotFoundError as error:
        sys.exit(f"error: {sys.executable} has no module '{error.name}'; install it there with 'pip install {error.name}'")
    except MemoryError:
        sys.exit("error: out of memory")
    except (ValueError, RuntimeError, OSError) as error:
        sys.exit("error: {}".format(" ".join(str(error).split())))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="replite-device", description=__doc__)
    parser.add_argument("--packages", help="folder with Python packages that come before all others")
    parser.add_argument("--processors", type=_numbers, help="processors that the process may use, commas between them")
    parser.add_argument("--memory-mb", type=int, help="memory that the process may allocate, in MB (10^6 bytes)")
    commands = parser.add_subparsers(dest="command", required=True)
    install = commands.add_parser("install", help="unpack wheels into a new folder")
    install.add_argument("folder", type=Path)
    install.add_argument("wheels", type=Path, nargs="+")
    verify = commands.add_parser("verify", help="run a model whose outputs are known")
    verify.add_argument("model", type=Path)
    verify.add_argument("known", type=Path, help="its input and outputs (JSON)")
    verify.add_argument("--runtime", required=True, help="TFLite runtime")
    facts = commands.add_parser("facts", help="print what the device is, as JSON")
    facts.add_argument("--runtime", default="auto", help="TFLite runtime")
    commands.add_parser("state", help="print the readings that change from minute to minute, as JSON")
    cool = commands.add_parser("cool", help="wait until the device is cool")
    cool.add_argument("below_c", type=float, help="degrees Celsius")
    cool.add_argument("limit_seconds", type=float, help="how long to wait at most")
    cool.add_argument("result", type=Path, help="JSON to write")
    for name, does in _ON_A_JOB.items():
        command = commands.add_parser(name, help=does)
        command.add_argument("job", type=Path)
        if name == "run":
            command.add_argument("samples", type=Path, help="CSV to write")
        command.add_argument("result", type=Path, help="JSON to write")
    together = commands.add_parser("together", help="time every tweet of a job that goes through several models")
    together.add_argument("job", type=Path)
    together.add_argument("result", type=Path, help="JSON to write")
    together.add_argument("samples", type=Path, nargs="+", help="CSV to write, of each model one")
    guard = commands.add_parser("guard", help="hold the device's lock and run what stdin asks for")
    guard.add_argument("root", type=Path, help="folder of all that this program uses")
    guard.add_argument("run_folder", type=Path, help="folder in it to make, and to remove at the end")
    guard.add_argument("--holder", required=True, help="who holds the lock, for others to read")
    guard.add_argument("--wait-seconds", type=float, required=True, help="how long to wait for the lock")
    guard.add_argument("--run-seconds", type=float, required=True, help="how long a run may take")
    return parser


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


def _run(arguments: argparse.Namespace) -> int:
    """The command's exit status. Modules are imported here because numpy or a runtime may be missing, which `main` reports."""
    from . import environment, guard

    if arguments.packages:
        sys.path.insert(0, arguments.packages)
    if arguments.processors:
        environment.pin(arguments.processors)
    if arguments.memory_mb:
        resource.setrlimit(resource.RLIMIT_DATA, (arguments.memory_mb * 10**6,) * 2)
    if arguments.command == "guard":
        folders = (arguments.root, arguments.run_folder)
        return guard.hold(*folders, arguments.holder, arguments.wait_seconds, arguments.run_seconds)
    if arguments.command == "install":
        environment.install(arguments.wheels, arguments.folder)
    elif arguments.command == "verify":
        environment.verify(arguments.model, arguments.known, arguments.runtime)
    elif arguments.command in ("facts", "state"):
        _describe(arguments)
    else:
        _measure(arguments)
    return 0


def _describe(arguments: argparse.Namespace) -> None:
    from .facts import device_facts
    from .readings import device_state

    told = device_facts(arguments.runtime) if arguments.command == "facts" else device_state(time.monotonic())
    print(json.dumps(told))


def _measure(arguments: argparse.Namespace) -> None:
    from . import isolation

    offline = isolation.leave_network()
    isolation.die_with_parent()
    if arguments.command == "operators":
        from . import operators  # which no other process is to hold in its memory

        operators.profile(arguments.job, arguments.result)
        return
    from . import readings, runner, together

    on_job = {"start": runner.cold_start, "pause": runner.pause, "sustain": runner.sustain}
    if arguments.command == "cool":
        readings.cool_down(arguments.below_c, arguments.limit_seconds, arguments.result)
    elif arguments.command == "run":
        runner.run(arguments.job, arguments.samples, arguments.result, offline)
    elif arguments.command == "together":
        together.run_together(arguments.job, arguments.result, arguments.samples, offline)
    else:
        on_job[arguments.command](arguments.job, arguments.result)


if __name__ == "__main__":
    main()
