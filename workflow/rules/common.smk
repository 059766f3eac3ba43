"""What every stage shares: the checked configuration, the wildcards, the code a job depends on."""

import os
import random
import re
import sys
from itertools import product
from pathlib import Path
from shlex import quote

from snakemake.exceptions import WorkflowError

# The workflow's own files, wherever it runs and whoever includes it.
CHECKOUT = Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).parents[1]
SOURCE = CHECKOUT / "src"
SCRIPTS = CHECKOUT / "workflow/scripts"
if not SCRIPTS.is_dir():
    raise WorkflowError(
        f"{CHECKOUT}: RepLite does not run from an address; clone the repository and name the Snakefile in it"
    )

# The package and the environment that runs Snakemake serve every job, whether or not they are installed and activated.
sys.path.insert(0, str(SOURCE))
# A prefix of one's own takes the place of Snakemake's, which makes a pipe fail with any of its commands: hence `set`.
shell.prefix(
    "set -euo pipefail; "
    f"export PATH={quote(str(Path(sys.executable).parent))}:$PATH PYTHONPATH={quote(str(SOURCE))}"
    f" REPLITE_SCRIPTS={quote(str(SCRIPTS))}; "
)

from replite import dependencies, handover
from replite.config.load import ConfigError, load
from replite.data.sources import source_files, unlabelled_files

HOST = "../../envs/host.yaml"
# Where the rules' outputs stand, for a parameter: Snakemake itself puts the `prefix` of a module before outputs alone.
RESULTS = str(workflow.modifier.modify_path("results"))

try:
    CONFIG = load(
        config,
        name=", ".join(map(str, workflow.overwrite_configfiles))
        or "config/config.yaml",
    )
except ConfigError as error:
    raise WorkflowError(str(error)) from None

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


def own(files):
    """Files of the workflow as a job's inputs, which no `prefix` of a module moves; relative, so that a copied project reruns nothing."""
    return [local(os.path.relpath(file)) for file in files]


def code(rule_name):
    """The script of a rule and the modules of the package that it uses."""
    script = SCRIPTS / f"{rule_name}.py"
    return own([script, *dependencies.used_by(script)])


def filled(output, **values):
    """A rule's output for these wildcards; `format` would forget that a module's `prefix` stands before it already."""
    return expand(output, **values)[0]


def in_file(value):
    """A value of the configuration as a job's parameter: a file, whose name changes exactly when the value does."""
    return str(handover.write(value, Path(".replite/handover")))


def device_program():
    """What is copied to a device."""
    return own(sorted(SOURCE.glob("replite/device/*.py")))


def bundle_program():
    """What is packed with an exported file."""
    folder = SOURCE / "replite/bundle"
    files = (folder / "README.md.j2", folder / "classify.py")
    return own([*files, *dependencies.used_by(files[1])])


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
    return [local(meter)] if meter and os.path.isfile(meter) else []


def turn(wildcards):
    """A run's priority: rounds in which every file of a device has its turn, in an order drawn by `seed`.

    Below that of all other jobs (0), so that files that can be made are made first and a round has as many as there can be.
    """
    place = random.Random(f"{CONFIG.seed} {sorted(wildcards.items())}").random()
    return -int(wildcards.repeat) - place


def page_template():
    """What the report's page is made from."""
    return own(sorted(SOURCE.glob("replite/report/templates/*")))


def package(wildcards):
    """The folder that generated tweets are written to."""
    return filled(rules.generate_package.output, **wildcards)


def read_from(files):
    """An input function: the files of a data set that one of replite.data.sources' functions names."""

    def paths(wildcards):
        made = package(wildcards)
        found = files(CONFIG.datasets[wildcards.dataset], made)
        return [path if path is made else local(path) for path in found]

    return paths


def package_option(wildcards):
    """Generated tweets are read from the package written for them, all others from where the configuration says."""
    generated = CONFIG.datasets[wildcards.dataset].reader == "generated"
    return option("--package", package(wildcards) if generated else "")


def every_run(file):
    """An input function: this file of each of a model's runs, the exported one's first."""

    def paths(wildcards):
        others = range(1, CONFIG.training_of(wildcards.model).seeds)
        again = rules.train_again.output[file]
        return [
            *expand(rules.train.output[file], **wildcards),
            *expand(again, **wildcards, seed=[CONFIG.seed + n for n in others]),
        ]

    return paths


def train_job(wildcards):
    """What decides the outcome of a training run beside the data: not how many runs there are."""
    entry = CONFIG.models[wildcards.model]
    return in_file(
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
    return in_file(
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
        return filled(rules.trace.output[file], **wildcards, batch_size=batch_size)

    return path


def corpus_file(wildcards):
    """The text file that a model's vocabulary is counted in, if there is one; the script says what is wrong with a missing one."""
    corpus = CONFIG.models[wildcards.model].corpus
    return [local(str(corpus))] if corpus and corpus.is_file() else []


def calibration_tweets(wildcards):
    """The training split for a variant that is calibrated, nothing for others."""
    if CONFIG.variants[wildcards.variant].activation_bits:
        return filled(rules.prepare_data.output.train, **wildcards)
    return []


def export_job(wildcards):
    """What decides how a model is exported and checked."""
    return in_file(
        {
            "dataset": wildcards.dataset,
            "model": wildcards.model,
            "variant": wildcards.variant,
            "entry": CONFIG.variants[wildcards.variant],
            "settings": CONFIG.export,
            "seed": CONFIG.seed,
        }
    )
