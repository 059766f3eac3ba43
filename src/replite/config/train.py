"""Models, and how they are fine-tuned."""

import math
from collections import Counter
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model, field_validator, model_validator

from replite.config.entry import Entry, Fraction, Label, Name, PlainText

Thresholds = Literal["common", "per_label", "fixed"]
AVERAGED, HASHED = "averaged", "hashed"
WITHOUT_TRANSFORMER = (AVERAGED, HASHED)
"""The architectures without a transformer: of word pieces, and of n-grams."""


def _ascending(lengths: tuple[int, int]) -> tuple[int, int]:
    if not 1 <= lengths[0] <= lengths[1]:
        raise ValueError("give the least and the most, as in [1, 2]; an n-gram has one part at least")
    return lengths


NGramLengths = Annotated[tuple[int, int], AfterValidator(_ascending)]
"""The least and the most parts of an n-gram."""


class Training(Entry):
    """How a model is fine-tuned."""

    only: Annotated[Literal["all", "feasible"], Field(exclude=True)] = "all"
    """The models to train: `all`, or those that are `feasible`: of which some file keeps some budget on some device by the plan
    that `snakemake plan` made, with those that they start or learn from. It holds for all models alike."""
    epochs: Annotated[int, Field(ge=1)] = 3
    """Passes over the training texts, at most."""
    batch_size: Annotated[int, Field(ge=1)] = 32
    """Texts in one step."""
    micro_batch_size: Annotated[int, Field(ge=1)] | None = None
    """Texts that go through the model at once; the gradients of a step are summed over such parts, and are the same as for the
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
    word_dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of the word pieces that a step reads as the mask, drawn anew in each (Iyyer et al., 2015): what is learnt from those
    around them holds for words and names that no training text has."""
    freeze_embeddings: bool = False
    """Leave the embeddings of a checkpoint as they are, those of word pieces, places and types with what normalizes them: pieces
    of words and names that no training text has stay alike to those that are learnt from. An `architecture` without a checkpoint
    learns its own all the same; by a model's own key it is refused."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """Of the products in a training step, and in the answers by which epochs are chosen. `bfloat16` is faster where the processor
    has it (AVX512-BF16, AMX) or an accelerator; weights, their updates, the thresholds' tuning and all that is reported and
    exported stay float32."""
    class_weights: Literal["none", "balanced"] = "none"
    """`balanced` weighs each text by the inverse frequency of its label; of several labels, each that a text has by how many
    texts lack it for one that has it; of entities, each word by the inverse square root of its tag's frequency."""
    thresholds: Thresholds = "common"
    """With several labels, the score from which on one is answered. With entities, the probability from which on a word has its
    likeliest tag of an entity, whatever that of none is; a type's holds for its B- and I-. `common` is one for all labels or
    types, that with the best macro-F1, or F1 of entities, on the validation texts; `per_label` has for each that with its best F1
    there; `fixed` is 0.5, and with entities none, so that the likeliest of all tags wins. What the others would give stands in
    metrics.json."""
    patience: Annotated[int, Field(ge=1)] = 2
    """Stop after this many epochs without a better primary metric of the task on the validation texts; the best epoch is kept."""
    checkpoint_every_steps: Annotated[int, Field(ge=1)] | None = 200
    """Save the state to resume from every so many steps, beside each epoch's end; `null`: at each epoch's end only."""
    seeds: Annotated[int, Field(ge=1, le=1000)] = 1
    """Runs of each model, with the seeds `seed`, `seed` + 1, ...: the first is exported; all together give the mean and its 95 %
    interval, and teach."""


def _nullable(group: type[Entry]) -> dict[str, Any]:
    """The keys of a group that decide an outcome as those of another, in which each may be left out."""
    see: Any = Field(None, description="See `training`.")
    types: dict[str, Any] = {
        name: Annotated[(field.annotation, *field.metadata, None)]
        for name, field in group.model_fields.items()
        if not field.exclude
    }
    return {name: (kind | None, see) for name, kind in types.items()}


class TrainingOverride(create_model("_Nullable", __base__=Entry, **_nullable(Training))):  # type: ignore[misc]
    """The keys of `training` that this model sets for itself; the others keep their value there."""


