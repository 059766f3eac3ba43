"""Inputs and values of the rules of a plan."""

from replite.config import plan as short_runs
from replite.files import sha256
from replite.records.plan import Built

PLANNED = short_runs.models(CONFIG)
TWINS = short_runs.twins(CONFIG)
PLAN_MEASURE = short_runs.short(CONFIG.measure)
PLAN_EXPORT = short_runs.unchecked(CONFIG.export)
PLAN_DEVICES = short_runs.devices(CONFIG)
# Built, exported and run; what they take counts for all that are as they are.
PLAN_TWINS = list(dict.fromkeys(TWINS[name] for name in PLANNED))
PLAN_TRAINED = [name for name in PLANNED if not CONFIG.models[name].trained]
PLAN_JOB = {
    "twins": {name: TWINS[name] for name in PLANNED},
    "datasets": DATASETS,
    "variants": VARIANTS,
    "devices": PLAN_DEVICES,
    "simulated": [name for name in PLAN_DEVICES if CONFIG.devices[name].simulated],
    "runs": {name: CONFIG.training_of(name).seeds for name in PLAN_TRAINED},
    "title": CONFIG.report.title,
}
# What was measured since; no job is planned for it.
MEASURED = next(filter(os.path.isfile, [workflow.modifier.modify_path(f"{REPORT}/benchmark.csv")]), None)


def untrained_twin(wildcards):
    """The checkpoint of the untrained model that stands for a model."""
    return filled(rules.plan_build.output.checkpoint, dataset=wildcards.dataset, model=TWINS[wildcards.model])


def untrained_start(wildcards):
    """The untrained twin of the model that a model starts from."""
    dataset = CONFIG.start_of(wildcards.model, wildcards.dataset)
    if dataset is None:
        return []
    return f"results/plan/train/{dataset}/{TWINS[CONFIG.models[wildcards.model].start]}/checkpoint"


def plan_trace_job(wildcards):
    """The job of a plan's trace."""
    return trace_job(wildcards) | {"settings": PLAN_EXPORT.without("minimum_agreement")}


def plan_export_job(wildcards):
    """The job of a plan's export."""
    entry = CONFIG.variants[wildcards.variant].without("minimum_agreement")
    return export_job(wildcards) | {"entry": entry, "settings": PLAN_EXPORT}


def built(dataset, model):
    """The record of a model that was built, which is there before anything else of it is planned."""
    made = checkpoints.plan_build.get(dataset=dataset, model=TWINS[model])
    return Built.read(Path(made.output.record))


def export_memory_mb(wildcards):
    """Memory of a job that reads and writes a whole model."""
    return built(wildcards.dataset, wildcards.model).export_memory_mb


def alone_if_large(wildcards):
    """All cores for a job of which this machine's memory does not hold one for each core, so that it runs alone."""
    cores = workflow.resource_settings.cores or 1
    machine_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e6
    return cores if export_memory_mb(wildcards) * cores > machine_mb else 1


def of_built(models, *outputs, **values):
    """An input function: these outputs of each of the models that could be built, on each data set."""

    def paths(wildcards):
        if not PLAN_DEVICES:
            hint = "give a board, or this machine simulated without 'processor'"
            raise WorkflowError(f"snakemake plan: every device is emulated, and what it takes is not known; {hint}")
        return [
            path
            for dataset in DATASETS
            for model in models
            if not built(dataset, model).lacking
            for path in expand(outputs, dataset=dataset, model=model, **values)
        ]

    return paths
