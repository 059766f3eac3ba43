"""From a job to a model that is loaded: the engine is tried and packed weights are found before, outside of what is timed."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any

from . import runtimes, weights
from .classifier import Classifier
from .engines import COMPILED, IN_MEMORY, Engine
from .files import sha256
from .page_cache import drop


class Loading:
    """A job's model, about to be loaded.

    Of the job's keys it reads `runtime`, `threads`, `model`, `vocabulary` and `manifest`; if there are any, `known` (paths of a
    model and of its outputs) to try the engine with, and `weights`, a folder of RepLite's own for packed weights.
    """

    def __init__(self, job: dict[str, Any], *, make: bool = False) -> None:
        """`make` has the weights packed if they are not there. Raises `runtimes.RuntimeMissingError`."""
        self._job, self._model = job, Path(job["model"])
        known = job.get("known")
        self._engine = Engine(runtimes.choose(job["runtime"]), known=(Path(known[0]), Path(known[1])) if known else None)
        self._packed: weights.Packed | None = None
        self._reason = ""
        if "weights" in job and self._engine.name == COMPILED:
            self._find(Path(job["weights"]), make)

    def _find(self, folder: Path, make: bool) -> None:
        name = weights.key(sha256(str(self._model)), version(self._engine.runtime))
        try:
            self._packed = weights.find(folder, name)
            if not self._packed and make:
                self._reason = weights.make(folder, name, self._model, lambda path: self._load(path).load_ms)
                self._packed = weights.find(folder, name)
        except PermissionError:
            self._reason = "foreign"

    def drop(self) -> bool:
        """Have the kernel forget its copies of what is loaded; whether none is left."""
        paths = [self._model, *([self._packed.path] if self._packed else [])]
        return sum(map(drop, paths)) == len(paths)

    def load(self) -> Classifier:
        """Load it. Raises `ModelError`, `tokenizer.VocabularyError`."""
        return self._load(str(self._packed.path) if self._packed else IN_MEMORY)

    def _load(self, packed: str) -> Classifier:
        job = self._job
        vocabulary, threads = Path(job["vocabulary"]), job["threads"]
        return Classifier(self._model, job["manifest"], vocabulary, threads=threads, engine=self._engine, weights=packed)

    def found(self) -> dict[str, Any]:
        """The fields of `replite.records.Engine`, once it is loaded."""
        if self._engine.name != COMPILED:
            return {"engine": self._engine.name, "weights": "each"}
        if not self._packed:
            return {"engine": COMPILED, "weights": "memory", "no_cache": self._reason or None}
        return {"engine": COMPILED, "weights": "file", "cache_mb": self._packed.mb, "packing_ms": self._packed.made_ms}
