"""The configuration: every key, its default and its meaning, in one place.

`load` turns a YAML file (or the dictionary Snakemake made of it) into a `Config` or raises `ConfigError` with one line for
each fault: the file, the key, what is wrong and what to write instead. config/README.md is generated from these models.
"""

from __future__ import annotations

import difflib
import graphlib
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from replite.hints import did_you_mean


class ConfigError(ValueError):
    """The configuration is wrong; the message says in which file, at which key, and how to mend it."""


class Entry(BaseModel):
    """A group of keys: unknown ones are refused, values are fixed once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def _check_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.+-]*", name):
        raise ValueError("a name holds letters, digits, '_', '.', '+' and '-' only, because folders are named after it")
    return name


Name = Annotated[str, AfterValidator(_check_name)]
Fraction = Annotated[float, Field(ge=0, le=1)]


# --------------------------------------------------------------------------------------------------------------- data


class _Dataset(Entry):
    enabled: bool = True
    """`false` leaves the data set out of the run."""
    validation_fraction: Annotated[float, Field(gt=0, lt=1)] = 0.1
    """Share of the training tweets held out for validation, stratified by label, drawn by `seed`."""
    max_train: Annotated[int, Field(ge=1)] | None = None
    """Keep at most this many training tweets (those held out for validation included), drawn by `seed`; `null` keeps all."""
    max_test: Annotated[int, Field(ge=1)] | None = None
    """Keep at most this many test tweets, drawn by `seed`; `null` keeps all."""
    leaked_test: Literal["keep", "drop"] = "keep"
    """`drop` leaves out test tweets whose text also stands, word for word, among the training or validation tweets."""


class _RepLabSelection(_Dataset):
    language: Literal["EN", "ES", "all"] = "EN"
    """The tweets' language, as the package's `language` column gives it."""
    near_duplicates: Literal["keep", "drop"] = "keep"
    """`drop` leaves out tweets that the package marks as a near-duplicate of another."""
    official_subset: bool = False
    """`true` keeps only the test tweets of the organisers' official subset."""


class RepLab2013Dataset(_RepLabSelection):
    """The RepLab 2013 package as its organisers distribute it, with the tweet texts their downloader writes."""

    reader: Literal["replab2013"]
    """Which reader reads the data set."""
    folder: str = "resources/replab2013"
    """The package's folder: the one that holds `entities/`, `training/` and `test/`."""


class GeneratedDataset(_RepLabSelection):
    """Made-up tweets, written in the RepLab 2013 package's layout and read by the same reader."""

    reader: Literal["generated"]
    """Which reader reads the data set."""
    entities: Annotated[int, Field(ge=2, le=40)] = 8
    """How many companies the tweets are about."""
    train_tweets_per_entity: Annotated[int, Field(ge=10)] = 600
    """Training tweets written for each company, before any is dropped."""
    test_tweets_per_entity: Annotated[int, Field(ge=5)] = 150
    """Test tweets written for each company, before any is dropped."""


class OwnTweets(_Dataset):
    """What a user's own tweets share, wherever they come from: named columns, labels, and what to do with repeated texts."""

    test_fraction: Annotated[float, Field(gt=0, lt=1)] = 0.2
    """Where there is no test file or split: share of the tweets set apart for it, stratified by label, drawn by `seed`; tweets
    that differ in nothing but case, punctuation, symbols, addresses and mentions stay on the same side."""
    text_column: str = "text"
    """The column that holds the tweet."""
    label_column: str = "label"
    """The column that holds the label."""
    entity_column: str | None = None
    """The column that names the company the tweet is about; `null` if there is none."""
    id_column: str | None = None
    """The column that holds the tweet's id; `null` takes `tweet_id`, if there is one, or else the row's number."""
    label_map: dict[str, str | None] = {}
    """What the values of the label column mean, where they are not the labels themselves: `"4": POSITIVE`; `spam: null` leaves
    such tweets out."""
    repeated_text: Literal["keep", "drop"] = "drop"
    """Tweets about one entity whose text and label an earlier one of the same file or split has: `drop` leaves them out, `keep`
    only counts them in the card."""
    conflicting_labels: Literal["keep", "drop"] = "keep"
    """Tweets about one entity with the same text and different labels in the same file or split: `drop` leaves all of them
    out, since none says which is right; `keep` only counts them in the card."""

    @field_validator("label_map", mode="before")
    @classmethod
    def _values_as_text(cls, label_map: Any) -> Any:
        """YAML reads 0 as a number and yes as a truth value; a table's values are text."""
        if not isinstance(label_map, dict):
            return label_map
        if any(isinstance(value, bool) for value in label_map):
            raise ValueError("YAML takes yes, no, on, off, true and false for truth values: put quotes around them")
        return {str(value): label for value, label in label_map.items()}

    @field_validator("labels", check_fields=False)
    @classmethod
    def _labels_once(cls, labels: list[str] | None) -> list[str] | None:
        if labels and len(set(labels)) < len(labels):
            raise ValueError("list each label once")
        return labels

    def _check_label_map(self, labels: list[str]) -> None:
        for value, label in self.label_map.items():
            if label is not None and label not in labels:
                hint = f"{did_you_mean(label, labels)}'labels' holds: {', '.join(labels)}"
                raise ValueError(f"'label_map' makes {value!r} the unknown label {label!r}; {hint}")


