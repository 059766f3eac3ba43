"""Inputs and values of the rules that pack and verify."""

from replite.crate import private

STUDY = f"--results {quote(RESULTS)} --name {quote(NAME)} --decision {handover.digest(PROVENANCE_JOB)}"


def only_verifies():
    """Whether this run checks what there is, and nothing else."""
    return all(made_by(rules.verify, job) for job in workflow.dag.jobs)
