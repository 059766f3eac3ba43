"""Records of fine-tuned models: how they read a text, and how good they are."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from replite.config.data import Cleaning
from replite.config.train import NGramLengths, Thresholds
from replite.records.record import Document, Record


class _Tokenizer(Record):
    first: str
    """The piece that opens the input, [CLS] in BERT."""
    separator: str
    """The piece that closes each part, [SEP] in BERT."""
    padding: str
    """The piece that fills the input up."""


class _OfBertWords(_Tokenizer):
    lowercase: bool
    """Lower-case the text first."""
    strip_accents: bool
    """Remove combining marks after canonical decomposition."""
    split_cjk: bool
    """Make every CJK ideograph a word of its own."""
    clean_text: bool = True
    """Remove control characters."""


class WordPieceTokenizer(_OfBertWords):
    """A tokenizer as BERT's, as the device program needs it."""

    kind: Literal["wordpiece"]
    """The algorithm; vocab.txt beside the model lists the pieces."""
    longest_word: int = 100
    """Characters of a word; a longer one is unknown."""
    unknown: str
    """The piece for a word that the vocabulary cannot spell."""


class BytePairTokenizer(_Tokenizer):
    """A tokenizer as RoBERTa's, which separates the parts of a pair twice, as the device program needs it."""

    kind: Literal["bpe"]
    """The algorithm, byte-level; vocab.txt beside the model lists the pieces and, after an empty line, the merges."""
    space_first: bool
    """Put a space before a text, so that its first word is spelled as those within it."""
    lowercase: Literal[False] = False
    """The text keeps its case."""


class NGramTokenizer(_OfBertWords):
    """N-grams of words and of their characters, hashed into buckets: a piece is a bucket."""

    kind: Literal["hashed"]
    """The algorithm; vocab.txt beside the model lists the special pieces, behind which the buckets are numbered."""
    buckets: int
    """Buckets of n-grams."""
    words: NGramLengths
    """Least and most words of an n-gram."""
    characters: NGramLengths | None
    """Least and most characters of an n-gram within a word and the spaces around it; null for none."""


Tokenizer = Annotated[WordPieceTokenizer | BytePairTokenizer | NGramTokenizer, Field(discriminator="kind")]


class Preprocessing(Record):
    """The way of a text to the model's input, from raw text to numbers."""

    input: Literal["pair", "text", "words"]
    """(topic, text), the text alone, or its words, each cleaned and tokenized by itself."""
    max_length: int
    """Pieces in the input, special ones included; a longer text is cut at its end."""
    cleaning: Cleaning
    """The parts removed from the text (never from the topic) before."""
    tokenizer: Tokenizer
    capitals: bool = False
    """Whether the token types tell, for `words`, which have a capital."""


class LabelMetrics(Record):
    """One label against all others."""

    precision: float
    """Share of the answers with the label that are right; 0 if there is none."""
    recall: float
    """Share of the gold labels that were found; 0 if there is none."""
    f1: float
    """Harmonic mean of precision and recall; 0 if both are 0."""
    support: int
    """Gold labels."""


class Metrics(Record):
    """Metrics of answers."""

    rows: int
    """Texts compared."""
    missing: int
    """Texts without an answer, which counts as wrong."""
    figures: dict[str, float]
    """By its column, each of the task's metrics; one that the data have no use for is left out."""
    per_label: dict[str, LabelMetrics] = {}
    """Each label's own figures."""
    confusion: list[list[int]] = []
    """Texts of the true label i answered with label j, in the order of the labels, where a text has one; a missing answer stands
    in no column."""


class ThresholdMetrics(Record):
    """Thresholds, and what they give."""

    values: list[float]
    """That of each label."""
    validation: dict[str, float]
    """By its column, each of the task's metrics on the validation split, on which the thresholds were tuned."""
    test: dict[str, float]
    """Those on the test split."""


class TrainMetrics(Document):
    """The course of the training of one model, and the float model's metrics: the same wherever the same training runs."""

    SCHEMA: ClassVar[int] = 3
    dataset: str
    """The data set's name."""
    model: str
    """The model's name."""
    task: str
    """The data set's task."""
    parameters: int
    """Weights of the model."""
    fp32_bytes: int
    """Bytes of these as float32."""
    macs_per_tweet: int
    """Multiply-accumulates of a text of the model's full length."""
    layers: int | None = None
    """Transformer layers; null, as the next three, where the training did not tell."""
    hidden: int | None = None
    """Width of a layer's output."""
    heads: int | None = None
    """Attention heads of a layer."""
    vocabulary: int | None = None
    """Rows of the embedding table."""
    started_from: str | None
    """The checkpoint that training started from, as the configuration names it, but `a folder` for a path; null for a model
    trained from nothing."""
    teacher: str | None
    """The model it learned from beside the labels, if it did."""
    epochs_run: int
    """Epochs run before training ended."""
    best_epoch: int
    """The epoch whose weights were kept, counted from 1; 0 where nothing was trained."""
    validation: Metrics
    """On the validation split."""
    test: Metrics
    """On the whole test split."""
    baselines: dict[str, Metrics]
    """Metrics of the task's simple rules, on the test split."""
    thresholds: dict[Thresholds, ThresholdMetrics] = {}
    """Of a task with thresholds, what each kind of threshold gives."""
    chosen_thresholds: Thresholds | None = None
    """The kind that holds, by the configuration; null of a task without thresholds, and of a model that kept its own."""
    truncated: dict[str, int]
    """Texts cut at the model's length, per split."""
    words_cut: dict[str, int] = {}
    """Words that got no answer of their own for that, per split, where a model answers for each."""
    vocabulary_coverage: dict[str, float] | None = None
    """Share of the word pieces in each split that a pruned vocabulary still has; null if none was pruned."""
    packages: dict[str, str]
    """Versions of the packages that trained it."""
    processor: str | None = None
    """What trained it: the GPUs' names, else the processor's; null in records of before this was kept."""


class EpochDuration(Record):
    """How long an epoch took."""

    epoch: int
    """Counted from 1."""
    seconds: float
    """Duration of its training steps."""
    tweets_per_second: float


class Durations(Document):
    """How long the training of one model took, which differs from run to run; nothing is made from it but what people read."""

    dataset: str
    """The data set's name."""
    model: str
    """The model's name."""
    epochs: list[EpochDuration]
    """One after the other; none where nothing was trained."""

    @property
    def seconds(self) -> float:
        """Of all epochs."""
        return sum(epoch.seconds for epoch in self.epochs)


class BagOfWordsMetrics(Document):
    """Metrics of the classifier without a transformer on one data set, if it can be trained there."""

    dataset: str
    task: str
    validation: Metrics | None = None
    test: Metrics | None = None
    """On the whole test split."""
    failed: str | None = None
    """The reason for which it could not be trained: then there is nothing else."""