class TableDataset(OwnTweets):
    """Your own tweets: CSV, TSV, JSON Lines or Parquet files with named columns."""

    reader: Literal["table"]
    """Which reader reads the data set."""
    train: str
    """The file with the training tweets (`.csv`, `.tsv`, `.jsonl` or `.parquet`)."""
    validation: str | None = None
    """The file with the validation tweets; `null` holds out `validation_fraction` of the training tweets."""
    test: str | None = None
    """The file with the test tweets; `null` sets apart `test_fraction` of `train`."""
    unlabelled: str | None = None
    """A file with tweets without a label, for students whose `distillation` wants them; labels in it are not read."""
    encoding: str = "utf-8"
    """The files' encoding, by any name Python knows (`cp1252`, `utf-16`, ...); UTF-8 may begin with a byte-order mark."""
    labels: Annotated[list[str], Field(min_length=2)] = ["NEGATIVE", "NEUTRAL", "POSITIVE"]
    """The labels that may occur, two or more, in the order in which reports show them."""

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, encoding: str) -> str:
        try:
            "a".encode(encoding)
        except LookupError:
            raise ValueError("no text encoding that Python knows; utf-8, utf-16, cp1252 and cp1251 are some") from None
        return encoding

    @model_validator(mode="after")
    def _consistent(self) -> TableDataset:
        self._check_label_map(self.labels)
        return self


class HubDataset(OwnTweets):
    """A data set of the Hugging Face Hub, or a folder in its layout, loaded through the `datasets` library and its cache."""

    reader: Literal["hub"]
    """Which reader reads the data set."""
    name: str
    """Its name on the hub (`owner/name`), or a folder."""
    subset: str | None = None
    """Its subset (also called configuration); `null` takes the default one."""
    revision: str | None = None
    """The commit, tag or branch; `null` takes the newest, which may not be the same tomorrow."""
    train_split: str = "train"
    """The split with the training tweets."""
    validation_split: str | None = None
    """The split with the validation tweets; `null` holds out `validation_fraction` of the training tweets."""
    test_split: str | None = "test"
    """The split with the test tweets; `null` sets apart `test_fraction` of `train_split`."""
    unlabelled_split: str | None = None
    """A split with tweets without a label, for students whose `distillation` wants them; labels in it are not read."""
    labels: Annotated[list[str], Field(min_length=2)] | None = None
    """The labels that may occur, in the order in which reports show them; `null` takes the names of the label column, if it is
    a ClassLabel, through `label_map`."""

    @model_validator(mode="after")
    def _consistent(self) -> HubDataset:
        if self.labels is not None:
            self._check_label_map(self.labels)
        return self


Dataset = Annotated[RepLab2013Dataset | GeneratedDataset | TableDataset | HubDataset, Field(discriminator="reader")]


class Cleaning(Entry):
    """What is taken out of a tweet before it is tokenized, in training and on the devices alike."""

    enabled: bool = True
    """`false` gives the tweet to the tokenizer as it is."""
    urls: bool = True
    """Remove web addresses."""
    symbols: bool = True
    """Remove symbols: emoji, arrows, currency and mathematical signs (Unicode categories S and C)."""
    punctuation: bool = True
    """Remove punctuation (Unicode category P), hash and at signs included; the words stay."""
    spaces: bool = True
    """Make every run of white space, no-break spaces included, one space."""


# -------------------------------------------------------------------------------------------------------------- train


class Training(Entry):
    """How a model is fine-tuned."""

    epochs: Annotated[int, Field(ge=1)] = 3
    """Passes over the training tweets, at most."""
    batch_size: Annotated[int, Field(ge=1)] = 32
    """Tweets in one step."""
    micro_batch_size: Annotated[int, Field(ge=1)] | None = None
    """Tweets that go through the model at once; the gradients of a step are summed over such parts, and are the same as for the
    whole batch, in less memory. `null`: the whole batch."""
    gradient_checkpointing: bool = False
    """`true` computes the activations of each layer anew in the backward pass instead of keeping them (Chen et al., 2016): less
    memory, about a third more time."""
    learning_rate: Annotated[float, Field(gt=0)] = 1e-4
    """The highest learning rate, reached at the end of the warm-up."""
    warmup_fraction: Fraction = 0.1
    """Share of all steps in which the learning rate rises from 0; after it, it falls linearly to 0."""
    weight_decay: Annotated[float, Field(ge=0)] = 0.01
    """AdamW's decay of the weights; biases and normalization weights are spared."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """Of the products in a training step. `bfloat16` is faster where the processor has it (AVX512-BF16, AMX) or an accelerator;
    weights, their updates and all that is scored and exported stay float32."""
    class_weights: Literal["none", "balanced"] = "none"
    """`balanced` weighs each tweet by the inverse frequency of its label."""
    patience: Annotated[int, Field(ge=1)] = 2
    """Stop after this many epochs without a better macro-F1 on the validation tweets; the best epoch is kept."""
    checkpoint_every_steps: Annotated[int, Field(ge=1)] | None = 200
    """Save the state to resume from every so many steps, beside each epoch's end; `null`: at each epoch's end only."""
    seeds: Annotated[int, Field(ge=1)] = 1
    """Runs of each model, with the seeds `seed`, `seed` + 1, ...: the first is exported; all together give the mean and its 95 %
    interval, and teach."""


class TrainingOverride(Entry):
    """The keys of `training` that this model sets for itself; the others keep their value there."""

    epochs: Annotated[int, Field(ge=1)] | None = None
    """See `training`."""
    batch_size: Annotated[int, Field(ge=1)] | None = None
    """See `training`."""
    micro_batch_size: Annotated[int, Field(ge=1)] | None = None
    """See `training`."""
    gradient_checkpointing: bool | None = None
    """See `training`."""
    learning_rate: Annotated[float, Field(gt=0)] | None = None
    """See `training`."""
    warmup_fraction: Fraction | None = None
    """See `training`."""
    weight_decay: Annotated[float, Field(ge=0)] | None = None
    """See `training`."""
    precision: Literal["float32", "bfloat16"] | None = None
    """See `training`."""
    class_weights: Literal["none", "balanced"] | None = None
    """See `training`."""
    patience: Annotated[int, Field(ge=1)] | None = None
    """See `training`."""
    checkpoint_every_steps: Annotated[int, Field(ge=1)] | None = None
    """See `training`."""
    seeds: Annotated[int, Field(ge=1)] | None = None
    """See `training`."""


class Architecture(BaseModel):
    """A model to be trained from nothing: the model type and whatever else its transformers configuration takes."""

    model_config = ConfigDict(extra="allow", frozen=True, use_attribute_docstrings=True)

    model_type: Literal["bert", "mobilebert", "distilbert", "electra", "roberta"]
    """The transformers library's name of the architecture. Every other key goes to its configuration as it is."""
    vocab_size: Annotated[int, Field(ge=100)] = 2000
    """Word pieces in the vocabulary, learnt from the training tweets; a RoBERTa's has at least 261, all bytes included."""


