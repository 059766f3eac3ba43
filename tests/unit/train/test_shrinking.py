"""A model cut from another one keeps what it was told to keep, exactly."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from transformers import AutoConfig, MPNetConfig
from transformers import TFAutoModelForSequenceClassification as TFClassifier

from replite.config.data import Cleaning
from replite.config.train import Architecture, Model
from replite.train.checkpoint import FloatModel, create, load
from replite.train.encoding import encode
from replite.train.errors import TrainError
from replite.train.shrinking import Part, shrink
from replite.train.vocabulary import corpus
from tests.unit.conftest import LABELS, tweets
from tests.unit.train.zoo import ZOO


def built(name: str, **changes: Any) -> Any:
    model = TFClassifier.from_config(AutoConfig.for_model(vocab_size=50, num_labels=3, **ZOO[name] | changes))
    model(model.dummy_inputs)
    return model


def logits(model: Any) -> np.ndarray:
    result: np.ndarray = model({"input_ids": np.arange(2, 22).reshape(2, 10)}, training=False).logits.numpy()
    return result


def weights(model: Any) -> dict[str, np.ndarray]:
    return {variable.name.partition("/")[2]: variable.numpy() for variable in model.variables}


@pytest.mark.parametrize("name", ZOO)
def test_a_model_of_which_all_is_kept_gives_equal_logits(name: str) -> None:
    model = built(name)
    np.testing.assert_array_equal(logits(shrink(model, Part(layers=3))), logits(model))


@pytest.mark.parametrize("name", ZOO)
def test_kept_layers_are_copied_and_all_outside_them_too(name: str) -> None:
    model = built(name)
    before, after = weights(model), weights(shrink(model, Part(layers=[0, 2])))
    assert {key for key in after if "layer_._" not in key} == {key for key in before if "layer_._" not in key}
    for key, weight in after.items():
        np.testing.assert_array_equal(weight, before[key.replace("layer_._1/", "layer_._2/")])


def test_a_model_whose_last_layers_do_nothing_keeps_its_logits_without_them() -> None:
    """Only a copy of the right layers into the right places can do that."""
    model = built("bert")
    for variable in model.variables:
        if "layer_._2/" in variable.name and "output/dense" in variable.name:
            variable.assign(variable * 0)
    np.testing.assert_allclose(logits(shrink(model, Part(layers=[0, 1]))), logits(model), atol=1e-5)


@pytest.mark.parametrize(("count", "kept"), [(1, [0]), (2, [0, 2]), (3, [0, 1, 2])])
def test_a_number_of_layers_means_evenly_spaced_ones(count: int, kept: list[int]) -> None:
    model = built("bert")
    np.testing.assert_array_equal(logits(shrink(model, Part(layers=count))), logits(shrink(model, Part(layers=kept))))


def matching(model: Any, *parts: str) -> list[Any]:
    return [variable for variable in model.variables if any(part in variable.name for part in parts)]


@pytest.mark.parametrize("name", ZOO)
def test_intermediate_units_without_weights_are_the_first_to_go(name: str) -> None:
    """With every second one at zero, the smaller model gives the same logits."""
    model = built(name)
    half = 20 if name == "tinybert" else 12
    every_second = np.tile([1.0, 0.0], half).astype(np.float32)
    for variable in matching(model, "/intermediate/dense/", "/ffn/lin1/"):
        variable.assign(variable * every_second)
    for variable in matching(model, "/output/dense/kernel", "/ffn/lin2/kernel"):
        if variable.shape[0] == 2 * half:
            variable.assign(variable * every_second[:, None])
    small = shrink(model, Part(intermediate=half))
    assert len(matching(small, "kernel")) == len(matching(model, "kernel"))
    np.testing.assert_allclose(logits(small), logits(model), atol=1e-6)


@pytest.mark.parametrize("name", [name for name in ZOO if name != "mobilebert"])
def test_the_heads_and_hidden_units_with_the_largest_weights_are_kept(name: str) -> None:
    model = built(name)
    head = model.config.hidden_size // 2
    odd, second = np.arange(1, 2 * head, 2), np.arange(head, 2 * head)
    widening = "embeddings_project/kernel" if name == "electra" else "word_embeddings"
    for variable, units, factor in [
        *((variable, odd, 1e4) for variable in matching(model, widening)),
        *((variable, second, 10.0) for variable in matching(model, "query/kernel", "q_lin/kernel")),
    ]:
        variable.assign(variable * np.where(np.isin(np.arange(2 * head), units), factor, 0.0))
    small = shrink(model, Part(heads=1, hidden=head))
    assert np.isfinite(logits(small)).all()
    for before, after in zip(
        matching(model, "key/kernel", "k_lin/kernel"), matching(small, "key/kernel", "k_lin/kernel"), strict=True
    ):
        np.testing.assert_array_equal(after, before.numpy()[odd][:, second])
    before, after = (matching(each, "LayerNorm/gamma", "layer_norm/gamma")[-1] for each in (model, small))
    assert (before.shape[0], after.shape[0]) == (2 * head, head)


@pytest.mark.parametrize(
    ("name", "part", "message"),
    [
        ("bert", Part(layers=4), "layers: 4: the checkpoint has no more than 3 layers"),
        ("bert", Part(layers=[0, 3]), r"layers: \[0, 3\]: the checkpoint has no more than 3 layers"),
        ("bert", Part(intermediate=25), "intermediate: 25: the checkpoint has no more than 24"),
        ("bert", Part(heads=1), r"heads: 1 and hidden: None .* heads have 8 units each, so give both, with hidden = 8 x heads"),
        ("bert", Part(heads=1, hidden=4), "heads: 1 and hidden: 4 do not go together"),
        ("distilbert", Part(hidden=8), "do not go together"),
        ("electra", Part(heads=1, hidden=8), "hidden: 8 is the width of the embeddings"),
        ("mobilebert", Part(heads=1, hidden=8), "cannot be cut in a MobileBERT"),
    ],
)
def test_what_the_architecture_cannot_represent_is_refused(name: str, part: Part, message: str) -> None:
    with pytest.raises(TrainError, match=message):
        shrink(built(name, **{"embedding_size": 8} if name == "electra" else {}), part)


def test_an_architecture_unknown_here_is_refused() -> None:
    mpnet = TFClassifier.from_config(
        MPNetConfig(vocab_size=50, hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8)
    )
    with pytest.raises(TrainError, match="cannot be cut in a 'mpnet' checkpoint"):
        shrink(mpnet, Part(layers=1))


@pytest.mark.parametrize("name", ZOO)
def test_a_model_starts_from_part_of_another_with_its_head_and_fewer_pieces(name: str, tmp_path: Path) -> None:
    split = tweets(60, seed=1)
    architecture = Architecture(vocab_size=600, **ZOO[name])
    texts = corpus(split, Cleaning())
    first = create(Model(architecture=architecture, max_length=32), Cleaning(), LABELS, texts, tmp_path / "vocabulary")
    first.save(tmp_path / "first")

    def start(**keys: Any) -> FloatModel:
        entry = Model(checkpoint="model:first", max_length=32, **keys)
        return create(entry, Cleaning(), LABELS, texts, tmp_path / "pruned", start=tmp_path / "first")

    def probabilities(classifier: FloatModel) -> np.ndarray:
        batch = encode(split, classifier.tokenizer, classifier.preprocessing).batch(np.arange(20))
        return tf.nn.softmax(classifier.model(batch).logits).numpy()

    whole = start(layers=3, vocabulary={"minimum_count": 1})
    np.testing.assert_allclose(probabilities(whole), probabilities(first), atol=1e-6)
    cut = start(layers=2, intermediate=10, vocabulary={"minimum_count": 5})
    assert cut.parameters < whole.parameters
    assert len(cut.tokenizer) < len(whole.tokenizer) <= len(first.tokenizer)
    cut.save(tmp_path / "cut")
    np.testing.assert_allclose(probabilities(load(tmp_path / "cut")), probabilities(cut), atol=1e-6)
