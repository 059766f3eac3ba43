"""The architecture of hashed n-grams goes through training as any other, with the device program's own tokenizer."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replite.config.data import Cleaning
from replite.config.train import Model, Training
from replite.train.checkpoint import create, load
from replite.train.errors import TrainError
from replite.train.estimate import estimate
from replite.train.size import size_of
from replite.train.vocabulary import listing
from tests.unit.conftest import SPLITS
from tests.unit.train.test_averaged import answers, build, run_of
from tests.unit.train.zoo import AVERAGED, HASHED


@pytest.mark.parametrize("task", [name for name in SPLITS if name != "entities"])
def test_it_learns_whole_texts_and_survives_saving_and_loading(task: str, tmp_path: Path) -> None:
    classifier = build(tmp_path, task, HASHED, max_length=256, input="pair")
    assert run_of(classifier, tmp_path, epochs=14, word_dropout=0.1).run().best.merit > 0.9  # type: ignore[union-attr]
    classifier.save(tmp_path / "checkpoint")
    saved, split = load(tmp_path / "checkpoint", task), SPLITS[task](80, 3)
    np.testing.assert_array_equal(answers(saved, split), answers(classifier, split))
    assert saved.preprocessing == classifier.preprocessing
    further = build(tmp_path, task, None, checkpoint=str(tmp_path / "checkpoint"), max_length=256, input="pair")
    assert further.preprocessing == classifier.preprocessing
    np.testing.assert_array_equal(answers(further, split), answers(classifier, split))


def test_it_has_a_row_for_each_special_piece_and_each_bucket(tmp_path: Path) -> None:
    classifier = build(tmp_path, architecture=HASHED)
    assert listing(classifier.tokenizer) == ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    shape = size_of(classifier.model, 32)
    assert (shape.vocabulary, shape.layers, shape.hidden) == (HASHED["buckets"] + 5, 0, 8)
    assert (
        estimate(Model.model_validate({"architecture": HASHED, "max_length": 16}), Training(), 8, 1).parameters
        == shape.parameters
    )


def test_one_with_a_head_for_other_labels_learns_these(tmp_path: Path) -> None:
    """Its rows stay, and nothing is taken for word pieces."""
    first = build(tmp_path, architecture=HASHED, max_length=256)
    first.save(tmp_path / "first")
    entry = Model.model_validate({"checkpoint": str(tmp_path / "first"), "max_length": 256, "input": "text"})
    other = create(entry, Cleaning(), ["a", "b"], ["a text"], tmp_path / "vocabulary")
    np.testing.assert_array_equal(*(model.averaged.embeddings.weight for model in (first.model, other.model)))
    assert other.model.classifier.units == 2


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"architecture": HASHED | {"num_hidden_layers": 2}}, "num_hidden_layers: no such key in the configuration of 'hashed'"),
        ({"vocabulary": {"pieces": 100}}, "'vocabulary' is for word pieces, and a checkpoint of 'hashed' has none; take it out"),
        ({"layers": 1}, "layers, heads, hidden and intermediate cannot be cut in a 'hashed' checkpoint"),
        ({"architecture": AVERAGED}, "the checkpoint is of 'hashed' already; take 'architecture' out"),
        ({"pooling": "mean"}, "pooling is for a transformer; 'hashed' always reads the mean, take it out"),
    ],
)
def test_what_it_does_not_have_is_refused(keys: dict[str, Any], expected: str, tmp_path: Path) -> None:
    build(tmp_path, architecture=HASHED).save(tmp_path / "first")
    fresh = "num_hidden_layers" in keys.get("architecture", ())
    with pytest.raises(TrainError, match=expected):
        build(tmp_path, **({"architecture": None} | keys | ({} if fresh else {"checkpoint": str(tmp_path / "first")})))
