"""The end of a script: a user's mistake becomes one line and an exit status, not a traceback."""

from __future__ import annotations

import sys
from collections.abc import Callable

from replite import lifetime
from replite.files.disk import DiskFullError, full_disk_named
from replite.files.removal import RemovalError


def run(main: Callable[[], None], *errors: type[Exception]) -> None:
    """Call `main` and exit, with the run that started the script if not before.

    Exit status 0 when it returns; 1, or the error's own `exit_status`, after one of `errors`, a `RemovalError` or a
    `DiskFullError`, whose message goes to stderr on one line behind `error: `; 130, as shells do, after Ctrl-C and other signals
    to stop. Any other exception is a defect and keeps its traceback.
    """
    expected: tuple[type[Exception], ...] = (*errors, RemovalError, DiskFullError)
    lifetime.end_with_the_run()
    try:
        with full_disk_named():
            main()
    except expected as error:
        print(f"error: {_one_line(error)}", file=sys.stderr)
        sys.exit(getattr(error, "exit_status", 1))
    except KeyboardInterrupt:
        print("interrupted; run the same command again to resume", file=sys.stderr)
        sys.exit(130)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
