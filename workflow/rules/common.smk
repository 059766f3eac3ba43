"""What every stage shares: the checked configuration, the wildcards, the code a job depends on."""

import json
import os
import random
import re
import sys
from itertools import product
from pathlib import Path
from shlex import quote

from snakemake.exceptions import WorkflowError

# The package and the environment that runs Snakemake serve every job, whether or not they are installed and activated.
SOURCE = Path(workflow.basedir, "src")
sys.path.insert(0, str(SOURCE))
# A prefix of one's own takes the place of Snakemake's, which makes a pipe fail with any of its commands: hence `set`.
shell.prefix(
    "set -euo pipefail; "
    f"export PATH={quote(str(Path(sys.executable).parent))}:$PATH PYTHONPATH={quote(str(SOURCE))}; "
)

from replite import dependencies
from replite.config.load import load
from replite.config.yaml_file import ConfigError, read
from replite.removal import remove

HOST = "../../envs/host.yaml"

CONFIG_FILES = workflow.overwrite_configfiles or ["config/config.yaml"]


def told(check, *arguments):
    """What `check` gives; a mistake in a configuration ends the planning with its message."""
    try:
        return check(*arguments)
    except ConfigError as error:
        raise WorkflowError(str(error)) from None


# A configuration given with --configfile stands alone; Snakemake would mix it with one named here.
if not workflow.overwrite_configfiles:
    told(read, *CONFIG_FILES)

    configfile: CONFIG_FILES[0]


CONFIG = told(load, config, None, CONFIG_FILES)

DATASETS = CONFIG.enabled("datasets")
MODELS = CONFIG.enabled("models")
VARIANTS = CONFIG.enabled("variants")
DEVICES = CONFIG.enabled("devices")


# A model may start from one that takes no part in the run, on a data set that takes none either.
wildcard_constraints:
    dataset="|".join(map(re.escape, CONFIG.datasets)),
    model="|".join(map(re.escape, CONFIG.models)),
    variant="|".join(map(re.escape, VARIANTS)),
    device="|".join(map(re.escape, DEVICES)),
    batch_size=r"\d+",
    repeat=r"\d+",
    seed=r"\d+",


def code(rule_name):
    """The script of a rule and the modules of the package that it uses."""
    script = Path(workflow.basedir, "workflow", "scripts", f"{rule_name}.py")
    return [os.path.relpath(path) for path in (script, *dependencies.used_by(script))]


def as_json(value):
    """A value of the configuration as a job's parameter: it changes exactly when the value does, whatever the order of keys."""
    return json.dumps(value, default=lambda entry: entry.model_dump(), sort_keys=True)


def device_program():
    """What is copied to a device."""
    return sorted(os.path.relpath(path) for path in SOURCE.glob("replite/device/*.py"))


def bundle_program():
    """What is packed with an exported file."""
    folder = SOURCE / "replite/bundle"
    files = (folder / "README.md.j2", folder / "classify.py")
    return [os.path.relpath(p) for p in (*files, *dependencies.used_by(files[1]))]


# A job on a board takes the only one of the resource named after it.
DEVICE_RESOURCES = sorted({CONFIG.devices[name].board for name in DEVICES})

for resource in DEVICE_RESOURCES:
    workflow.register_resource(resource, 1)


def measuring_threads(device):
    """While a simulated device, this machine, is measured, no other job may run: it takes all cores.

    On a cluster, where Snakemake counts no cores, the other jobs run elsewhere.
    """
    if CONFIG.devices[device].simulated:
        return workflow.resource_settings.cores or 1
    return 1


def every_repeat(file):
    """This output of each run of a file on a device."""
    return expand(
        rules.run_on_device.output[file],
        repeat=range(CONFIG.measure.repeats),
        allow_missing=True,
    )


def meter_readings(wildcards):
    """An external meter's file, if there is one and it is there; it may come later."""
    meter = CONFIG.devices[wildcards.device].energy.meter
    return [meter] if meter and os.path.isfile(meter) else []


def turn(wildcards):
    """A run's priority: rounds in which every file of a device has its turn, in an order drawn by `seed`.

    Below that of all other jobs (0), so that files that can be made are made first and a round has as many as there can be.
    """
    place = random.Random(f"{CONFIG.seed} {sorted(wildcards.items())}").random()
    return -int(wildcards.repeat) - place