class Vocabulary(Entry):
    """Which word pieces of a checkpoint's vocabulary are kept."""

    minimum_count: Annotated[int, Field(ge=1)] = 2
    """Keep a word piece that occurs at least this often in the training tweets; single characters met there (of a RoBERTa: all
    bytes) are kept too."""
    corpus: str | None = None
    """A text file (UTF-8, one text a line, cleaned as tweets are) to count the pieces in; `null` takes the training tweets."""


class Distillation(Entry):
    """Learning from a teacher, another model of this configuration, beside the true labels (Hinton et al., 2015).

    A tweet's loss is (1 - w) CE(y, s) + w T^2 KL(softmax(t / T), softmax(s / T)) + h (1 - cos(c_t, c_s)): y is the true label,
    s and t are the student's and the teacher's logits, c_s and c_t their last layer's states of the first piece ([CLS]);
    w is `soft_label_weight`, T `temperature`, h `hidden_state_weight`.
    """

    teacher: Name
    """The teacher's name under `models`. Its outputs for the training tweets are computed once, for all its students."""
    temperature: Annotated[float, Field(gt=0)] = 2.0
    """Divides both models' logits: the higher, the more the unlikely labels count."""
    soft_label_weight: Fraction = 0.5
    """Share of the teacher's labels in the loss; the rest is that of the true ones."""
    hidden_state_weight: Annotated[float, Field(ge=0)] = 0.0
    """Weight of the cosine distance between the two models' states, which have to be of one width (Sanh et al., 2019)."""
    bag_of_words: Fraction = 0.0
    """Share of the bag-of-words classifier in the teacher's labels of the training tweets: their probabilities' mean is learnt
    from, weighed so. That classifier, a logistic regression on words and characters, errs elsewhere than a transformer does, and
    speaks of each tweet as one that has not learnt from it (out-of-fold)."""
    unlabelled: bool = False
    """Learn from the data set's tweets without a label too, by all terms but the first. RepLab's are the training side's tweets
    without polarity and those of `background/`; for your own, the data set's `unlabelled` or `unlabelled_split` says where."""

    @model_validator(mode="after")
    def _something_to_learn(self) -> Distillation:
        if self.unlabelled and not self.soft_label_weight and not self.hidden_state_weight:
            raise ValueError("'unlabelled' needs 'soft_label_weight' or 'hidden_state_weight' above 0")
        return self


class Resources(Entry):
    """What the training job of a model asks a cluster for; `workflow/scripts/estimate_training.py` estimates it."""

    memory_mb: Annotated[int, Field(ge=1)] = 16000
    """Memory in MB."""
    hours: Annotated[float, Field(gt=0)] = 24
    """Time after which the cluster ends the job. One that ran out of it goes on from its last saved state at the next call."""
    gpus: Annotated[int, Field(ge=0)] = 0
    """GPUs, which only a TensorFlow that supports them uses: the environment's own, tensorflow-cpu, does not."""

    @property
    def minutes(self) -> int:
        """The time in whole minutes."""
        return math.ceil(60 * self.hours)


