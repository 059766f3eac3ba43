"""Jobs end with the run that started them, however it ends: Snakemake itself leaves those of a killed run going.

A job is told the run's process in an environment variable. A process beside it, which no library keeps from its work, looks each
second whether the run still lives.
"""

import atexit
import os
import signal
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import psutil

VARIABLE = "REPLITE_RUN"
"""Holds what `this_process` gives."""
_LOOK_SECONDS, _GRACE_SECONDS = 1.0, 5.0
_STOPS = (signal.SIGTERM, signal.SIGHUP)
"""Signals that end a run in order, as Ctrl-C does; a hang-up only where it is not ignored, as nohup has it."""


def this_process() -> str:
    """Names this process for all time: its number, when it began, and the namespace in which the number holds."""
    return f"{os.getpid()} {_began(os.getpid())} {_namespace()}"


def end_with_the_run() -> None:
    """Have this script end, and all that it started, when the run does: in order within seconds, or else killed."""
    for number in _STOPS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
    run, began, namespace = os.environ.get(VARIABLE, "0  ").split(" ")
    script = os.getpid()
    if int(run) and namespace == _namespace():
        if (watcher := os.fork()) == 0:
            _watch(int(run), began, script)
        atexit.register(_dismiss, watcher, int(run), began)


def end_jobs_when_stopped(scripts: Path) -> None:
    """Have a signal to stop end this run, which is Snakemake, and its jobs, which run what is in the folder `scripts`."""
    for number in _STOPS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, lambda *_: _stop(scripts))


def _stop(scripts: Path) -> NoReturn:
    for number in _STOPS:
        signal.signal(number, signal.SIG_IGN)
    started = psutil.Process().children(recursive=True)
    for process in started:
        with suppress(psutil.Error):
            if any(part.startswith(str(scripts)) for part in process.cmdline()):
                process.terminate()
    late = threading.Timer(_GRACE_SECONDS, _kill, [started])
    late.daemon = True
    late.start()
    raise KeyboardInterrupt


def _dismiss(watcher: int, run: int, began: str) -> None:
    """End the watching; that of a run which has ended still has to see to what this script started."""
    if _began(run) == began:
        with suppress(OSError):
            os.kill(watcher, signal.SIGKILL)
            os.waitpid(watcher, 0)


def _watch(run: int, began: str, script: int) -> NoReturn:
    """Wait for the end of the run or of the script, in a process that holds no file open and heeds no signal to stop."""
    try:
        for stop in (*_STOPS, signal.SIGINT):
            signal.signal(stop, signal.SIG_IGN)
        for descriptor in os.listdir("/proc/self/fd"):
            with suppress(OSError):
                os.close(int(descriptor))
        while os.getppid() == script and _began(run) == began:
            time.sleep(_LOOK_SECONDS)
        if os.getppid() == script:
            _end(psutil.Process(script))
    finally:
        os._exit(0)


def _end(script: psutil.Process) -> None:
    started = [process for process in script.children(recursive=True) if process.pid != os.getpid()]
    script.terminate()
    with suppress(psutil.Error):
        script.wait(_GRACE_SECONDS)
    _kill([*started, script])


def _kill(processes: Iterable[psutil.Process]) -> None:
    """Kill those of the processes that still run."""
    for process in processes:
        with suppress(psutil.Error):
            process.kill()


def _began(number: int) -> str:
    """When a process began, in the kernel's ticks; nothing of one that has ended, whether or not its parent has heard of it."""
    try:
        state, *fields = Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if state == "Z" else fields[18]


def _namespace() -> str:
    """In a container, the numbers of processes are others."""
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""
