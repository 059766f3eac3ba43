"""Estimate what the training of a model takes, and print what to write under its `resources`.

Takes a few steps of the model with random weights as its training would take them, on random tweets of full length. Time and
memory are this machine's; the time on a GPU is not measured but follows from the operations of the training and the rate that
--gpu-teraflops assumes.

  python workflow/scripts/estimate_training.py --configfile config/replab2013.yaml --model bert-large --tweets 24140
"""

import argparse
import os
from pathlib import Path

from replite import cli
from replite.config.load import ConfigError, load
from replite.config.train import Architecture
from replite.train.errors import TrainError


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--configfile", type=Path, required=True, help="the configuration (YAML)")
    parser.add_argument("--model", required=True, help="the model's name in it")
    parser.add_argument("--architecture", help="keys of `architecture` as JSON, for a hub checkpoint that is not at hand")
    parser.add_argument("--tweets", type=int, required=True, help="training tweets")
    parser.add_argument("--steps", type=int, default=2, help="steps to measure; default: %(default)s")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads that TensorFlow may use")
    parser.add_argument("--gpu-teraflops", type=float, help="of a GPU: 10^12 operations a second that it sustains")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    os.environ["TF_NUM_INTRAOP_THREADS"] = str(min(arguments.threads, len(os.sched_getaffinity(0))))
    from replite.train.estimate import estimate

    settings = load(arguments.configfile)
    if arguments.model not in settings.models:
        raise ConfigError(f"{arguments.configfile}: models: there is no '{arguments.model}'")
    entry, training = settings.models[arguments.model], settings.training_of(arguments.model)
    if arguments.architecture:
        architecture = Architecture.model_validate_json(arguments.architecture)
        entry = entry.model_copy(update={"checkpoint": None, "architecture": architecture})
    found = estimate(entry, training, arguments.tweets, arguments.steps)
    print(f"{arguments.model}: {found.parameters:,} parameters; {training.model_dump_json()}")
    print(f"measured here: {found.step_seconds:.2f} s a step, {found.peak_mb:,.0f} MB at most")
    print(f"the whole training: {found.steps:,} steps, {found.operations:.3g} operations, {found.hours_here:.1f} hours here")
    hours, gpus = found.hours_here, 0
    if arguments.gpu_teraflops:
        hours, gpus = found.hours_at(arguments.gpu_teraflops), 1
        print(f"assumed, not measured: a GPU that sustains {arguments.gpu_teraflops:g} teraflops takes {hours:.1f} hours")
    print(f"with a margin: resources: {found.resources(hours, gpus).model_dump_json()}")


if __name__ == "__main__":
    cli.run(main, TrainError, ConfigError)