class Model(Entry):
    """A model to fine-tune: either a `checkpoint` or an `architecture`."""

    enabled: bool = True
    """`false` leaves the model out of the run."""
    checkpoint: str | None = None
    """A transformers checkpoint: a folder, a hub name, `package:<name>/<folder>` for one shipped in a Python package, or
    `model:<name>` for what another model of this configuration is after its fine-tuning, its head included."""
    architecture: Architecture | None = None
    """A configuration to train from nothing, with a vocabulary of its own."""
    layers: int | list[int] | None = None
    """Keep so many of a checkpoint's layers, evenly spaced, the first and the last included, or those listed, counted from 0."""
    heads: Annotated[int, Field(ge=1)] | None = None
    """Keep so many attention heads in each layer, those with the largest weights. A head keeps its size: give `hidden` too."""
    hidden: Annotated[int, Field(ge=1)] | None = None
    """Keep so many hidden units, those with the largest weights: `heads` times the size of a head."""
    intermediate: Annotated[int, Field(ge=1)] | None = None
    """Keep so many units in each feed-forward block, those with the largest weights."""
    license: str | None = None
    """The checkpoint's licence, for those who get the files; `null` takes what its README.md states, if it lies in a folder."""
    vocabulary: Vocabulary | None = None
    """Cut a checkpoint's vocabulary, and its embedding table, down to what the training tweets use; `null` keeps all of it."""
    input: Literal["pair", "text"] = "pair"
    """`pair` gives the model (company, tweet), because polarity is towards a company; `text` gives it the tweet alone."""
    max_length: Annotated[int, Field(ge=8, le=512)] = 64
    """Word pieces the model sees; what is cut off beyond that is counted in every result."""
    distillation: Distillation | None = None
    """Learn from a teacher too; `null` learns from the true labels alone."""
    training: TrainingOverride = TrainingOverride()
    """Keys of `training` that differ for this model."""
    resources: Resources = Resources()
    """What its training job asks a cluster for."""

    @model_validator(mode="after")
    def _one_source(self) -> Model:
        if (self.checkpoint is None) == (self.architecture is None):
            raise ValueError("give either 'checkpoint' or 'architecture', and not both")
        if self.architecture and self.vocabulary:
            raise ValueError("'vocabulary' is for a 'checkpoint'; an architecture learns as many pieces as its 'vocab_size' says")
        for key in ("layers", "heads", "hidden", "intermediate"):
            if self.architecture and getattr(self, key) is not None:
                raise ValueError(f"'{key}' keeps part of a 'checkpoint'; the size of an architecture stands in its own keys")
        return self

    @field_validator("layers", mode="before")
    @classmethod
    def _count_or_list(cls, layers: Any) -> Any:
        count = type(layers) is int and layers >= 1
        ascending = isinstance(layers, list) and layers and all(type(layer) is int and layer >= 0 for layer in layers)
        if layers is None or count or (ascending and layers == sorted(set(layers))):
            return layers
        raise ValueError("give how many layers to keep, or list them, counted from 0, each once, in ascending order")

    @property
    def start(self) -> str | None:
        """The model of this configuration whose fine-tuned checkpoint this one starts from, if it does."""
        prefix, _, name = (self.checkpoint or "").partition(":")
        return name if prefix == "model" else None

    @property
    def teacher(self) -> str | None:
        """The model of this configuration that this one learns from, if it does."""
        return self.distillation.teacher if self.distillation else None

    @property
    def corpus(self) -> Path | None:
        """The file that the vocabulary is pruned by, if it is not the training tweets."""
        return Path(self.vocabulary.corpus) if self.vocabulary and self.vocabulary.corpus else None

    @property
    def needs(self) -> dict[str, str]:
        """The models of this configuration that have to be trained before this one, by the key that names them."""
        names = {"checkpoint": self.start, "distillation.teacher": self.teacher}
        return {key: name for key, name in names.items() if name is not None}


# ------------------------------------------------------------------------------------------------------------- export

RuntimeName = Literal["ai-edge-litert", "tflite-runtime"]
Quantization = Literal[
    "fp32", "fp16", "dynamic_int8", "weight_only_int8", "full_int8", "int16x8", "dynamic_int4", "weight_only_int4"
]
Embeddings = Literal["int8", "int4", "float16", "keep"]


class Variant(Entry):
    """One way to write a model as a TFLite FlatBuffer.

    | `quantization` | weights | activations | embeddings | runs in |
    |---|---|---|---|---|
    | `fp32` | float32 | float32 | float32 | both runtimes |
    | `fp16` | float16 | float32 | float16 | both |
    | `dynamic_int8` | 8-bit | quantized as it runs | 8-bit | ai-edge-litert; per tensor both |
    | `weight_only_int8` | 8-bit, dequantized first | float32 | 8-bit | ai-edge-litert; per tensor both |
    | `full_int8` | 8-bit | 8-bit, calibrated | 8-bit | ai-edge-litert; per tensor both; costs accuracy |
    | `int16x8` | 8-bit | 16-bit, calibrated | 8-bit | ai-edge-litert, slowly |
    | `dynamic_int4` | 4-bit | quantized as it runs | 8-bit | ai-edge-litert |
    | `weight_only_int4` | 4-bit, dequantized first | float32 | 8-bit | ai-edge-litert |

    Per tensor means `per_channel: false`; `embeddings` says otherwise of the embedding table. The export proves all of it: it
    runs the file in each of `runtimes` and fails, with the figures, if the labels are not the float model's.
    """

    enabled: bool = True
    """`false` leaves the variant out of the run."""
    quantization: Quantization
    """How weights and activations are stored; see the table."""
    per_channel: bool = True
    """One scale per output channel (per row of an embedding table); `false` takes one per tensor, for tflite-runtime 2.14."""
    block_size: Literal[32, 64, 128, 256] | None = None
    """For `dynamic_int4`: so many 4-bit weights of a channel share a scale; `null` lets all of them."""
    embeddings: Embeddings | None = None
    """How the embedding table is stored, in any quantization; `keep` leaves it float32, `null` as the table above says."""
    signatures: Annotated[int, Field(ge=1)] | None = None
    """At most so many of the model's input lengths: 1 makes the smallest file, and the only one that MediaPipe takes; `null`: all
    that `export` gives the model."""
    calibration_tweets: Annotated[int, Field(ge=1)] = 200
    """Training tweets, drawn by `seed`, that calibrate `full_int8` and `int16x8`; the manifest lists them."""
    runtimes: Annotated[list[RuntimeName], Field(min_length=1)] = ["ai-edge-litert"]
    """Runtimes the file is for: it has to be true to the float model in each. `make runtimes` sets up tflite-runtime here."""
    minimum_agreement: Fraction | None = None
    """Overrides `export.minimum_agreement` for this variant."""

    @model_validator(mode="after")
    def _keys_that_apply(self) -> Variant:
        if self.block_size and (self.quantization != "dynamic_int4" or not self.per_channel):
            raise ValueError("'block_size' needs quantization 'dynamic_int4' and 'per_channel: true'")
        return self

    @property
    def weight_bits(self) -> int:
        """Bits of the weights of matrix products, whole numbers or not."""
        return {"fp32": 32, "fp16": 16, "dynamic_int4": 4, "weight_only_int4": 4}.get(self.quantization, 8)

    @property
    def activation_bits(self) -> int | None:
        """Bits of activations whose ranges have to be calibrated."""
        return {"full_int8": 8, "int16x8": 16}.get(self.quantization)

    @property
    def stored_embeddings(self) -> Embeddings:
        """How the embedding table is stored."""
        defaults: dict[Quantization, Embeddings] = {"fp32": "keep", "fp16": "float16"}
        return self.embeddings or defaults.get(self.quantization, "int8")


