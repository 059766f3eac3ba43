"""A model entry becomes a model, or a message that says what is wrong with it."""

from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tokenizers import ByteLevelBPETokenizer, CharBPETokenizer, SentencePieceUnigramTokenizer
from tokenizers.processors import TemplateProcessing
from transformers import BertConfig, PreTrainedTokenizerFast, RobertaTokenizerFast, TFBertModel

from replite.config.data import Cleaning
from replite.config.train import Architecture, Model
from replite.train import bpe, wordpiece
from replite.train.checkpoint import create, load
from replite.train.errors import TrainError
from replite.train.published import locate
from replite.train.vocabulary import Kind, describe, listing, pieces
from tests.unit.train import checkpoints
from tests.unit.train.zoo import ZOO

TEXTS = ["the bank is great", "the car is awful"] * 10
SIZES: dict[str, Any] = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}


def build(tmp_path: Path, **keys: Any) -> Any:
    return create(Model(**keys), Cleaning(), ["no", "yes"], TEXTS, tmp_path / "vocabulary")


def test_an_architecture_learns_its_vocabulary_from_the_tweets(tmp_path: Path) -> None:
    classifier = build(tmp_path, architecture=Architecture(model_type="bert", **SIZES))
    listed = pieces(classifier.tokenizer)
    assert {"great", "awful", "[CLS]"} <= set(listed)
    assert classifier.model.config.vocab_size == len(listed)


def test_a_distilbert_gets_no_token_types(tmp_path: Path) -> None:
    sizes = {"dim": 16, "hidden_dim": 16, "n_layers": 1, "n_heads": 2}
    classifier = build(tmp_path, architecture=Architecture(model_type="distilbert", **sizes))
    classifier.save(tmp_path / "saved")
    for built in (classifier, load(tmp_path / "saved")):
        assert set(built.tokenizer("great")) == {"input_ids", "attention_mask"}


@pytest.mark.parametrize("kind", [wordpiece, bpe])
def test_the_same_tweets_give_the_same_vocabulary(kind: Kind, tmp_path: Path) -> None:
    first, second = (listing(kind.learn(TEXTS, 300, tmp_path / name)) for name in ("a", "b"))
    assert first == second


def test_a_misspelt_key_of_an_architecture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainError, match=r"hiden_size: no such key in the configuration of 'bert'; did you mean 'hidden_size'\?"):
        build(tmp_path, architecture=Architecture(model_type="bert", **SIZES, hiden_size=3))


def test_sizes_that_do_not_go_together_are_refused(tmp_path: Path) -> None:
    with pytest.raises(
        TrainError, match=r"key 'architecture': The hidden size .* is not a multiple of the number of attention heads"
    ):
        build(tmp_path, architecture=Architecture(model_type="bert", **SIZES | {"num_attention_heads": 3}))


def test_a_length_beyond_the_models_positions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainError, match="max_length 64 is more than the model has positions for"):
        build(tmp_path, architecture=Architecture(model_type="bert", **SIZES, max_position_embeddings=32), max_length=64)


def save_encoder(folder: Path, vocabulary: Path, **keys: Any) -> TFBertModel:
    """A pretrained encoder as a hub has it: no classification head."""
    tokenizer = wordpiece.learn(TEXTS, 100, vocabulary)
    tokenizer.save_pretrained(folder)
    encoder = TFBertModel(BertConfig(vocab_size=len(tokenizer), **SIZES | keys))
    encoder(encoder.dummy_inputs)
    encoder.save_pretrained(folder)
    return encoder


def test_a_checkpoint_folder_keeps_its_weights_and_gets_a_new_head(tmp_path: Path) -> None:
    encoder = save_encoder(tmp_path / "encoder", tmp_path / "pieces")
    classifier = build(tmp_path, checkpoint=str(tmp_path / "encoder"))
    kept = classifier.model.bert.embeddings.weight.numpy()
    assert (kept == encoder.bert.embeddings.weight.numpy()).all()
    assert classifier.model.config.id2label == {0: "no", 1: "yes"}


@pytest.mark.parametrize("name", ZOO)
def test_a_head_for_the_same_labels_in_another_order_gives_each_its_own(name: str, tmp_path: Path) -> None:
    architecture = Architecture(**ZOO[name] | {"vocab_size": 600})
    first = build(tmp_path, architecture=architecture, max_length=16)
    first.save(tmp_path / "first")
    entry = Model(checkpoint=str(tmp_path / "first"), max_length=16)
    second = create(entry, Cleaning(), ["Yes", "no"], TEXTS, tmp_path / "vocabulary")
    inputs = dict(first.tokenizer(TEXTS[:2], return_tensors="tf"))
    np.testing.assert_allclose(second.outputs(inputs), first.outputs(inputs)[:, ::-1], rtol=1e-5)


