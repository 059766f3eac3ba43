"""A plan: the short runs that it makes of a configuration's settings, and the models that need to be built for it.

All numbers of a plan that are no user's stand here.
"""

import json

from replite.config.entry import TOLD
from replite.config.export import Export
from replite.config.measure import Measure
from replite.config.whole import Config

TEXTS = 40
"""Test texts run on a device, spread over the texts' lengths: in their middle lies the median, and two are behind the 95th
percentile."""
SAMPLES = 120
"""Timed inferences: three passes over them, so that one disturbance is no percentile."""
SECONDS = 1.0
"""Of timed inference."""
WARMUP = 3
CHECKED_TEXTS = 8
"""Validation texts that a file answers once; with weights that learned nothing the answers tell only that it runs."""
STEPS = 1
"""Steps of a training that are timed, after one that is not."""
MARGIN = 0.1
"""Part of a time by which a short run may be wrong: the ends of its interval lie as far apart at least."""
OTHERS = ("enabled", "license", *TOLD, "training", "resources", "distillation")
"""Keys of a model on which neither its size nor its speed depends."""


def short(settings: Measure) -> Measure:
    """The settings of measuring for a plan: one run, short, of times and memory alone."""
    texts = min(TEXTS, settings.tweets or TEXTS)
    run = {"warmup": WARMUP, "repeats": 1, "minimum_samples": SAMPLES, "minimum_seconds": SECONDS}
    return settings.model_copy(
        update={"tweets": texts, **run, "idle_seconds": 0.0, "pause_seconds": None, "sustained_seconds": 0.0}
    ).of_cells


def unchecked(settings: Export) -> Export:
    """The settings of an export that no answers decide."""
    return settings.model_copy(update={"minimum_agreement": 0.0, "check_tweets": CHECKED_TEXTS})


def models(config: Config) -> list[str]:
    """Names of the models to plan: those of the run, and those that `plan_models` names."""
    return [name for name in config.models if config.models[name].enabled or name in config.plan_models]


def devices(config: Config) -> list[str]:
    """Names of the devices to plan for; what an emulated one takes is not known."""
    return [name for name in config.enabled("devices") if not config.devices[name].emulated]


def twins(config: Config) -> dict[str, str]:
    """By model, the first that is built as it is: what it learns and from whom makes no file larger or slower."""
    first: dict[str, str] = {}
    return {name: first.setdefault(_built_as(config, name), name) for name in config.models}


def _built_as(config: Config, name: str) -> str:
    entry = config.models[name]
    start = [entry.start_dataset, _built_as(config, entry.start)] if entry.start else None
    return json.dumps([entry.model_dump(mode="json", exclude={*OTHERS, *(["checkpoint"] if start else [])}), start])