class Export(Entry):
    """Which input lengths an exported file has, and how it is checked before it is shipped."""

    minimum_agreement: Fraction = 0.97
    """Share of validation tweets on which the file must give the float model's label; below it the export fails."""
    check_tweets: Annotated[int, Field(ge=1)] = 500
    """How many validation tweets are compared, at most."""
    signatures: Annotated[int, Field(ge=1)] = 4
    """At most so many input lengths in one file, which share its weights: a device takes the shortest that a tweet fits. They are
    multiples of 8, and the model's `max_length`, for which the training tweets are padded least. Each takes memory on the device,
    because ai-edge-litert packs the weights anew for it."""
    lengths: Annotated[list[Annotated[int, Field(ge=4)]], Field(min_length=1)] | None = None
    """These input lengths, as far as they are below the model's `max_length`, and that one, in place of chosen ones."""


# ------------------------------------------------------------------------------------------------------------ measure


Processor = Literal["cortex-a53", "cortex-a72", "cortex-a76", "cortex-a7"]
"""Arm processors that can be emulated, by QEMU's names."""


class Simulated(Entry):
    """This machine as a device, reached by SSH over loopback, with limits; called simulated in every result.

    With `processor` it is an emulated one: the runtime's Arm build runs, and the labels are those that it gives on a board, but
    times and memory are the emulator's. They are no measurements: the report leaves them out and recommends nothing on it.
    """

    cpus: Annotated[int, Field(ge=1)] = 1
    """Processors the device may use; fewer if this machine has fewer."""
    memory_mb: Annotated[int, Field(ge=64)] = 1024
    """Memory that one process of the device may allocate, in MB (10^6 bytes)."""
    server: Literal["auto", "openssh", "asyncssh"] = "auto"
    """The SSH server: OpenSSH's sshd, the asyncssh library's, or (`auto`) sshd where it is installed."""
    processor: Processor | None = None
    """Emulate this Arm processor (`cortex-a7`: 32-bit) in a Debian that is made at first use; needs Linux 6.7, OpenSSH's sshd."""

    @model_validator(mode="after")
    def _server_that_can_emulate(self) -> Simulated:
        if self.processor and self.server == "asyncssh":
            raise ValueError("an emulated processor needs 'server: openssh' (or 'auto')")
        return self


class EnergySource(Entry):
    """Where the energy of a device is read: an external meter's CSV, or else its own sensors, which are a Jetson's INA3221
    monitors or an x86 processor's RAPL counters (which as a rule root alone may read). The power of `measure.idle_seconds` is
    subtracted. Both need a reading at least every fifteenth of their time. What is not measured is left blank."""

    rails: Annotated[list[str], Field(min_length=1)] | None = None
    """A Jetson's rails whose power is added up; `null`: the one that feeds the others, whose name ends in `_IN`."""
    meter: str | None = None
    """A CSV file with an external meter's readings, which may be written while the device is measured or put there later: only
    the energy is then computed anew."""
    time_column: str = "time"
    """Its column of times: seconds since 1970, or ISO 8601 (UTC, if no zone is given)."""
    watts_column: str | None = None
    """Its column of watts, if it has one."""
    volts_column: str = "volts"
    """Its column of volts, if it has none of watts."""
    amperes_column: str = "amperes"
    """Its column of amperes, likewise."""
    clock_offset_seconds: float = 0.0
    """What to add to the meter's times to get those of this machine. The device's own clock plays no part."""

    @model_validator(mode="after")
    def _one_source(self) -> EnergySource:
        if self.meter and self.rails:
            raise ValueError("give either 'meter' or 'rails', and not both")
        return self


