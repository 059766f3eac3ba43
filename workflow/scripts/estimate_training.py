"""Estimate what the training of a model takes, and print what to write under its `resources`.

Takes a few steps of the model with random weights as its training would take them, on random tweets of full length. Time and
memory are this machine's; the time on a GPU is not measured but follows from the operations of the training and the rate that
--gpu-teraflops assumes.

  python workflow/scripts/estimate_training.py --configfile config/replab2013.yaml --model bert-large --tweets 24140
"""

import os
from pathlib import Path
from typing import Annotated

from replite import cli
from replite.config.load import ConfigError, load
from replite.config.train import Architecture


@cli.script
def main(
    configfile: Annotated[Path, "the configuration (YAML)"],
    model: Annotated[str, "the model's name in it"],
    tweets: Annotated[int, "training texts"],
    architecture: Annotated[str | None, "keys of `architecture` as JSON, for a hub checkpoint that is not at hand"] = None,
    steps: Annotated[int, "steps to measure; default: %(default)s"] = 2,
    threads: Annotated[int, "threads that TensorFlow may use"] = os.cpu_count() or 1,
    gpu_teraflops: Annotated[float | None, "of a GPU: 10^12 operations a second that it sustains"] = None,
) -> None:
    os.environ["TF_NUM_INTRAOP_THREADS"] = str(min(threads, len(os.sched_getaffinity(0))))
    from replite.train.estimate import estimate

    settings = load(configfile)
    if model not in settings.models:
        raise ConfigError(f"{configfile}: models: there is no '{model}'")
    entry, training = settings.models[model], settings.training_of(model)
    if architecture:
        given = Architecture.model_validate_json(architecture)
        entry = entry.model_copy(update={"checkpoint": None, "architecture": given})
    found = estimate(entry, training, tweets, steps)
    print(f"{model}: {found.parameters:,} parameters; {training.model_dump_json()}")
    print(f"measured here: {found.step_seconds:.2f} s a step, {found.peak_mb:,.0f} MB at most")
    print(f"the whole training: {found.steps:,} steps, {found.operations:.3g} operations, {found.hours_here:.1f} hours here")
    hours, gpus = found.hours_here, 0
    if gpu_teraflops:
        hours, gpus = found.hours_at(gpu_teraflops), 1
        print(f"assumed, not measured: a GPU that sustains {gpu_teraflops:g} teraflops takes {hours:.1f} hours")
    print(f"with a margin: resources: {found.resources(hours, gpus).model_dump_json()}")
