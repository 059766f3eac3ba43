"""Inputs and values of the rules of the stage export."""


def trace_job(wildcards):
    """The job that makes a model's float32 FlatBuffer: what decides it beside the checkpoint and the tweets."""
    lineage = CONFIG.lineage(wildcards.model)
    return {
        "dataset": wildcards.dataset,
        "model": wildcards.model,
        "batch_size": int(wildcards.batch_size),
        "settings": CONFIG.export.without("minimum_agreement"),
        "checkpoint": lineage[-1].checkpoint,
        "trained": CONFIG.models[wildcards.model].trained,
        "license": next((entry.license for entry in lineage if entry.license), None),
    }


def traced(made, file):
    """An input function: this output of the trace, which the rule made, that a variant is made from."""

    def path(wildcards):
        batch_size = CONFIG.variants[wildcards.variant].batch_size
        return filled(made.output[file], **wildcards, batch_size=batch_size)

    return path


def calibration_tweets(wildcards):
    """The training split for a variant that is calibrated, nothing for others."""
    if CONFIG.variants[wildcards.variant].kind.activation_bits:
        return filled(rules.prepare_data.output.train, **wildcards)
    return []


def export_job(wildcards):
    """The job of an export: how a model is exported and checked."""
    return {
        "dataset": wildcards.dataset,
        "model": wildcards.model,
        "variant": wildcards.variant,
        "entry": CONFIG.variants[wildcards.variant],
        "settings": CONFIG.export,
        "seed": seed_of(wildcards),
    }


def texts_on_host(wildcards):
    """How many test texts a file answers on this machine, 0 for all: those that devices get, or all where draws are compared."""
    several_draws = CONFIG.drawn[wildcards.dataset].draws > 1
    return 0 if several_draws else CONFIG.measure.tweets or 0
