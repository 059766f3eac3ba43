"""Packs an exported file with all that is needed to use it, but Python and a TFLite runtime."""

from __future__ import annotations

import io
import re
import string
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, PackageLoader, StrictUndefined

from replite import tasks
from replite.dependencies import PACKAGE, used_by
from replite.device.runtimes import RUNTIMES
from replite.export.flatbuffer import inputs_by_index
from replite.export.single_length import single_length
from replite.files import write_bytes
from replite.records.export import Manifest, Source

Sources = dict[Literal["checkpoint", "dataset"], Source]
MODEL_FILES = ("model.tflite", "vocab.txt")
"""The files of an export beside its manifest."""

PROGRAM = Path(__file__).with_name("classify.py")
"""Classifies texts; a part of the package like any other here, and stands beside the model in the archive."""


def bundle(export: Path, requirements: Path, license_file: Path, output: Path, sources: Sources | None = None) -> None:
    """Write the archive of the folder `export` (model.tflite, vocab.txt, manifest.json) to `output`.

    `requirements` is the folder with the runtimes' pip requirements; those that refuse the model are left out. `license_file` is
    that of the program in the archive, `sources` what the configuration says of checkpoint and data set. Equal inputs give equal
    bytes. Raises `ExportError` and `RecordError`.
    """
    manifest = Manifest.read_with_files(export).model_copy(update={"sources": sources or {}})
    runtimes = {name: runtime for name, runtime in RUNTIMES.items() if name not in manifest.refused_by}
    mediapipe = _for_mediapipe(export / "model.tflite", manifest)
    files = {
        "README.md": _readme(
            manifest,
            task=tasks.task(manifest.task),
            runtimes=runtimes,
            mediapipe=next(iter(mediapipe), None),
            inputs=inputs_by_index(export / "model.tflite"),
        ),
        "LICENSE": license_file.read_bytes(),
        "manifest.json": manifest.sealed().encode(),
        **{name: (export / name).read_bytes() for name in MODEL_FILES},
        **{f"requirements-{name}.txt": (requirements / runtime.requirements).read_bytes() for name, runtime in runtimes.items()},
        **mediapipe,
        **_program(manifest.task),
    }
    write_bytes(output, _zip(f"{manifest.model}-{manifest.variant}", files))


def _for_mediapipe(model: Path, manifest: Manifest) -> dict[str, bytes]:
    """The file that MediaPipe's TextClassifier can run, by its name; none if it could not give what the program here gives."""
    tokenizer = manifest.preprocessing.tokenizer.model_dump()
    there = {"kind": "wordpiece", "lowercase": True, "split_cjk": True, "clean_text": True, "longest_word": 100}
    as_there = tokenizer.items() >= there.items()
    text_alone = manifest.preprocessing.input == "text" and len(manifest.inputs) == 3
    one_threshold = len(set(manifest.thresholds)) <= 1
    if manifest.batch_size > 1 or not (text_alone and one_threshold and as_there):
        return {}
    content = model.read_bytes()
    return {model.name: content} if len(manifest.lengths) == 1 else {"mediapipe.tflite": single_length(content)}


def _program(task: str) -> dict[str, bytes]:
    """classify.py and what it imports: of the program that devices run, all that turns a text into an answer."""
    imported = {str(path.relative_to(PACKAGE.parent)): path.read_bytes() for path in used_by(PROGRAM)}
    head = {f"replite/device/heads/{task}.py": tasks.file(task, "head").read_bytes()}
    return {PROGRAM.name: PROGRAM.read_bytes(), **imported, **head}


def _readme(manifest: Manifest, **facts: Any) -> bytes:
    environment = Environment(
        loader=PackageLoader("replite.bundle", "."), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["plain"] = lambda text: re.sub(f"([{re.escape(string.punctuation)}])", r"\\\1", text)
    template = environment.get_template("README.md.j2")
    return f"{template.render(manifest=manifest, **facts)}\n".encode()


def _zip(folder: str, files: Mapping[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"{folder}/{name}")  # of 1980, always
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[name])
    return content.getvalue()