def page_template():
    """What the report's page is made from."""
    return sorted(
        os.path.relpath(path) for path in SOURCE.glob("replite/report/templates/*")
    )


def every_run(file):
    """An input function: this file of each of a model's runs, the exported one's first."""

    def paths(wildcards):
        others = range(1, CONFIG.training_of(wildcards.model).seeds)
        again = rules.train_again.output[file]
        return [
            rules.train.output[file].format(**wildcards),
            *(again.format(**wildcards, seed=CONFIG.seed + n) for n in others),
        ]

    return paths


def train_job(wildcards):
    """What decides the outcome of a training run beside the data: not how many runs there are."""
    entry = CONFIG.models[wildcards.model]
    return as_json(
        {
            "dataset": wildcards.dataset,
            "model": wildcards.model,
            "entry": entry.model_dump(exclude={"license", "training", "resources"}),
            "training": CONFIG.training_of(wildcards.model).model_dump(
                exclude={"seeds"}
            ),
            "cleaning": CONFIG.cleaning,
            "seed": int(wildcards.get("seed", CONFIG.seed)),
        }
    )


def asked_for(resource):
    """A resource of a model's training job: what the configuration asks a cluster for."""

    def amount(wildcards):
        return getattr(CONFIG.models[wildcards.model].resources, resource)

    return amount


def start_checkpoint(wildcards):
    """The fine-tuned checkpoint of another model that a model starts from, on its own data set or on another."""
    entry = CONFIG.models[wildcards.model]
    if not entry.start:
        return []
    dataset = entry.start_dataset or wildcards.dataset
    return f"results/train/{dataset}/{entry.start}/checkpoint"


def teaching(wildcards):
    """What a model's teacher said of the training tweets, if it has one."""
    if teacher := CONFIG.models[wildcards.model].teacher:
        return f"results/train/{wildcards.dataset}/{teacher}/teaching.npz"
    return []


def bag_of_words_teaching(wildcards):
    """What the bag-of-words classifier says of the training tweets, for a student that learns from it too."""
    distillation = CONFIG.models[wildcards.model].distillation
    if distillation and distillation.bag_of_words:
        return f"results/train/{wildcards.dataset}/bag_of_words.npz"
    return []


def unlabelled_teaching(wildcards):
    """The teacher's outputs for the tweets without a label, for a student that learns from them."""
    distillation = CONFIG.models[wildcards.model].distillation
    if distillation and distillation.unlabelled:
        return f"results/train/{wildcards.dataset}/{distillation.teacher}/teaching_unlabelled.npz"
    return []


def option(name, value):
    """A command's option, or nothing where there is no value."""
    return f"{name} {quote(str(value))}" if value else ""


def trace_job(wildcards):
    """What decides a model's float32 FlatBuffer beside the checkpoint and the tweets."""
    lineage = CONFIG.lineage(wildcards.model)
    return as_json(
        {
            "dataset": wildcards.dataset,
            "model": wildcards.model,
            "batch_size": int(wildcards.batch_size),
            "settings": CONFIG.export.model_dump(exclude={"minimum_agreement"}),
            "checkpoint": lineage[-1].checkpoint,
            "license": next(
                (entry.license for entry in lineage if entry.license), None
            ),
        }
    )


def traced(file):
    """An input function: this output of the trace that a variant is made from."""

    def path(wildcards):
        batch_size = CONFIG.variants[wildcards.variant].batch_size
        return rules.trace.output[file].format(**wildcards, batch_size=batch_size)

    return path


def corpus_file(wildcards):
    """The text file that a model's vocabulary is counted in, if there is one; the script says what is wrong with a missing one."""
    corpus = CONFIG.models[wildcards.model].corpus
    return [str(corpus)] if corpus and corpus.is_file() else []


def calibration_tweets(wildcards):
    """The training split for a variant that is calibrated, nothing for others."""
    if CONFIG.variants[wildcards.variant].activation_bits:
        return rules.prepare_data.output.train.format(dataset=wildcards.dataset)
    return []


def export_job(wildcards):
    """What decides how a model is exported and checked."""
    return as_json(
        {
            "dataset": wildcards.dataset,
            "model": wildcards.model,
            "variant": wildcards.variant,
            "entry": CONFIG.variants[wildcards.variant],
            "settings": CONFIG.export,
            "seed": CONFIG.seed,
        }
    )
