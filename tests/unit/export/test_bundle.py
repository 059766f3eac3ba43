"""An exported file, packed: unpacked anywhere, it classifies without RepLite and without a network."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from ai_edge_litert.interpreter import Interpreter

from replite.bundle.archive import Sources, bundle
from replite.config.export import Variant
from replite.device.classifier import Classifier
from replite.export.inputs import ExportInputs, Traced
from replite.export.job import export
from replite.export.trace import trace
from replite.records.export import Manifest, Source
from replite.records.record import RecordError
from tests.unit.conftest import LABELS, TINY_BERT
from tests.unit.export.conftest import Models, job, trace_job

ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "workflow/scripts/bundle.py"
REQUIREMENTS = ROOT / "envs"
HOSTILE = [
    b"",
    b"   ",
    b"'great' \"great\" `great` $(great) ; great",
    b"<script>alert('great')</script> & great",
    b"great\0 car",
    b"great \xff\xfe\xc3( car",
    "great\u2028car\x0b\x85great".encode(),
    b'{"text": "great"}\t\\n %s {} great',
    b"great " * 5000,
    b"-great --topic",
]


def no_network() -> list[str]:
    """The start of a command that takes the network away, where this machine allows it."""
    unshare = ["unshare", "--user", "--map-root-user", "--net"]
    allowed = shutil.which("unshare") and subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode == 0
    return unshare if allowed else []


class Bundle:
    """An unpacked archive."""

    def __init__(self, exported: Path, folder: Path) -> None:
        self.exported = exported
        self.archive = folder / "bundle.zip"
        run = subprocess.run([sys.executable, SCRIPT, "--model", exported, "--output", self.archive], check=False)
        assert run.returncode == 0
        with zipfile.ZipFile(self.archive) as archive:
            archive.extractall(folder)
        [self.folder] = (path for path in folder.iterdir() if path.is_dir())

    def run(self, *arguments: str, lines: bytes = b"", python: str = sys.executable) -> subprocess.CompletedProcess[bytes]:
        """Its program, without RepLite in sight."""
        return subprocess.run(
            [*no_network(), python, "classify.py", *arguments],
            cwd=self.folder, input=lines, capture_output=True, env={"PATH": "/usr/bin:/bin"}, check=False,
        )  # fmt: skip

    def answers(self, *arguments: str, lines: bytes = b"") -> list[dict[str, Any]]:
        run = self.run(*arguments, lines=lines)
        assert run.returncode == 0, run.stderr
        return [json.loads(line) for line in run.stdout.splitlines()]


class Device:
    """The device program with the exported file."""

    def __init__(self, exported: Path) -> None:
        manifest = Manifest.read(exported / "manifest.json")
        self._classifier = Classifier(exported / "model.tflite", manifest.model_dump(), exported / "vocab.txt")

    def scores(self, topic: str, text: str) -> list[float]:
        return [float(score) for score in self._classifier.infer(self._classifier.encode(topic, text))]


def exported(inputs: ExportInputs, folder: Path, batch_size: int = 1) -> Path:
    export(job("int8", Variant(quantization="dynamic_int8", batch_size=batch_size)), inputs, folder / "exported")
    return folder / "exported"


@pytest.fixture(scope="module")
def pair(bert: ExportInputs, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Of a model that reads a topic and a tweet."""
    return Bundle(exported(bert, tmp_path_factory.mktemp("pair")), tmp_path_factory.mktemp("pair-bundle"))


@pytest.fixture(scope="module")
def single_model(models: Models, tmp_path_factory: pytest.TempPathFactory) -> ExportInputs:
    return models.inputs(TINY_BERT, tmp_path_factory.mktemp("single-model"), reads="text")


