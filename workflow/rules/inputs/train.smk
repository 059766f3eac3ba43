"""Inputs and values of the rules of the stage train."""


def all_seeds(wildcards):
    """The seed of each of a model's runs, the exported one's first."""
    runs = CONFIG.training_of(wildcards.model).seeds
    return list(range(CONFIG.seed, CONFIG.seed + runs))


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
        "training": CONFIG.training_of(wildcards.model).without("seeds"),
        "cleaning": CONFIG.cleaning,
        "seed": int(wildcards.get("seed", CONFIG.seed)),
    }


def train_metrics(wildcards):
    """The metrics of a run, the first or another."""
    run = rules.train_again if "seed" in wildcards.keys() else rules.train
    return run.output.metrics


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
    """The answers of a model's teacher to the training tweets, if it has one."""
    if teacher := CONFIG.models[wildcards.model].teacher:
        return f"results/train/{wildcards.dataset}/{teacher}/teaching.npz"
    return []


def bag_of_words_teaching(wildcards):
    """The answers of the bag-of-words classifier to the training tweets, for a student that learns from it too."""
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


def corpus_file(wildcards):
    """The text file that a model's vocabulary is counted in, if there is one; the script says what is wrong with a missing one."""
    corpus = CONFIG.models[wildcards.model].corpus
    return [local(str(corpus))] if corpus and corpus.is_file() else []
