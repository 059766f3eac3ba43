"""Shared by every stage: the checked configuration, the wildcards, the code a job depends on."""

import os
import re
import sys
from pathlib import Path
from shlex import quote

from snakemake.exceptions import WorkflowError

# The workflow's own files, wherever it runs and whoever includes it.
CHECKOUT = Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).parents[1]
SOURCE = CHECKOUT / "src"
SCRIPTS = CHECKOUT / "workflow/scripts"
if not SCRIPTS.is_dir():
    raise WorkflowError(f"{CHECKOUT}: RepLite does not run from an address; clone the repository and name the Snakefile in it")

# The package and the environment that runs Snakemake serve every job, whether or not they are installed and activated.
sys.path.insert(0, str(SOURCE))
from replite import dependencies, handover, lifetime
from replite.config.entry import TOLD
from replite.config.load import claim, is_trial, load, load_trial, name_of
from replite.config.yaml_file import ConfigError, read
from replite.files.disk import DiskFullError
from replite.files.removal import RemovalError, remove
from replite.records.record import RecordError, decided_otherwise

# A task of another package may stand in a folder that the user names.
PYTHONPATH = os.pathsep.join(filter(None, [str(SOURCE), os.environ.get("PYTHONPATH")]))
# An environment that Snakemake makes for the jobs (`--sdm conda`) comes first on PATH by itself.
CONDA = "conda" in map(str, workflow.deployment_settings.deployment_method)
OWN_PATH = "" if CONDA else f" PATH={quote(str(Path(sys.executable).parent))}:$PATH"
# A prefix of one's own takes the place of Snakemake's, which makes a pipe fail with any of its commands: hence `set`.
shell.prefix(
    "set -euo pipefail; "
    f"export{OWN_PATH} PYTHONPATH={quote(PYTHONPATH)}"
    f" REPLITE={quote(str(CHECKOUT))} {lifetime.VARIABLE}={quote(lifetime.this_process())}; "
)

HOST = "../../envs/host.yaml"
# Where the script beside it, which Snakemake runs without the prefix, finds what it installs.
os.putenv("REPLITE", str(CHECKOUT))
# Where the rules' outputs stand, for a parameter: Snakemake itself puts the `prefix` of a module before outputs alone.
RESULTS = str(workflow.modifier.modify_path("results"))

DEFAULT = "config/config.yaml"
CONFIG_FILES = workflow.overwrite_configfiles or [DEFAULT if os.path.exists(DEFAULT) else str(CHECKOUT / DEFAULT)]


def exit_on_error(check, *arguments):
    """The result of `check`; a mistake of the user's ends the planning with its message."""
    try:
        return check(*arguments)
    except (ConfigError, RecordError, RemovalError, DiskFullError) as error:
        raise WorkflowError(str(error)) from None
    except OSError as error:
        hint = "a run writes below results/ and .replite/; make that possible, or run elsewhere (--directory)"
        raise WorkflowError(f"{error.filename}: {error.strerror}: {hint}") from None


for folder in (RESULTS, ".replite"):
    exit_on_error(os.makedirs, folder, 0o777, True)

# A configuration given with --configfile stands alone; Snakemake would mix it with one named here.
GIVEN_ALONE = workflow.overwrite_configfiles or workflow.modifier.skip_configfile
# Which targets are wanted is not known yet.
TRYING = not GIVEN_ALONE and is_trial(config)

if not GIVEN_ALONE and not TRYING:
    exit_on_error(read, str(CONFIG_FILES[0]))

    configfile: CONFIG_FILES[0]


if TRYING:
    CONFIG = exit_on_error(load_trial, config)
else:
    CONFIG = exit_on_error(load, config, CONFIG_FILES)

# Each configuration's report has a folder of its own; a trial's name is that of what decides it.
NAME = CONFIG.report.name or exit_on_error(name_of, CONFIG_FILES)
REPORT = f"results/report/{NAME}"
if not TRYING and workflow.is_main_process:
    exit_on_error(claim, Path(workflow.modifier.modify_path(REPORT)), Path(".replite/reports", NAME), CONFIG_FILES)

# By model that a plan of an earlier call rules out, the reason; and what is wrong with that plan, which only a training asks for.
NOT_TRAINED, PLAN_FAULT = {}, ""
if CONFIG.training.only == "feasible":
    from replite.plan.feasible import PlanError, not_trained

    try:
        NOT_TRAINED = not_trained(CONFIG, Path(RESULTS, "plan", NAME, "plan.csv"))
    except (PlanError, RecordError) as error:
        PLAN_FAULT = str(error)

DATASETS = CONFIG.enabled("datasets")
MODELS = [name for name in CONFIG.enabled("models") if name not in NOT_TRAINED]
VARIANTS = CONFIG.enabled("variants")
DEVICES = CONFIG.enabled("devices")


# A model may start from one that takes no part in the run, on a data set that takes none either.
wildcard_constraints:
    dataset="|".join(map(re.escape, CONFIG.drawn)),
    model="|".join(map(re.escape, CONFIG.models)),
    variant="|".join(map(re.escape, VARIANTS)),
    device="|".join(map(re.escape, DEVICES)),
    batch_size=r"\d+",
    repeat=r"\d+",
    seed=r"\d+",


def own(files):
    """Files of the workflow as a job's inputs, which no `prefix` of a module moves; relative, so that a copied project reruns nothing."""
    return [local(os.path.relpath(file)) for file in files]


def code(rule_name, *halves):
    """The script of a rule and the modules of the package that it uses.

    With these halves of the task of the wildcards' data set, or of all tasks of the run where there is no such wildcard.
    """
    script = SCRIPTS / f"{rule_name}.py"
    used = own([script, *dependencies.used_by(script)])

    def files(wildcards):
        datasets = [wildcards.dataset] if "dataset" in wildcards.keys() else DATASETS
        tasks = dict.fromkeys(CONFIG.drawn[name].task for name in datasets)
        return used + own(dependencies.of_tasks(tasks, halves))

    return files if halves else used


def filled(output, **values):
    """A rule's output for these wildcards; `format` would forget that a module's `prefix` stands before it already."""
    return expand(output, **values)[0]


def of_the_report(file, what):
    """An output in the report's folder that Snakemake's own report (`--report`) shows too, as what it is called there."""
    stem, suffix = file.split(".")
    labels = {"what": what, "format": suffix.upper()}
    return report(f"{REPORT}/{file}", caption=f"../report/{stem}.rst", category="Results", labels=labels)


def decided(rule_name, value):
    """An input function that names no file: it plans a job again whose document was decided by something else than `value`.

    That is a function of the wildcards; so may be the rule's name. The document is the rule's output with the ending .json, or
    stands beside the first one. Of results that were copied here, or made without the workflow, Snakemake's own record of
    parameters knows nothing.
    """

    def nothing(wildcards):
        output = getattr(rules, rule_name(wildcards) if callable(rule_name) else rule_name).output
        made = filled(next((file for file in output if file.endswith(".json")), output[0]), **wildcards)
        document = Path(made).with_suffix(".json")
        if workflow.is_main_process and decided_otherwise(document, value(wildcards)):
            workflow.dag.forcefiles.add(made)
        return []

    return nothing


def in_file(value):
    """A value of the configuration as a job's parameter: a file, whose name changes exactly when the value does."""
    return str(exit_on_error(handover.write, value, Path(".replite/handover")))


def option(name, value):
    """A command's option, or nothing where there is no value."""
    return f"{name} {quote(str(value))}" if value else ""
