"""A pruned vocabulary changes nothing for text that it covers and spells the rest."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from transformers import AutoTokenizer, BertConfig, DistilBertConfig, MobileBertConfig, RobertaConfig
from transformers import TFAutoModelForSequenceClassification as TFClassifier

from replite.config.data import Cleaning
from replite.config.load import ConfigError, load
from replite.config.train import Model, Vocabulary
from replite.train.checkpoint import FloatModel, create, inputs_of
from replite.train.checkpoint import load as load_classifier
from replite.train.pruning import coverage, prune
from replite.train.vocabulary import kind_learnt_for, listing, pieces

TRAINING = ["the bank is great", "the bank is slow", "great great service"]
RARE = "an unexpected zeppelin"
CONFIGURATIONS = {
    "bert": BertConfig(hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2),
    "distilbert": DistilBertConfig(dim=16, hidden_dim=16, n_layers=1, n_heads=2),
    "mobilebert": MobileBertConfig(
        hidden_size=16,
        embedding_size=8,
        intra_bottleneck_size=8,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
    ),
    "roberta": RobertaConfig(hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2),
}


@pytest.fixture(params=CONFIGURATIONS)
def checkpoint(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A checkpoint folder whose vocabulary knows more words than the training tweets."""
    kind = kind_learnt_for(request.param)
    tokenizer = kind.learn([*TRAINING, RARE, RARE] * 5, 400, tmp_path / "learnt")
    tokenizer.save_pretrained(tmp_path / "checkpoint")
    configuration = CONFIGURATIONS[request.param]
    configuration.vocab_size = len(tokenizer)
    model = TFClassifier.from_config(configuration)
    model(model.dummy_inputs)
    model.save_pretrained(tmp_path / "checkpoint")
    return tmp_path / "checkpoint"


def logits(model: Any, tokenizer: Any, text: str) -> np.ndarray:
    inputs = tokenizer(text, return_tensors="tf")
    wanted = {name: inputs[name] for name in inputs_of(model)}
    result: np.ndarray = model(wanted, training=False).logits.numpy()
    return result


def pruned(checkpoint: Path, minimum_count: int = 2, count: int | None = None) -> tuple[Any, Any, Any]:
    """The model pruned in place, its new tokenizer and the old one."""
    model = TFClassifier.from_pretrained(checkpoint)
    full = AutoTokenizer.from_pretrained(checkpoint)
    entry = Vocabulary(minimum_count=minimum_count, pieces=count)
    return model, prune(model, full, TRAINING, entry, checkpoint.parent / "pruned"), full


def test_covered_text_gives_the_same_predictions(checkpoint: Path) -> None:
    before = TFClassifier.from_pretrained(checkpoint)
    model, tokenizer, full = pruned(checkpoint)
    assert len(tokenizer) < len(full)
    for text in ("the great bank", "the great", "the bank"):
        assert tokenizer.tokenize(text) == full.tokenize(text)
        np.testing.assert_allclose(logits(model, tokenizer, text), logits(before, full, text), atol=1e-6)


def test_a_piece_that_is_gone_is_spelled(checkpoint: Path) -> None:
    _, tokenizer, full = pruned(checkpoint)
    (whole,) = full.tokenize(" service")
    spelled = tokenizer.tokenize(" service")
    assert len(spelled) > 1
    assert "".join(piece.removeprefix("##") for piece in spelled) == whole


def test_coverage_is_the_share_of_pieces_that_are_kept(checkpoint: Path) -> None:
    _, tokenizer, full = pruned(checkpoint)
    assert coverage(full, full, TRAINING) == 1
    assert coverage(full, tokenizer, ["the great bank service"]) == 3 / 4


def test_a_count_of_one_covers_the_training_tweets(checkpoint: Path) -> None:
    _, tokenizer, full = pruned(checkpoint, minimum_count=1)
    assert coverage(full, tokenizer, TRAINING) == 1


def test_a_pruned_model_survives_saving_and_loading(checkpoint: Path, tmp_path: Path) -> None:
    entry = Model.model_validate({"checkpoint": str(checkpoint), "vocabulary": {"minimum_count": 2}, "max_length": 16})
    classifier = create(entry, Cleaning(), ["no", "yes"], TRAINING, tmp_path / "scratch")
    classifier.save(tmp_path / "saved")
    again: FloatModel = load_classifier(tmp_path / "saved")
    assert listing(again.tokenizer) == listing(classifier.tokenizer)
    assert again.model.config.vocab_size == len(pieces(classifier.tokenizer))
    text = "the service is zeppelin"
    np.testing.assert_allclose(
        logits(again.model, again.tokenizer, text), logits(classifier.model, classifier.tokenizer, text), atol=1e-6
    )


def test_an_architecture_has_no_vocabulary_to_prune() -> None:
    raw = {
        "datasets": {"tweets": {"reader": "generated"}},
        "models": {"small": {"architecture": {"model_type": "bert"}, "vocabulary": {}}},
        "variants": {"fp32": {"quantization": "fp32"}},
        "devices": {"here": {"simulated": {}}},
    }
    with pytest.raises(ConfigError, match="'vocabulary' is for a 'checkpoint'"):
        load(raw)


def test_pieces_that_no_text_has_fill_up_what_is_wanted_from_the_first_on(checkpoint: Path) -> None:
    _, few, full = pruned(checkpoint)
    model, more, _ = pruned(checkpoint, count=len(few) + 3)
    added = set(pieces(more)) - set(pieces(few))
    assert len(pieces(more)) == model.get_input_embeddings().weight.shape[0] == len(few) + 3
    assert [piece for piece in pieces(full) if piece not in set(pieces(few))][:3] == sorted(added, key=pieces(full).index)
    assert pieces(pruned(checkpoint, count=10**6)[1]) == pieces(full)


def test_of_more_pieces_than_wanted_the_most_frequent_stay(checkpoint: Path) -> None:
    _, few, full = pruned(checkpoint, minimum_count=1, count=2)
    _, more, _ = pruned(checkpoint, minimum_count=1)
    encodings = full(TRAINING, add_special_tokens=False).encodings
    [(first, _), (second, _), *_] = Counter(piece for encoding in encodings for piece in encoding.tokens).most_common()
    assert {first, second} <= set(pieces(few)) < set(pieces(more))
