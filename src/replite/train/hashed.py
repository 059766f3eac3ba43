"""A classifier without a transformer or a vocabulary: a row for each bucket of hashed n-grams, their mean, a small network on it.

As fastText's (Joulin et al., 2017; Bojanowski et al., 2017), with a layer more. But for what its rows stand for it is `averaged`.
"""

from collections.abc import Sequence
from typing import Any

from transformers import AutoConfig, TFAutoModelForSequenceClassification

from replite.config.train import HASHED
from replite.records.train import NGramTokenizer, Tokenizer
from replite.train.averaged import AveragedConfig, TFAveragedForSequenceClassification
from replite.train.wordpiece import SPECIAL


class HashedConfig(AveragedConfig):
    """The configuration; `Architecture` says what its keys are. There is a row for each special piece and each bucket."""

    model_type = HASHED

    def __init__(
        self,
        *,
        buckets: int = 32_000,
        words: Sequence[int] = (1, 2),
        characters: Sequence[int] | None = (2, 5),
        hidden_size: int = 16,
        intermediate_size: int = 64,
        hidden_dropout_prob: float = 0.1,
        weighed: bool = False,
        initializer_range: float = 0.1,
        pad_token_id: int = 0,
        **others: Any,
    ) -> None:
        sizes = {"hidden_size": hidden_size, "intermediate_size": intermediate_size, "vocab_size": len(SPECIAL) + buckets}
        others |= {"hidden_dropout_prob": hidden_dropout_prob, "weighed": weighed, "initializer_range": initializer_range}
        super().__init__(pad_token_id=pad_token_id, **others | sizes)
        self.buckets, self.words, self.characters = buckets, list(words), characters and list(characters)

    def tokenizer(self, special: Tokenizer) -> NGramTokenizer:
        """The tokenizer whose words and special pieces are those of the one for `special` pieces alone."""
        shared = special.model_dump(include={*NGramTokenizer.model_fields} - {"kind"})
        return NGramTokenizer(kind=HASHED, **shared, buckets=self.buckets, words=self.words, characters=self.characters)


class TFHashedForSequenceClassification(TFAveragedForSequenceClassification):
    """Classifies a text by the mean of its n-grams' rows."""

    config_class = HashedConfig


AutoConfig.register(HASHED, HashedConfig)
TFAutoModelForSequenceClassification.register(HashedConfig, TFHashedForSequenceClassification)