def test_labels_that_differ_in_case_alone_keep_their_outputs(tmp_path: Path) -> None:
    labels = ["US", "us"]
    architecture = Architecture(model_type="bert", **SIZES)
    first = create(Model(architecture=architecture), Cleaning(), labels, TEXTS, tmp_path / "vocabulary")
    first.save(tmp_path / "first")
    second = create(Model(checkpoint=str(tmp_path / "first")), Cleaning(), labels, TEXTS, tmp_path / "vocabulary")
    np.testing.assert_array_equal(second.model.classifier.kernel, first.model.classifier.kernel)


@pytest.mark.parametrize("form", checkpoints.FORMS)
@pytest.mark.parametrize("name", ZOO)
def test_every_architecture_is_loaded_in_every_form(name: str, form: str, tmp_path: Path) -> None:
    encoder = checkpoints.write(tmp_path / "published", name, TEXTS, form)
    classifier = build(tmp_path, checkpoint=str(tmp_path / "published"), max_length=32)
    loaded = {variable.name.partition("/")[2]: variable.numpy() for variable in classifier.model.variables}
    published = {variable.name.partition("/")[2]: variable.numpy() for variable in encoder.variables}
    assert all("/pooler/" in key for key in published.keys() - loaded.keys()), "a RoBERTa's classifier has no pooler"
    for key in published.keys() & loaded.keys():
        scaled = np.abs(loaded[key]).max() / np.abs(published[key]).max() if key.endswith("pooler/dense/kernel:0") else 1
        np.testing.assert_allclose(loaded[key], scaled * published[key], rtol=1e-6 if scaled > 1 else 0, err_msg=key)


def strength(model: Any, dense: Any, tokenizer: Any) -> float:
    """Root mean square of what the layer before the head gives before its activation."""
    states = model(dict(tokenizer(TEXTS[:2], return_tensors="tf")), output_hidden_states=True).hidden_states[-1][:, 0]
    return float(np.sqrt(np.mean((states.numpy() @ dense.kernel.numpy() + dense.bias.numpy()) ** 2)))


@pytest.mark.parametrize(
    ("name", "layer"), [("bert", "bert.pooler.dense"), ("distilbert", "pre_classifier"), ("roberta", "classifier.dense")]
)
def test_a_new_head_reads_a_layer_that_speaks_up(name: str, layer: str, tmp_path: Path) -> None:
    checkpoints.write(tmp_path / "published", name, TEXTS)
    built = build(tmp_path, checkpoint=str(tmp_path / "published"), max_length=32)
    dense = attrgetter(layer)(built.model)
    assert strength(built.model, dense, built.tokenizer) == pytest.approx(1, rel=1e-3)
    dense.kernel.assign(3 * dense.kernel)
    built.save(tmp_path / "louder")
    labels = ["bad", "fair", "good"]
    entry = Model(checkpoint=str(tmp_path / "louder"), max_length=32)
    again = create(entry, Cleaning(), labels, TEXTS, tmp_path / "vocabulary")
    if name == "bert":  # in the others the layer is part of the head, and is new with it
        np.testing.assert_array_equal(again.model.bert.pooler.dense.kernel, dense.kernel)


def test_a_head_that_is_kept_reads_its_layer_as_it_was(tmp_path: Path) -> None:
    first = build(tmp_path, architecture=Architecture(model_type="bert", **SIZES))
    first.save(tmp_path / "first")
    second = build(tmp_path, checkpoint=str(tmp_path / "first"))
    np.testing.assert_array_equal(second.model.bert.pooler.dense.kernel, first.model.bert.pooler.dense.kernel)


def test_another_number_of_labels_gets_a_new_head(tmp_path: Path) -> None:
    save = build(tmp_path, architecture=Architecture(model_type="bert", **SIZES)).save
    save(tmp_path / "two")
    entry, labels = Model(checkpoint=str(tmp_path / "two")), ["bad", "fair", "good"]
    classifier = create(entry, Cleaning(), labels, TEXTS, tmp_path / "vocabulary")
    assert classifier.model.config.num_labels == 3
    assert classifier.model.classifier.kernel.shape == (16, 3)