@pytest.fixture(scope="module")
def single(single_model: ExportInputs, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Of a model that reads the tweet alone."""
    return Bundle(exported(single_model, tmp_path_factory.mktemp("single")), tmp_path_factory.mktemp("single-bundle"))


def test_lines_get_the_labels_and_scores_of_the_device_program(single: Bundle, validation_split: pd.DataFrame) -> None:
    texts = list(validation_split["text"])
    answers = single.answers(lines="\n".join(texts).encode())
    device = Device(single.exported)
    assert [list(answer["scores"].values()) for answer in answers] == [device.scores("", text) for text in texts]
    assert [answer["label"] for answer in answers] == [LABELS[np.argmax(device.scores("", text))] for text in texts]


def test_a_text_on_the_command_line_is_one_line_of_json(single: Bundle) -> None:
    [answer] = single.answers("my car is great")
    assert list(answer) == ["label", "scores", "truncated"]
    assert answer["label"] == "POSITIVE"
    assert list(answer["scores"]) == LABELS


def test_what_is_cut_off_is_told(single: Bundle) -> None:
    short, long = single.answers("great", "great " * 30)
    assert (short["truncated"], long["truncated"]) == (False, True)


def test_a_pair_is_given_by_option_tabs_or_json(pair: Bundle) -> None:
    device = Device(pair.exported)
    expected = [device.scores("Acme", "my car is great")]
    for arguments, line in (
        (["--topic", "Acme", "my car is great"], ""),
        (["--topic", "Acme"], "my car is great"),
        (["--lines", "tsv"], "Acme\tmy car is great"),
        (["--lines", "jsonl"], '{"topic": "Acme", "text": "my car is great"}'),
        (["--lines", "jsonl", "--topic", "Acme"], '{"text": "my car is great"}'),
    ):
        assert [list(answer["scores"].values()) for answer in pair.answers(*arguments, lines=line.encode())] == expected


def test_hostile_text_is_only_text(single: Bundle) -> None:
    answers = single.answers(lines=b"\n".join(HOSTILE))
    device = Device(single.exported)
    expected = [device.scores("", text.decode(errors="replace")) for text in HOSTILE]
    assert [list(answer["scores"].values()) for answer in answers] == expected


def test_hostile_json_is_only_text(single: Bundle) -> None:
    lines = [json.dumps({"text": text.decode(errors="replace")}).encode() for text in HOSTILE] + [b'{"text": "\\ud800 great"}']
    assert len(single.answers("--lines", "jsonl", lines=b"\n".join(lines))) == len(lines)


@pytest.mark.parametrize(
    ("arguments", "lines", "message"),
    [
        (["great"], b"", "the model reads a topic and a text about it: give --topic NAME, or --lines tsv or jsonl"),
        (["--lines", "tsv"], b"Acme\tgreat\ngreat", "line 2: there is no tab between topic and text"),
        (["--lines", "jsonl"], b"[1]", "line 1: not a JSON object with a 'text'"),
        (["--lines", "jsonl"], b'{"text": 1}', "line 1: 'text' and 'topic' must be strings"),
        (["--lines", "jsonl"], b'{"text": "great"}', "line 1: there is no 'topic'"),
        (["--lines", "jsonl"], b"[" * 100_000, "line 1: not a JSON object"),
        (["--topic", "Acme", "--threads", "0", "good"], b"", "--threads 0: this machine has "),
        (["--topic", "Acme", "--threads", "100000", "good"], b"", "--threads 100000: this machine has "),
        (["--topic", "Acme", "--threads", "9" * 20, "good"], b"", f"--threads {'9' * 20}: this machine has "),
    ],
)
def test_a_mistake_is_one_line(pair: Bundle, arguments: list[str], lines: bytes, message: str) -> None:
    run = pair.run(*arguments, lines=lines)
    errors = [line for line in run.stderr.decode().splitlines() if not line.startswith("INFO: ")]
    assert run.returncode == 1
    assert len(errors) == 1
    assert errors[0].startswith(f"error: {message}")


def test_equal_files_give_equal_bytes(pair: Bundle, tmp_path: Path) -> None:
    bundle(pair.exported, REQUIREMENTS, ROOT / "LICENSE", tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == pair.archive.read_bytes()


def test_origin_and_terms_stand_in_readme_and_manifest(pair: Bundle, tmp_path: Path) -> None:
    dataset = Source(origin="Tweets of <b>2013</b>, [here](https://example.org)", terms="Research_only – no resale")
    sources: Sources = {"checkpoint": Source(), "dataset": dataset}
    bundle(pair.exported, REQUIREMENTS, ROOT / "LICENSE", tmp_path / "told.zip", sources)
    with zipfile.ZipFile(tmp_path / "told.zip") as archive:
        archive.extractall(tmp_path)
    [folder] = (path for path in tmp_path.iterdir() if path.is_dir())
    assert Manifest.read_with_files(folder).sources == sources
    readme = (folder / "README.md").read_text()
    assert "\nTerms of the data set: Research\\_only – no resale\n" in readme
    assert "Origin of the data set: Tweets of \\<b\\>2013" in readme
    assert "(https" not in readme.replace("\\(https", "")
    assert "base model:" not in readme.partition("## Licences")[2]


def test_it_holds_what_is_needed_and_says_so(pair: Bundle) -> None:
    readme = (pair.folder / "README.md").read_text()
    manifest = Manifest.read(pair.folder / "manifest.json")
    for said in (
        *LABELS,
        manifest.sha256,
        "no base model (trained from nothing)",
        "ai-edge-litert 2.3.0 | 90 | 100.00 %",
        "ai-edge-litert, Python 3.10 to 3.14",
    ):
        assert said in readme
    assert (pair.folder / "requirements-ai-edge-litert.txt").read_bytes() == (REQUIREMENTS / "device-litert.txt").read_bytes()
    # It cannot load per-channel int8.
    assert "tflite-runtime cannot load this file: EMBEDDING_LOOKUP version 4" in readme
    assert not (pair.folder / "requirements-tflite-runtime.txt").exists()


def test_inputs_by_index_are_where_it_says(pair: Bundle) -> None:
    """A client that sets them by index gets what the signature gives by name."""
    interpreter = Interpreter(str(pair.folder / "model.tflite"))
    rows = re.findall(r"^\| (length_\d+) \| (.*) \|$", (pair.folder / "README.md").read_text(), re.MULTILINE)
    said = {signature: re.findall(r"(\w+), (\w+) (\[.*?\])", cells) for signature, cells in rows}
    assert set(said) == set(interpreter.get_signature_list())
    for signature, inputs in said.items():
        details = interpreter.get_signature_runner(signature).get_input_details()
        found = {name: (it["dtype"].__name__, str(it["shape"].tolist())) for name, it in details.items()}
        assert {name: (dtype, shape) for name, dtype, shape in inputs} == found
    by_index = interpreter.get_input_details()
    first = next(iter(said))
    assert [(it["name"], it["dtype"].__name__, str(it["shape"].tolist())) for it in by_index] == said[first]
    values = {name: np.full(json.loads(shape), number, np.int32) for number, (name, _, shape) in enumerate(said[first])}
    interpreter.allocate_tensors()
    for it, (name, _, _) in zip(by_index, said[first], strict=True):
        interpreter.set_tensor(it["index"], values[name])
    interpreter.invoke()
    [output] = interpreter.get_output_details()
    [by_name] = interpreter.get_signature_runner(first)(**values).values()
    np.testing.assert_array_equal(interpreter.get_tensor(output["index"]), by_name)


def test_a_model_that_reads_the_tweet_alone_comes_with_a_file_for_mediapipe(single: Bundle, pair: Bundle) -> None:
    for_mediapipe, all_lengths = (single.folder / name for name in ("mediapipe.tflite", "model.tflite"))
    assert for_mediapipe.stat().st_size < all_lengths.stat().st_size
    for model in (for_mediapipe, all_lengths):
        with zipfile.ZipFile(model) as archive:
            assert archive.namelist() == ["labels.txt", "vocab.txt"]
    assert "MediaPipe's TextClassifier runs mediapipe.tflite" in (single.folder / "README.md").read_text()
    assert not (pair.folder / "mediapipe.tflite").exists()


def test_a_file_that_takes_several_texts_answers_one_by_one_and_is_not_for_mediapipe(
    single: Bundle, single_model: ExportInputs, tmp_path: Path
) -> None:
    traced, checkpoint = Traced(tmp_path / "traced"), single_model.traced.parent / "checkpoint"
    trace(trace_job(4), checkpoint, single_model.train or Path(), single_model.validation, traced)
    batched = Bundle(exported(replace(single_model, traced=traced.folder), tmp_path, batch_size=4), tmp_path / "bundle")
    lines = b"great\nmy car is bad\nthe phone"
    assert [answer["label"] for answer in batched.answers(lines=lines)] == [
        answer["label"] for answer in single.answers(lines=lines)
    ]
    assert not (batched.folder / "mediapipe.tflite").exists()
    readme = (batched.folder / "README.md").read_text()
    assert "model.tflite takes 4 texts at once" in readme
    assert "TextClassifier" not in readme


def test_a_model_that_was_fine_tuned_elsewhere_says_so(pair: Bundle, bert: ExportInputs, tmp_path: Path) -> None:
    traced, checkpoint = Traced(tmp_path / "traced"), bert.traced.parent / "checkpoint"
    taken = trace_job().model_copy(update={"trained": True})
    trace(taken, checkpoint, bert.train or Path(), bert.validation, traced)
    found = Bundle(exported(replace(bert, traced=traced.folder), tmp_path), tmp_path / "bundle")
    assert b"Fine-tuned elsewhere, checked on tweets; variant int8" in (found.folder / "model.tflite").read_bytes()
    rows = [
        (folder / "README.md").read_text().partition("| fine-tuned ")[2].splitlines()[0] for folder in (found.folder, pair.folder)
    ]
    assert rows == ["elsewhere, checked on | the data set `tweets` |", "on | the data set `tweets` |"]


def test_a_model_that_is_not_the_manifests_is_refused(pair: Bundle, tmp_path: Path) -> None:
    folder = shutil.copytree(pair.exported, tmp_path / "export")
    (folder / "model.tflite").write_bytes(b"something else")
    with pytest.raises(
        RecordError, match=r"model\.tflite: changed after it was made: not the file that .*manifest\.json describes"
    ):
        bundle(folder, REQUIREMENTS, ROOT / "LICENSE", tmp_path / "bundle.zip")
    assert not (tmp_path / "bundle.zip").exists()