class CoolDown(Entry):
    """A wait before each timed run until the device is about as cool as before the first one of this call of the workflow."""

    margin_c: Annotated[float, Field(ge=0)] = 2.0
    """How much warmer it may be then, in degrees Celsius."""
    limit_seconds: Annotated[float, Field(gt=0)] = 300.0
    """How long to wait at most; the record of a file says how long it was and how warm the device still was."""


class Device(Entry):
    """A device: either a board reached by `ssh`, or this machine `simulated` as one."""

    enabled: bool = True
    """`false` leaves the device out of the run."""
    description: str = ""
    """A line about the device, shown in the report."""
    ssh: str | None = None
    """Host name, address or alias of your ssh config. Keys, jump hosts and all else come from there and from your agent."""
    user: str | None = None
    """User name on the device; `null` takes your ssh config's."""
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    """Port of the SSH server; `null` takes your ssh config's, or 22."""
    jump: str | None = None
    """Jump hosts to go through, as in ssh's ProxyJump, commas between them; `null` takes your ssh config's."""
    simulated: Simulated | None = None
    """Limits of a simulated device."""
    folder: str = ".cache/replite"
    """Folder on the device that RepLite may use, relative to the home folder there, or absolute."""
    python: str | None = None
    """Python 3.8 or newer on the device, relative to the home folder there, or absolute; `null`: `python3`, or this machine's if
    the device is this machine."""
    runtime: Literal["auto", "ai-edge-litert", "tflite-runtime"] = "auto"
    """The TFLite runtime to use there; `auto` takes ai-edge-litert where it is installed, else tflite-runtime."""
    provision: bool = True
    """Where the device's Python lacks the runtime or numpy, install them in `folder`, from wheels fetched by this machine; `auto`
    then means ai-edge-litert where it has a wheel for the device. `false` leaves that to you."""
    threads: Annotated[int, Field(ge=1)] = 1
    """Threads the runtime may use; to test several numbers, give the device several entries."""
    processors: Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1)] | None = None
    """Processors of the board that a run may use, by the numbers in /proc/cpuinfo; `null`: all."""
    cool_down: CoolDown | None = None
    """Wait before each timed run until the device has cooled down, if it has a sensor; `null`: do not."""
    memory_mb: Annotated[int, Field(ge=64)] | None = None
    """Memory that a process on the board may allocate, in MB (10^6 bytes), so that it stands for a smaller one; `null`: all."""
    energy: EnergySource = EnergySource()
    """Where its energy is read."""

    @model_validator(mode="after")
    def _one_kind(self) -> Device:
        if (self.ssh is None) == (self.simulated is None):
            raise ValueError("give either 'ssh' or 'simulated', and not both")
        if self.simulated and self.memory_mb:
            raise ValueError("'memory_mb' limits a board; a simulated device has its limit under 'simulated'")
        if self.simulated and self.processors:
            raise ValueError("'processors' are a board's; a simulated device has 'cpus' under 'simulated'")
        if self.processors and self.threads > len(set(self.processors)):
            raise ValueError(f"'threads' is {self.threads}, but 'processors' lists only {len(set(self.processors))}")
        return self

    @property
    def of_a_run(self) -> Device:
        """The keys that a run on it depends on, the others at their defaults."""
        return self.model_copy(update={"energy": EnergySource()})

    @property
    def emulated(self) -> bool:
        """Whether its processor is emulated, so that its times and memory are no measurements."""
        return self.simulated is not None and self.simulated.processor is not None


Profile = Literal["quick", "standard", "strict"]
_MLPERF_SAMPLES = 1024
_PROFILES: dict[Profile, dict[str, Any]] = {
    "quick": {},
    "standard": {
        "repeats": 3,
        "minimum_samples": _MLPERF_SAMPLES,
        "minimum_seconds": 60,
        "idle_seconds": 20,
        "maximum_other_load": 0.1,
        "maximum_spread": 0.05,
    },
    "strict": {
        "repeats": 3,
        "minimum_samples": _MLPERF_SAMPLES,
        "minimum_seconds": 600,
        "idle_seconds": 30,
        "maximum_other_load": 0.05,
        "maximum_spread": 0.05,
        "maximum_warming_c": 25,
        "require_offline": True,
    },
}
"""What a profile sets; the rest is as the keys' own defaults say, which are those of `quick`."""
_OF_A_CELL = {"profile", "repeats", "minimum_agreement", "allow_throttling", "maximum_warming_c", "maximum_other_load"}
_OF_A_CELL |= {"maximum_spread", "require_offline"}
"""Keys of `measure` on which what a run of a file brings back does not depend."""


