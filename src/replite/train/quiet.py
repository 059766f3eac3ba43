"""TensorFlow without the lines that it prints while it is imported, which no setting of its own silences."""

import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType

NOISE = re.compile(rb"WARNING: All log messages before absl::InitializeLog\(\) |I0000 |To enable the following instructions: ")
"""How the lines begin that say nothing is wrong."""


class QuietImport(MetaPathFinder):
    """Finds TensorFlow, once, and has it imported with `NOISE` taken out of what is written to stderr."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """See `MetaPathFinder`."""
        if name != "tensorflow":
            return None
        sys.meta_path.remove(self)
        found = find_spec(name)
        if found and found.loader:
            load = found.loader.exec_module

            def quietly(module: ModuleType) -> None:
                with without_noise():
                    load(module)

            found.loader.exec_module = quietly  # type: ignore[method-assign]
        return found


@contextmanager
def without_noise() -> Iterator[None]:
    """All that is written to stderr meanwhile, by libraries of C++ too, comes at the end, without `NOISE`."""
    sys.stderr.flush()
    with tempfile.TemporaryFile() as written:
        stderr = os.dup(2)
        os.dup2(written.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(stderr, 2)
            os.close(stderr)
            written.seek(0)
            kept = b"".join(line for line in written if not NOISE.match(line))
            if kept:
                os.write(2, kept)
