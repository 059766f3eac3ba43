"""Bundles of several labels and of entities: what they answer and say of themselves, and which are for MediaPipe."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from replite.bundle.archive import bundle
from replite.config.export import Variant
from replite.export.inputs import ExportInputs, Traced
from replite.export.job import export
from replite.export.trace import trace
from replite.records.export import Manifest
from replite.train.checkpoint import load
from replite.train.encoding import encode
from replite.train.predict import predict
from tests.unit.conftest import LABELS
from tests.unit.export.conftest import ENVIRONMENTS, job, trace_job
from tests.unit.export.test_bundle import ROOT, Bundle
from tests.unit.train.test_tasks import TRAIN, VALIDATION, card, model_of, run_of

BOTH = ["several_labels", "entities"]


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Bundle]:
    """Of models that know their task, with the checkpoint beside the exported file."""
    found = {}
    for task in BOTH:
        folder = tmp_path_factory.mktemp(task)
        classifier = model_of(task, folder)
        run_of(classifier, folder, TRAIN[task]).run()
        classifier.save(folder / "checkpoint")
        VALIDATION[task].to_parquet(folder / "validation.parquet")
        card(folder, task)
        traced, split = Traced(folder / "traced"), folder / "validation.parquet"
        trace(trace_job(lengths=[16]), folder / "checkpoint", split, split, traced)
        export(job("fp32", Variant(quantization="fp32")), ExportInputs(traced.folder, split, ENVIRONMENTS, None), folder / "file")
        (folder / "bundle").mkdir()
        found[task] = Bundle(folder / "file", folder / "bundle")
    return found


@pytest.mark.parametrize("task", BOTH)
def test_lines_get_the_float_models_answers(task: str, bundles: dict[str, Bundle]) -> None:
    texts, of = list(VALIDATION[task]["text"]), bundles[task]
    model = load(of.exported.parent / "checkpoint", task)
    said = predict(model, encode(VALIDATION[task], model.tokenizer, model.preprocessing), "")
    answers = of.answers(lines="\n".join(texts).encode())
    assert len(set(said.decided)) > 4
    for text, answer, decided, output in zip(texts, answers, said.decided, said.outputs, strict=True):
        if task == "several_labels":
            assert answer["labels"] == json.loads(decided)
            np.testing.assert_allclose([answer["scores"][label] for label in LABELS], output, atol=1e-4)
            continue
        found = [[one["start"], one["end"], one["type"]] for one in answer["entities"]]
        assert found == [one[:3] for one in json.loads(decided)]
        assert [one["text"] for one in answer["entities"]] == [text[start:end] for start, end, _ in found]
        assert all(0 < one["score"] <= 1 for one in answer["entities"])


def test_entities_stand_in_the_text_as_it_was_given(bundles: dict[str, Bundle]) -> None:
    """Spaces, signs that cleaning takes out and characters of four bytes before them included."""
    text = "\t\U0001f600  the  #car \U0001f1eb\U0001f1f7 from   «Ada» — a\u2003new street   New  York City"
    [answer] = bundles["entities"].answers(text)
    named = {one["text"]: one for one in answer["entities"]}
    assert "New  York City" in named
    assert named["New  York City"]["start"] == text.index("New  York City")
    assert all(text[one["start"] : one["end"]] == one["text"] for one in answer["entities"])
    assert bundles["entities"].answers("--", "", "   ") == [{"entities": [], "truncated": False}] * 2


def test_the_readme_describes_the_answer(bundles: dict[str, Bundle]) -> None:
    for_labels, for_entities = ((bundles[task].folder / "README.md").read_text() for task in BOTH)
    assert 'Its labels are\n"NEGATIVE", "NEUTRAL", "POSITIVE".' in for_labels
    assert "`labels`, those whose score reaches their threshold (`thresholds` in manifest.json), or none" in for_labels
    assert 'Its types of entities are\n"NEGATIVE", "NEUTRAL", "POSITIVE".' in for_entities
    assert "`entities`, each with its `start` and `end` in the text as it was given" in for_entities
    assert "TextClassifier" not in for_entities


@pytest.mark.parametrize("task", BOTH)
def test_the_file_says_what_its_output_is(task: str, bundles: dict[str, Bundle]) -> None:
    tags = ["O", *(f"{prefix}-{label}" for label in LABELS for prefix in "BI")]
    with zipfile.ZipFile(bundles[task].exported / "model.tflite") as archive:
        assert archive.read("labels.txt").decode().splitlines() == (tags if task == "entities" else LABELS)
    said = {"entities": "Probability of each tag, for each word piece.", "several_labels": "Probability of each label, whatever"}
    content = (bundles[task].exported / "model.tflite").read_bytes()
    assert f"Reads a text. Labels: NEGATIVE, NEUTRAL, POSITIVE. Output: {said[task]}".encode() in content


@pytest.mark.parametrize(
    ("reads", "thresholds", "packed"),
    [
        ("text", [0.3, 0.3, 0.3], True),
        ("text", [0.3, 0.3, 0.31], False),
        ("pair", [0.3, 0.3, 0.3], False),
        ("words", [], False),
    ],
)
def test_a_file_of_several_thresholds_or_for_words_is_not_for_mediapipe(
    reads: str, thresholds: list[float], packed: bool, bundles: dict[str, Bundle], tmp_path: Path
) -> None:
    """It has one threshold for all labels at most."""
    (tmp_path / "file").mkdir()
    source = bundles["several_labels"].exported
    for name in ("model.tflite", "vocab.txt", "validation_predictions.csv"):
        (tmp_path / "file" / name).write_bytes((source / name).read_bytes())
    manifest = Manifest.read(source / "manifest.json")
    preprocessing = manifest.preprocessing.model_copy(update={"input": reads})
    changes = {"preprocessing": preprocessing, "thresholds": thresholds}
    manifest.model_copy(update=changes).write(tmp_path / "file/manifest.json")
    bundle(tmp_path / "file", ROOT / "envs", ROOT / "LICENSE", tmp_path / "bundle.zip")
    with zipfile.ZipFile(tmp_path / "bundle.zip") as archive:
        [readme] = (archive.read(name).decode() for name in archive.namelist() if name.endswith("README.md"))
        assert any(name.endswith("mediapipe.tflite") for name in archive.namelist()) is packed
    assert ("It answers with all labels: give it `score_threshold=0.3`" in readme) is packed