class Measure(Entry):
    """How a file is measured on a device, and when the result counts.

    A rule about a reading that a device does not give is not applied there. The durations and the spread of `standard` are those
    of MLPerf Mobile (arXiv 2012.02328), the duration of `strict` is that of MLPerf Inference's single stream (arXiv 1911.02549).
    """

    profile: Profile = "quick"
    """Defaults of the other keys: `quick` shows how files compare, `standard` is for figures that others are to rely on, `strict`
    for those to be published. A key that is given wins. The table's defaults are those of `quick`."""
    tweets: Annotated[int, Field(ge=1)] | None = 500
    """Test tweets run on every device, drawn by `seed`; `null` runs all."""
    warmup: Annotated[int, Field(ge=0)] = 10
    """Inferences before the first one that counts."""
    repeats: Annotated[int, Field(ge=1)] = 1
    """Runs of each file, each in new processes, in an order drawn by `seed` in which every file of a device has its turn before
    any has its next; they show what differs from run to run. Those that are done are kept when it grows. `standard` and `strict`:
    3."""
    minimum_samples: Annotated[int, Field(ge=1)] = 200
    """Timed inferences a valid result needs in each repeat; the tweets are gone through again until it is reached.
    `standard` and `strict`: 1024."""
    minimum_seconds: Annotated[float, Field(ge=0)] = 2.0
    """Seconds of timed inference a valid result needs; likewise. `standard`: 60; `strict`: 600."""
    minimum_agreement: Fraction = 0.99
    """Share of tweets on which the device must give the host's label for the same file."""
    allow_throttling: bool = False
    """Whether a result counts even if the device says that heat or low voltage slowed it down during the run."""
    maximum_warming_c: Annotated[float, Field(ge=0)] | None = None
    """How much warmer than before it the device may get during the run, in degrees Celsius; `null`: any. `strict`: 25."""
    maximum_other_load: Fraction | None = None
    """Share of the processors' time that other programs may take, while the device is left idle before the run and during it;
    `null`: any. `standard`: 0.1; `strict`: 0.05."""
    maximum_spread: Fraction | None = None
    """How far apart the repeats' medians of latency may lie, in parts of the smallest; `null`: any. `standard` and `strict`:
    0.05."""
    require_offline: bool = False
    """Whether a result counts only if it is proven that the run had no network. `strict`: `true`."""
    idle_seconds: Annotated[float, Field(ge=0)] = 0.0
    """How long the device does nothing before a run while its state is read: what else runs there, and its idle power.
    `standard`: 20; `strict`: 30."""
    state_seconds: Annotated[float, Field(gt=0)] = 1.0
    """How often its state (temperature, frequency, throttling, power, ...) is read then and, between two tweets, during a run."""
    sustained_seconds: Annotated[float, Field(ge=0)] = 0.0
    """After the first repeat, run tweets for so many seconds more, with the rate, temperature and frequency along it, which shows
    throttling; 0: do not."""
    timeout_minutes: Annotated[float, Field(gt=0)] = 60.0
    """After this long a run is ended on the device."""
    lock_minutes: Annotated[float, Field(ge=0)] = 60.0
    """How long to wait for a device that another workflow is measuring on."""
    connect_seconds: Annotated[float, Field(gt=0)] = 15.0
    """How long to wait for a device to answer."""

    @model_validator(mode="before")
    @classmethod
    def _fill_in_profile(cls, given: Any) -> Any:
        profile = given.get("profile") if isinstance(given, dict) else None
        return {**_PROFILES[profile], **given} if profile in list(_PROFILES) else given

    def of_a_run(self, repeat: int) -> Measure:
        """The keys that a repeat depends on, the others at their defaults; a sustained run follows the first one only."""
        others = _OF_A_CELL | ({"sustained_seconds"} if repeat else set())
        return self.model_copy(update=Measure().model_dump(include=others))


# ------------------------------------------------------------------------------------------------------------- report


class Budget(Entry):
    """Limits under which the report recommends one model and variant for each device; `null` sets no limit."""

    latency_p95_ms: Annotated[float, Field(gt=0)] | None = None
    """Milliseconds within which 95 % of the tweets must be classified, tokenization included."""
    model_mb: Annotated[float, Field(gt=0)] | None = None
    """Size of the model file in MB (10^6 bytes)."""
    peak_rss_mb: Annotated[float, Field(gt=0)] | None = None
    """Peak memory of the process on the device in MB (10^6 bytes)."""


class Report(Entry):
    """What the report shows."""

    title: str = "RepLite: which model on which device"
    """The report's heading."""
    budgets: dict[str, Budget] = {
        "no limit": Budget(),
    }
    """Named budgets; for each, the most accurate valid cell within it is recommended on every device."""