class Architecture(BaseModel):
    """A model to be trained from nothing: the model type and whatever else its transformers configuration takes.

    `averaged` is one without a transformer: each word piece has a row of `hidden_size` numbers, and a network of one layer of
    `intermediate_size` units (0: none) reads the mean of a text's rows; `weighed: true` learns a weight for each piece, unless
    the embeddings are frozen, and `hidden_dropout_prob` is the dropout before and behind that layer. With a `checkpoint` beside
    it, the rows and the tokenizer are that checkpoint's at first, reduced to the `hidden_size` principal components. It takes
    `learning_rate` and `epochs` well above a transformer's. Entities it knows by each piece's own row alone, whatever stands
    around it.

    `hashed` is the same without word pieces: the words of a text, with those before them, and the runs of characters in them are
    hashed into `buckets`, which have a row each, so that any word is known by its parts. `max_length` counts these n-grams, some
    twenty for a word. With `input: pair` each word has one more together with the topic. It knows whole texts alone, no entities.
    """

    model_config = ConfigDict(extra="allow", frozen=True, use_attribute_docstrings=True)

    model_type: Literal["bert", "mobilebert", "distilbert", "electra", "roberta", "averaged", "hashed"]
    """The transformers library's name of the architecture, or `averaged` or `hashed`. Every other key goes to its configuration
    as it is."""
    vocab_size: Annotated[int, Field(ge=100)] = 2000
    """Word pieces in the vocabulary, learnt from the training texts; a RoBERTa's has at least 261, all bytes included. With a
    `checkpoint` its own vocabulary counts, which `vocabulary` cuts down."""
    buckets: Annotated[int, Field(ge=100)] = 32_000
    """Of `hashed`: rows for n-grams. With fewer, more n-grams share one."""
    words: NGramLengths = (1, 2)
    """Of `hashed`: the least and the most words of an n-gram."""
    characters: NGramLengths | None = (2, 5)
    """Of `hashed`: the least and the most characters of an n-gram within a word and the spaces around it; `null`: none."""

    @model_validator(mode="after")
    def _keys_of_its_type(self) -> Self:
        changed = {key for key, field in type(self).model_fields.items() if getattr(self, key) != field.default}
        for key in sorted(changed & ({"vocab_size"} if self.model_type == HASHED else N_GRAMS)):
            hint = "it has no word pieces, give 'buckets'" if key == "vocab_size" else f"n-grams are for '{HASHED}', take it out"
            raise ValueError(f"'{key}' is no key of '{self.model_type}': {hint}")
        return self

    @property
    def settings(self) -> dict[str, Any]:
        """What its transformers configuration is given."""
        return self.model_dump(exclude={"vocab_size"} if self.model_type == HASHED else N_GRAMS)


N_GRAMS = {"buckets", "words", "characters"}
"""The keys of `hashed` alone."""


class Vocabulary(Entry):
    """The word pieces of a checkpoint's vocabulary that are kept."""

    minimum_count: Annotated[int, Field(ge=1)] = 2
    """Keep a word piece that occurs at least this often in the training texts; single characters met there (of a RoBERTa: all
    bytes) are kept too."""
    pieces: Annotated[int, Field(ge=1)] | None = None
    """Keep so many of these, the most frequent ones, and where there are fewer, fill up with the first of the checkpoint's, which
    lists its pieces by their frequency in the texts that it was made from: with few training texts, and for names, a model then
    still reads common words whole. The single characters come on top. `null`: all of these, and no others."""
    corpus: str | None = None
    """A text file (UTF-8, one text a line, cleaned as all are) to count the pieces in; `null` takes the training texts."""


class Distillation(Entry):
    """Learning from a teacher, another model of this configuration, beside the true labels (Hinton et al., 2015).

    A text's loss is (1 - w) CE(y, s) + w T^2 KL(softmax(t / T), softmax(s / T)) + h (1 - cos(c_t, c_s)): y is the true label,
    s and t are the student's and the teacher's logits, c_s and c_t their last layer's states of the first piece ([CLS]);
    w is `soft_label_weight`, T `temperature`, h `hidden_state_weight`. Of several labels CE and KL are means over the labels,
    with a sigmoid for the softmax; of entities over the words, with the mean of their first pieces' states.
    """

    teacher: Name
    """The teacher's name under `models`. Its outputs for the training texts are computed once, for all its students."""
    temperature: Annotated[float, Field(gt=0)] = 2.0
    """Divides both models' logits: the higher, the more the unlikely labels count."""
    soft_label_weight: Fraction = 0.5
    """Share of the teacher's labels in the loss; the rest is that of the true ones."""
    hidden_state_weight: Annotated[float, Field(ge=0)] = 0.0
    """Weight of the cosine distance between the two models' states, which have to be of one width (Sanh et al., 2019)."""
    bag_of_words: Fraction = 0.0
    """Share of the bag-of-words classifier in the teacher's labels of the training texts: their probabilities' mean is learnt
    from, weighed so. That classifier, a logistic regression on words and characters, errs elsewhere than a transformer does, and
    speaks of each text as one that has not learnt from it (out-of-fold)."""
    unlabelled: bool = False
    """Learn from the data set's texts without a label too, by all terms but the first. RepLab's are the training side's tweets
    without polarity and those of `background/`; for your own, the data set's `unlabelled` or `unlabelled_split` says where."""

    @model_validator(mode="after")
    def _something_to_learn(self) -> Self:
        if self.unlabelled and not self.soft_label_weight and not self.hidden_state_weight:
            raise ValueError("'unlabelled' needs 'soft_label_weight' or 'hidden_state_weight' above 0")
        return self


