"""The common part of all variants of a model with one batch size: a float32 FlatBuffer, its description, the model's answers."""

from collections import Counter
from pathlib import Path

from replite.data.splits import load_split, task_of
from replite.export import lengths
from replite.export.convert import convert
from replite.export.errors import ExportError
from replite.export.flatbuffer import describe
from replite.export.inputs import Traced, TraceJob
from replite.export.license import license_of
from replite.files import write_bytes, write_text
from replite.records.export import Trace
from replite.records.record import Identity
from replite.train.checkpoint import check_checkpoint, load
from replite.train.encoding import encode
from replite.train.predict import predict
from replite.train.vocabulary import listing


def trace(job: TraceJob, checkpoint: Path, train: Path, validation: Path, output: Traced) -> None:
    """Write the files of `output`. `train` and `validation` are prepared splits (Parquet). Raises `ExportError`."""
    check_checkpoint(checkpoint)
    task = task_of(train)
    classifier = load(checkpoint, task)
    counts = Counter(encode(load_split(train), classifier.tokenizer, classifier.preprocessing).lengths.tolist())
    chosen = _lengths(job, counts, classifier.preprocessing.max_length)
    print(f"{job.name}: converting {classifier.parameters:,} parameters, lengths {', '.join(map(str, chosen))}", flush=True)
    try:
        flatbuffer = convert(classifier.model, chosen, job.batch_size, classifier.graph.outputs)
    except ExportError as error:
        raise ExportError(f"{job.name}: {error}") from error
    tweets = load_split(validation).head(job.settings.check_tweets)
    encoded = encode(tweets, classifier.tokenizer, classifier.preprocessing)
    predictions = predict(classifier, encoded, f"{job.name}: float model").table(tweets, classifier.labels)
    write_bytes(output.model, flatbuffer)
    write_text(output.vocabulary, "".join(f"{line}\n" for line in listing(classifier.tokenizer)))
    write_text(output.predictions, predictions.to_csv(index=False))
    Trace(
        task=task,
        labels=classifier.labels,
        thresholds=classifier.thresholds,
        preprocessing=classifier.preprocessing,
        parameters=classifier.parameters,
        license=license_of(job.checkpoint, job.license),
        trained=job.trained,
        inputs=describe(output.model).inputs,
        lengths=chosen,
        batch_size=job.batch_size,
        tweets_by_pieces=dict(sorted(counts.items())),
        identity=Identity.of(
            output.record,
            inputs=[path for path in (checkpoint.parent / "metrics.json", train, validation) if path.exists()],
            decision=job,
            outputs=[output.model, output.vocabulary, output.predictions],
        ),
    ).write(output.record)


def _lengths(job: TraceJob, counts: Counter[int], max_length: int) -> list[int]:
    """The configured lengths that are shorter than the model's, or those that suit the tweets best; and the model's."""
    if job.settings.lengths is not None:
        return sorted({*(length for length in job.settings.lengths if length < max_length), max_length})
    return lengths.choose(counts, lengths.candidates(max_length), job.settings.signatures)