class Config(Entry):
    """The whole configuration."""

    seed: int = 0
    """Seed of every draw: generated tweets, splits, weights, order of batches. A training gives the same weights again, bit for
    bit, on the same kind of processor with the same packages and as many threads; on others sums are rounded in another order."""
    datasets: Annotated[dict[Name, Dataset], Field(min_length=1)]
    """The data sets, by name. `reader` says of which kind each is."""
    cleaning: Cleaning = Cleaning()
    """What is taken out of a tweet before it is tokenized."""
    models: Annotated[dict[Name, Model], Field(min_length=1)]
    """The models, by name."""
    training: Training = Training()
    """How models are fine-tuned, unless a model's own `training` says otherwise."""
    variants: Annotated[dict[Name, Variant], Field(min_length=1)]
    """The variants in which every model is exported, by name."""
    export: Export = Export()
    """Input lengths of exported files, and how they are checked."""
    devices: Annotated[dict[Name, Device], Field(min_length=1)]
    """The devices on which every exported file is measured, by name."""
    measure: Measure = Measure()
    """How files are measured."""
    report: Report = Report()
    """What the report shows."""

    @model_validator(mode="after")
    def _something_enabled(self) -> Config:
        for group in ("datasets", "models", "variants", "devices"):
            if not any(entry.enabled for entry in getattr(self, group).values()):
                raise ValueError(f"every entry of '{group}' has 'enabled: false'; there is nothing to do")
        return self

    @model_validator(mode="after")
    def _models_that_need_others(self) -> Config:
        for name, model in self.models.items():
            for key, needed in model.needs.items():
                self._check_needed(f"key 'models.{name}.{key}'", name, needed)
        try:
            graphlib.TopologicalSorter({name: model.needs.values() for name, model in self.models.items()}).prepare()
        except graphlib.CycleError as error:
            circle = " needs ".join(f"'{name}'" for name in reversed(error.args[1]))
            raise ValueError(f"key 'models': {circle}; start one of them from a checkpoint of its own") from None
        return self

    def _check_needed(self, where: str, name: str, needed: str) -> None:
        if needed == name:
            raise ValueError(f"{where}: '{name}' cannot start or learn from itself; name another model")
        if needed not in self.models:
            near = difflib.get_close_matches(needed, self.models, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(self.models)}"
            raise ValueError(f"{where}: there is no model '{needed}'; {hint}")
        if self.models[name].enabled and not self.models[needed].enabled:
            raise ValueError(f"{where}: '{needed}' has 'enabled: false'; enable it, or disable '{name}' too")

    def enabled(self, group: Literal["datasets", "models", "variants", "devices"]) -> list[str]:
        """Names of the entries of `group` that take part in the run."""
        return [name for name, entry in getattr(self, group).items() if entry.enabled]

    def lineage(self, model: str) -> list[Model]:
        """The model named, the one it starts from, and so on, to the one that starts from no other of them."""
        entry = self.models[model]
        return [entry, *(self.lineage(entry.start) if entry.start else [])]

    def training_of(self, model: str) -> Training:
        """`training` with the keys that the model named sets for itself."""
        return self.training.model_copy(update=self.models[model].training.model_dump(exclude_none=True))

    def without_teacher(self) -> dict[str, str]:
        """By student in the run, the model in the run that differs from it in nothing but `distillation`, where there is one."""

        def all_but_the_teacher(name: str) -> str:
            entry = self.models[name].model_dump_json(exclude={"distillation", "license", "training"})
            return entry + self.training_of(name).model_dump_json(exclude={"seeds"})

        names = self.enabled("models")
        alone = {all_but_the_teacher(name): name for name in names if self.models[name].distillation is None}
        students = {name: all_but_the_teacher(name) for name in names if self.models[name].distillation}
        return {name: alone[key] for name, key in students.items() if key in alone}


# --------------------------------------------------------------------------------------------------------------- load


def load(source: str | Path | Mapping[str, Any], name: str | None = None) -> Config:
    """Read and check a configuration.

    `source` is a YAML file or what was read from one; `name` is what messages call it. Raises `ConfigError`.
    """
    if isinstance(source, Mapping):
        raw: Any = dict(source)
        name = name or "configuration"
    else:
        name = name or str(source)
        raw = _read_yaml(Path(source), name)
    try:
        return Config.model_validate(raw)
    except ValidationError as error:
        lines = [f"{name}: {_explain(fault, raw)}" for fault in error.errors()]
        raise ConfigError("\n".join(dict.fromkeys(lines))) from None


def _read_yaml(path: Path, name: str) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except FileNotFoundError:
        raise ConfigError(f"{name}: there is no such file") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{name}: not readable as YAML: {error}") from None


def _explain(fault: Mapping[str, Any], raw: Any) -> str:
    """One line for one of pydantic's faults: the key's path, what is wrong, and the nearest thing that is right."""
    path = _path_in_file(fault["loc"])
    key = ".".join(path)
    where = f"key '{key}'" if key else "top level"
    if fault["type"] == "extra_forbidden":
        known = sorted(_known_keys(path[:-1], raw))
        near = difflib.get_close_matches(path[-1], known, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"known here: {', '.join(known)}"
        return f"unknown {where}; {hint}"
    if fault["type"] == "missing":
        return f"{where} is missing; config/README.md says what it means"
    message = str(fault["msg"]).removeprefix("Value error, ")
    if message.startswith("key '"):  # A check of several entries names them itself.
        return message
    given = fault["input"]
    shown = f" (given: {given!r})" if isinstance(given, (str, int, float, bool)) else ""
    return f"{where}: {message}{shown}"


def _path_in_file(loc: tuple[Any, ...]) -> list[str]:
    """`loc` without the parts pydantic adds: the tag of a union and `[key]` of a mapping."""
    path: list[str] = []
    tags = {reader for model in _dataset_models() for reader in _readers(model)}
    for part in loc:
        if part == "[key]" or (part in tags and len(path) == 2 and path[0] == "datasets"):
            continue
        path.append(str(part))
    return path


def _dataset_models() -> tuple[type[BaseModel], ...]:
    return get_args(get_args(Dataset)[0])


def _known_keys(path: list[str], raw: Any) -> set[str]:
    """The keys that may stand at `path`."""
    if len(path) == 2 and path[0] == "datasets":
        reader = raw["datasets"][path[1]].get("reader")
        return {key for model in _dataset_models() if reader in _readers(model) for key in model.model_fields}
    annotation: Any = Config
    for part in path:
        annotation = _below(annotation, part)
    return set(annotation.model_fields)


def _readers(model: type[BaseModel]) -> tuple[str, ...]:
    return get_args(model.model_fields["reader"].annotation)


def _below(annotation: Any, key: str) -> Any:
    """The type of what stands under `key` in a value of the type `annotation`: a model's field or a mapping's value."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        annotation = annotation.model_fields[key].annotation
    else:
        annotation = get_args(annotation)[1]
    return next(
        (part for part in get_args(annotation) if type(None) in get_args(annotation) and part is not type(None)), annotation
    )
