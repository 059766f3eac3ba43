"""Records of exported files."""

from pathlib import Path
from typing import Literal, Self

from replite.records.record import Document, Record, check_file
from replite.records.train import Preprocessing


class Operator(Record):
    """An operator of a FlatBuffer."""

    name: str
    """Its builtin name, or the custom code of a custom one."""
    version: int
    count: int


class Fidelity(Record):
    """A file run in one runtime against the float model it was made from."""

    runtime: str
    runtime_version: str
    tweets: int
    """Validation texts compared."""
    agreement: float
    """The agreement of their answers, by the task's own measure: of one label, the share with the same."""
    largest_difference: float | None
    """Largest absolute difference between two outputs; null where these are no number for each label."""
    figures: dict[str, float]
    """The task's metrics on them. Files are chosen by the primary one, so that the test texts have no part in it."""


class LayerError(Record):
    """The loss of one layer, and those before it, by calibrated quantization."""

    layer: str
    """Name of the layer's output in float.tflite."""
    operator: str
    error: float
    """Root mean square of the difference between the outputs of the file and of the float model, in parts of the latter's."""


class Source(Record):
    """The words of the configuration on a checkpoint or a data set."""

    origin: str | None = None
    """Where it comes from."""
    terms: str | None = None
    """The terms under which it may be used and passed on."""


class Trace(Document):
    """The description of the float32 FlatBuffer that all variants of a model are made of."""

    task: str
    labels: list[str]
    """The data set's labels."""
    thresholds: list[float] = []
    """The score from which on each is answered, for a task with such thresholds."""
    preprocessing: Preprocessing
    parameters: int
    """Weights of the model."""
    license: str
    """Licence of the checkpoint it was made from."""
    trained: bool = False
    """Whether its checkpoint was taken as it is, fine-tuned elsewhere, on other texts than the data set's."""
    inputs: list[str]
    """Names of the inputs, of input_ids, attention_mask, token_type_ids."""
    lengths: list[int]
    """Input lengths, ascending; the FlatBuffer has a signature for each."""
    batch_size: int = 1
    """Texts that the FlatBuffer takes at once."""
    tweets_by_pieces: dict[int, int]
    """Training texts by their number of word pieces."""


class Manifest(Document):
    """An exported file."""

    dataset: str
    """The data set the model was trained on, unless it was `trained`, and checked on."""
    model: str
    variant: str
    task: str
    quantization: str
    sha256: str
    """Hash of model.tflite."""
    model_bytes: int
    read_bytes: int = 0
    """Bytes of it that every inference reads: its constants, without the tables of which it reads some rows."""
    parameters: int
    """Weights of the float model."""
    license: str = "not stated"
    trained: bool = False
    """Whether its checkpoint was taken as it is, fine-tuned elsewhere, on other texts than the data set's."""
    vocabulary_sha256: str
    vocabulary_bytes: int = 0
    labels: list[str]
    thresholds: list[float] = []
    """The score from which on each label is answered, for a task with such thresholds; none: the task's own."""
    inputs: list[str]
    """Names of a signature's int32 [batch_size, length] inputs, of input_ids, attention_mask, token_type_ids."""
    output: str
    """Name of a signature's output, float32 [batch_size, ...]: of one label, probabilities [batch_size, labels]; of several,
    scores of the same shape; of entities, probabilities [batch_size, length, tags], of O and of B- and I- for each label."""
    batch_size: int = 1
    lengths: list[int]
    """Input lengths, ascending; the signature of each is called `length_<length>`. Subgraph 0 is that of the longest."""
    preprocessing: Preprocessing
    operators: list[Operator]
    """The operators of the longest length's graph; those of the others are the same."""
    fidelity: list[Fidelity]
    """One for each runtime the file was checked in. validation_predictions.csv beside it holds the answers in the one where it
    does worst."""
    refused_by: dict[str, str]
    """Runtimes that cannot load the file, and why: an operator's version, as a rule."""
    calibration: list[str] = []
    """`<topic_id>/<tweet_id>` of the training texts that it was calibrated with, if it was."""
    layer_errors: list[LayerError] = []
    """The matrix products of a calibrated file that lose most, the worst first."""
    packages: dict[str, str]
    """Versions of the packages that made it."""
    sources: dict[Literal["checkpoint", "dataset"], Source] = {}
    """In a bundle: the words of the configuration on what it was made from."""

    @classmethod
    def read_with_files(cls, folder: Path) -> Self:
        """The manifest in an export's folder. Raises `RecordError` if model or vocabulary beside it were changed since."""
        document = folder / "manifest.json"
        manifest = cls.read(document)
        check_file(folder / "model.tflite", manifest.sha256, document)
        check_file(folder / "vocab.txt", manifest.vocabulary_sha256, document)
        return manifest