def test_a_checkpoint_that_lacks_weights_is_refused_instead_of_filled_with_random_ones(tmp_path: Path) -> None:
    save_encoder(tmp_path / "encoder", tmp_path / "pieces")
    text = (tmp_path / "encoder" / "config.json").read_text()
    (tmp_path / "encoder" / "config.json").write_text(text.replace('"num_hidden_layers": 1', '"num_hidden_layers": 2'))
    with pytest.raises(TrainError, match="lacks weights of its own architecture"):
        build(tmp_path, checkpoint=str(tmp_path / "encoder"))


def test_a_checkpoint_that_is_nowhere_is_refused_with_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(TrainError, match=r"cannot be loaded: .*give a folder with config\.json"):
        build(tmp_path, checkpoint=str(tmp_path / "nothing"))


def test_a_package_that_is_not_installed_is_named() -> None:
    with pytest.raises(TrainError, match="the Python package 'no_such_package' is not installed"):
        locate("package:no_such_package/model")


def test_a_folder_that_a_package_lacks_is_named_before_the_hub_is_asked() -> None:
    with pytest.raises(TrainError, match=r"the Python package 'replite' has no folder 'modl'; name the one with config\.json"):
        locate("package:replite/modl")


@pytest.mark.parametrize("library", [ByteLevelBPETokenizer, SentencePieceUnigramTokenizer, CharBPETokenizer])
def test_a_tokenizer_that_the_device_cannot_follow_is_refused(library: Any) -> None:
    """GPT-2's closes no text, XLM-RoBERTa's knows no bytes, that of the first GPT neither."""
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=library()._tokenizer)
    with pytest.raises(
        TrainError,
        match=r"(no 'cls_token'|neither BERT's WordPiece nor RoBERTa's byte-level BPE|the device program has).*"
        "use a BERT,.* or RoBERTa checkpoint",
    ):
        describe(tokenizer)


def test_word_pieces_that_are_joined_otherwise_than_in_bert_are_refused(tmp_path: Path) -> None:
    tokenizer = wordpiece.learn(TEXTS, 100, tmp_path)
    special = [("[CLS]", tokenizer.cls_token_id), ("[SEP]", tokenizer.sep_token_id)]
    as_in_mpnet = TemplateProcessing(single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] [SEP] $B [SEP]", special_tokens=special)
    tokenizer.backend_tokenizer.post_processor = as_in_mpnet
    with pytest.raises(TrainError, match=r"'post_processor' makes \[CLS\]:0 a:0 \[SEP\]:0 \[SEP\]:0 a:\d \[SEP\]:\d of a and a"):
        describe(tokenizer)


@pytest.mark.parametrize("kind", [wordpiece, bpe])
def test_words_added_to_a_tokenizer_are_refused(kind: Kind, tmp_path: Path) -> None:
    tokenizer = kind.learn(TEXTS, 300, tmp_path)
    tokenizer.add_special_tokens({"additional_special_tokens": ["<company>"]})
    describe(tokenizer)
    tokenizer.add_tokens(["covid"])
    with pytest.raises(TrainError, match="'covid' was added to the tokenizer as a word of its own"):
        describe(tokenizer)


def test_a_roberta_counts_its_positions_from_the_padding_piece_on(tmp_path: Path) -> None:
    roberta = Architecture(model_type="roberta", max_position_embeddings=34, **SIZES)
    assert build(tmp_path, architecture=roberta, max_length=32).tokenizer.pad_token_id == 1
    with pytest.raises(TrainError, match=r"max_length 33 is more than the model has positions for \(32\)"):
        build(tmp_path, architecture=roberta, max_length=33)


def test_a_roberta_whose_padding_piece_stands_elsewhere_is_refused(tmp_path: Path) -> None:
    checkpoints.write(tmp_path, "roberta", TEXTS)
    RobertaTokenizerFast.from_pretrained(tmp_path, pad_token="<mask>").save_pretrained(tmp_path)
    with pytest.raises(TrainError, match="a RoBERTa's padding piece has the id 1, and this tokenizer's has 4"):
        build(tmp_path, checkpoint=str(tmp_path), max_length=16)


def test_a_model_with_one_token_type_reads_pairs_without(tmp_path: Path) -> None:
    classifier = build(tmp_path, architecture=Architecture(model_type="bert", type_vocab_size=1, **SIZES), input="pair")
    assert set(classifier.tokenizer("bank", "great")) == {"input_ids", "attention_mask"}