class Resources(Entry):
    """The resources that the training job of a model asks a cluster for; `workflow/scripts/estimate_training.py` estimates it."""

    memory_mb: Annotated[int, Field(ge=1)] = 16000
    """Memory in MB."""
    hours: Annotated[float, Field(gt=0, le=10_000)] = 24
    """Time after which the cluster ends the job. One that ran out of it goes on from its last saved state at the next call."""
    gpus: Annotated[int, Field(ge=0)] = 0
    """GPUs, which only a TensorFlow that supports them uses: that of `make env ENVIRONMENT=gpu`."""

    @property
    def minutes(self) -> int:
        """The time in whole minutes."""
        return math.ceil(60 * self.hours)


class Model(Entry):
    """A model: a `checkpoint`, to be fine-tuned or `trained` already, or an `architecture`; an `averaged` one may have both."""

    enabled: bool = True
    """`false` leaves the model out of the run."""
    checkpoint: str | None = None
    """A transformers checkpoint: a folder, a hub name, `package:<name>/<folder>` for one shipped in a Python package, or
    `model:<name>` for what another model of this configuration is after its fine-tuning, its head included.
    `model:<dataset>/<name>` is that model after its fine-tuning on another data set; both may have `enabled: false`, and the head
    is kept where it has as many labels; the same ones may stand in another order."""
    trained: bool = False
    """`true` takes the checkpoint as it is, fine-tuned already: it is scored, exported and measured, and nothing is trained. What
    it answers has to be the data set's labels, by their names in config.json's `id2label`, in any order and letters of any
    case."""
    labels: dict[Label, Label] = {}
    """With `trained`, the data set's labels by the checkpoint's where these are called otherwise, as in
    `{LABEL_0: negative, LABEL_1: positive}`."""
    architecture: Architecture | None = None
    """A configuration to train from nothing, with a vocabulary of its own; of `averaged` also one that starts from the embeddings
    of a `checkpoint`."""
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
    origin: PlainText | None = None
    """Where the checkpoint comes from, for those who get results or files: a citation or an address."""
    terms: PlainText | None = None
    """The terms, beside its licence, under which it may be used and passed on, for the same."""
    vocabulary: Vocabulary | None = None
    """Cut a checkpoint's vocabulary, and its embedding table, down to what the training texts use; `null` keeps all of it."""
    input: Literal["pair", "text"] = "pair"
    """`pair` gives the model (topic, text), because a label may depend on what the text is about; `text` gives it the text
    alone."""
    pooling: Literal["first", "mean"] | None = None
    """What the head of a task that answers for whole texts reads: the `first` piece's state, as in BERT, or the `mean` of all, by
    which sentence encoders were trained. `null`: as the checkpoint was fine-tuned, else the first."""
    capitals: bool | None = None
    """With entities, `true` tells the model which words have a capital, by the token types (BERT's two kinds of segment): names
    are known by it, and most small checkpoints read no capitals. For models with token types, which a DistilBERT and a RoBERTa
    have not. `null`: as the checkpoint was fine-tuned, else not."""
    max_length: Annotated[int, Field(ge=8, le=512)] = 64
    """Word pieces the model sees; what is cut off beyond that is counted in every result."""
    distillation: Distillation | None = None
    """Learn from a teacher too; `null` learns from the true labels alone."""
    training: TrainingOverride = TrainingOverride()
    """Keys of `training` that differ for this model."""
    resources: Resources = Resources()
    """What its training job asks a cluster for."""

    @model_validator(mode="after")
    def _keys_of_its_type(self) -> Self:
        for key in ("checkpoint", "vocabulary"):
            if self.model_type == HASHED and getattr(self, key) is not None:
                raise ValueError(f"'{key}' is for word pieces, and '{HASHED}' has n-grams alone; take it out")
        if self.model_type in WITHOUT_TRANSFORMER and self.pooling:
            raise ValueError(f"'pooling' is for a transformer; '{self.model_type}' always reads the mean, take it out")
        return self

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        both = self.checkpoint is not None and self.architecture is not None
        if (self.checkpoint is self.architecture is None) or (both and self.model_type != AVERAGED):
            raise ValueError("give either 'checkpoint' or 'architecture', and not both")
        if self.architecture and self.vocabulary and not both:
            raise ValueError("'vocabulary' is for a 'checkpoint'; an architecture learns as many pieces as its 'vocab_size' says")
        if self.checkpoint is None and self.training.freeze_embeddings:
            raise ValueError("'training.freeze_embeddings' keeps those of a 'checkpoint'; an architecture's have to be learnt")
        for key in ("layers", "heads", "hidden", "intermediate"):
            if self.architecture and getattr(self, key) is not None:
                raise ValueError(f"'{key}' keeps part of a 'checkpoint'; the size of an architecture stands in its own keys")
        return self

    @model_validator(mode="after")
    def _nothing_to_train(self) -> Self:
        if not self.trained:
            if self.labels:
                raise ValueError("'labels' is for a checkpoint with 'trained: true'; any other model learns the data set's")
            return self
        if self.checkpoint is None or self.architecture:
            raise ValueError("'trained: true' is for a 'checkpoint'; an architecture has learnt nothing yet, take it out")
        kept = ("layers", "heads", "hidden", "intermediate", "pooling", "capitals", "distillation")
        idle = [key for key in kept if getattr(self, key) is not None]
        idle += [f"training.{key}" for key in self.training.model_dump(exclude_none=True)]
        if idle:
            raise ValueError(f"with 'trained: true' nothing is trained; take out what is for a training: {', '.join(idle)}")
        repeated = [label for label, count in Counter(self.labels.values()).items() if count > 1]
        if repeated:
            raise ValueError(f"'labels' gives '{repeated[0]}' to several of the checkpoint's labels; give each another")
        return self

    @field_validator("checkpoint")
    @classmethod
    def _named(cls, checkpoint: str | None) -> str | None:
        if checkpoint == "":
            raise ValueError("it is empty; give a folder, a hub name or package:...")
        return checkpoint

    @field_validator("layers", mode="before")
    @classmethod
    def _count_or_list(cls, layers: Any) -> Any:
        count = type(layers) is int and layers >= 1
        ascending = isinstance(layers, list) and layers and all(type(layer) is int and layer >= 0 for layer in layers)
        if layers is None or count or (ascending and layers == sorted(set(layers))):
            return layers
        raise ValueError("give how many layers to keep, or list them, counted from 0, each once, in ascending order")

    @property
    def model_type(self) -> str | None:
        """Its architecture's; of a checkpoint alone that is not known."""
        return self.architecture.model_type if self.architecture else None

    @property
    def start(self) -> str | None:
        """The model of this configuration whose fine-tuned checkpoint this one starts from, if it does."""
        prefix, colon, place = (self.checkpoint or "").partition(":")
        return place.rpartition("/")[2] if prefix + colon == "model:" else None

    @property
    def start_dataset(self) -> str | None:
        """The data set on which that model was fine-tuned, if it is not the one that this model is fine-tuned on."""
        dataset, slash, _ = (self.checkpoint or "").removeprefix("model:").rpartition("/")
        return dataset if slash and self.start is not None else None

    @property
    def teacher(self) -> str | None:
        """The model of this configuration that this one learns from, if it does."""
        return self.distillation.teacher if self.distillation else None

    @property
    def corpus(self) -> Path | None:
        """The file that the vocabulary is pruned by, if it is not the training texts."""
        return Path(self.vocabulary.corpus) if self.vocabulary and self.vocabulary.corpus else None

    @property
    def needs(self) -> dict[str, str]:
        """The models of this configuration that have to be trained before this one, by the key that names them."""
        names = {"checkpoint": self.start, "distillation.teacher": self.teacher}
        return {key: name for key, name in names.items() if name is not None}
