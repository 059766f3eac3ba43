"""Inputs and values of the rules of the stage train."""

from replite.files import owner


def plan_that_tells(wildcards):
    """No file; ends the planning where the models to train are those of a plan that does not tell."""
    if PLAN_FAULT:
        raise WorkflowError(PLAN_FAULT)
    return []


def all_seeds(wildcards):
    """The seed of each of a model's runs, the exported one's first."""
    runs = CONFIG.training_of(wildcards.model, wildcards.dataset).seeds
    first = seed_of(wildcards)
    return list(range(first, first + runs))


def every_run(file):
    """An input function: this file of each of a model's runs, the exported one's first."""

    def paths(wildcards):
        again = rules.train_again.output[file]
        return [
            *expand(rules.train.output[file], **wildcards),
            *expand(again, **wildcards, seed=all_seeds(wildcards)[1:]),
        ]

    return paths


def train_job(wildcards):
    """The job of a training run: what decides its outcome beside the data; not how many runs there are."""
    entry = CONFIG.models[wildcards.model]
    return {
        "dataset": wildcards.dataset,
        "model": wildcards.model,
        "entry": entry.without("enabled", "license", *TOLD, "training", "resources"),
        "training": CONFIG.training_of(wildcards.model, wildcards.dataset).without("seeds"),
        "cleaning": CONFIG.cleaning,
        "seed": int(wildcards.get("seed", seed_of(wildcards))),
    }


def tell_owners():
    """Tell of trainings that jobs of another run are at, which this run's jobs wait for."""
    for job in workflow.dag.needrun_jobs():
        if made_by(rules.train, job) or made_by(rules.train_again, job):
            folder = Path(job.output.metrics).parent
            if at_it := owner.owner(folder / owner.LOCK):
                print(f"{folder}: {at_it} trains it already, and is waited for", file=sys.stderr)


def start_checkpoint(wildcards):
    """The fine-tuned checkpoint of another model that a model starts from, on its own data set or on another."""
    dataset = CONFIG.start_of(wildcards.model, wildcards.dataset)
    if dataset is None:
        return []
    return f"results/train/{dataset}/{CONFIG.models[wildcards.model].start}/checkpoint"


def for_students(key, file):
    """An input function: this file for a student whose `distillation` has this key, nothing for others."""

    def path(wildcards):
        distillation = CONFIG.models[wildcards.model].distillation
        if distillation and getattr(distillation, key):
            return filled(file, **wildcards, teacher=distillation.teacher)
        return []

    return path


def corpus_file(wildcards):
    """The text file that a model's vocabulary is counted in, if there is one; the script says what is wrong with a missing one."""
    corpus = CONFIG.models[wildcards.model].corpus
    return [local(str(corpus))] if corpus and corpus.is_file() else []
