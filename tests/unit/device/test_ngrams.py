"""N-grams are hashed as is written, and the host's model reads the buckets that a device makes."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zlib import crc32

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replite.config.data import Cleaning
from replite.device.ngrams import HashedNGrams
from replite.device.preprocessing import Preprocessor
from replite.records.train import NGramTokenizer, Preprocessing
from replite.train import wordpiece
from replite.train.encoding import encode
from tests.unit.device.messy import ANY_TEXT

SETTINGS: dict[str, Any] = {
    "kind": "hashed", "lowercase": True, "strip_accents": True, "split_cjk": True, "clean_text": True,
    "first": "[CLS]", "separator": "[SEP]", "padding": "[PAD]", "buckets": 1000, "words": (1, 2), "characters": (3, 4),
}  # fmt: skip
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LENGTHS = [8, 64, 128]


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("vocabulary") / "vocab.txt"
    path.write_text("".join(f"{piece}\n" for piece in SPECIAL), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The tokenizer of the transformers library that a hashed model is saved with."""
    made = wordpiece.learn([], len(SPECIAL), tmp_path_factory.mktemp("learnt"))
    made.model_input_names = ["input_ids", "attention_mask"]
    return made


def buckets(*ngrams: str) -> list[int]:
    return [len(SPECIAL) + crc32(ngram.encode()) % SETTINGS["buckets"] for ngram in ngrams]


def test_a_bucket_is_the_same_for_all_times(vocabulary: Path) -> None:
    """These are the numbers of files that were trained: another hash would make noise of them."""
    assert HashedNGrams(vocabulary, SETTINGS | {"characters": None}).tokenize("Größe 💥") == [323, 966, 433]


def test_a_text_is_its_words_their_characters_and_pairs_of_words(vocabulary: Path) -> None:
    found = HashedNGrams(vocabulary, SETTINGS).tokenize("Hé, ok")
    he, comma = buckets(" he", "he ", " he ", "\the"), buckets(" , ", "\t,", "\the ,")
    assert found == he + comma + buckets(" ok", "ok ", " ok ", "\tok", "\t, ok")


def test_words_are_told_apart_by_the_topic_and_from_the_same_characters(vocabulary: Path) -> None:
    alone = HashedNGrams(vocabulary, SETTINGS | {"characters": None, "words": (1, 1)})
    topic, text = alone.tokenize_pair("The BMW", "bmw")
    assert topic == buckets("\nthe bmw\t")
    assert text == buckets("\tbmw", "\nthe bmw\tbmw")
    assert alone.tokenize_pair("the", "bmw x") != alone.tokenize_pair("the bmw", "x")


def test_what_is_too_long_is_cut_at_the_texts_end(vocabulary: Path) -> None:
    tokenizer = HashedNGrams(vocabulary, SETTINGS)
    whole, cut = (tokenizer.encode("Acme", "good and bad", lengths) for lengths in ([64], [16]))
    assert (whole.truncated, cut.truncated) == (False, True)
    assert cut.input_ids.tolist() == [*whole.input_ids[:15], SPECIAL.index("[SEP]")]


@given(text=ANY_TEXT, input_=st.sampled_from(["pair", "text"]), cleaned=st.booleans())
@settings(max_examples=300, deadline=None)
def test_any_text_is_the_same_on_the_host_and_on_a_device(
    vocabulary: Path, host: Any, text: str, input_: str, cleaned: bool
) -> None:
    reads = Preprocessing(
        input=input_, max_length=LENGTHS[-1], cleaning=Cleaning(enabled=cleaned), tokenizer=NGramTokenizer(**SETTINGS)
    )
    there = Preprocessor(reads.model_dump(), vocabulary, LENGTHS)
    on_device = there.encode("AC/DC & Söhne", text)
    split = pd.DataFrame({"topic": ["AC/DC & Söhne"], "text": [text]})
    here = encode(split, host, reads)
    batch = here.batch(pd.RangeIndex(1).to_numpy(), on_device.length)
    assert batch["input_ids"][0].tolist() == on_device.input_ids.tolist()
    assert batch["attention_mask"][0].tolist() == on_device.attention_mask.tolist()
    assert here.truncated == on_device.truncated
    assert on_device.input_ids.max() < len(SPECIAL) + SETTINGS["buckets"]
