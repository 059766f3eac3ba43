"""What a run that failed says in the end: which jobs, why, and where their logs are."""

import logging

from replite import failures

HOW_JOBS_ENDED = failures.Ends()
if workflow.is_main_process:
    logging.getLogger("snakemake.logging").addFilter(failures.repeats_no_command)
    logging.getLogger("snakemake.logging").addFilter(HOW_JOBS_ENDED)


def measured_cells():
    """How many cells of the configuration are measured, and how many there are."""
    unmeasured = {job.output.record for job in workflow.dag.needrun_jobs() if made_by(rules.measure, job)}
    records = expand(rules.measure.output.record, **ALL_CELLS)
    return len([record for record in records if record not in unmeasured and os.path.exists(record)]), len(records)


def how_it_ended(job):
    """How a cluster ended a job, with the key that mends it."""
    trains = job.rule.name in ("train", "train_again")
    return HOW_JOBS_ENDED.of(workflow.dag.jobid(job), job.rule.name, job.wildcards_dict["model"] if trains else None)


def print_failures():
    """Print each failed job's own error; of devices that failed, the report of the others tells."""
    failed = [
        failures.Failed(job.rule.name, job.wildcards_dict.values(), Path(job.log[0]), how_it_ended(job))
        for job in sorted(workflow.scheduler.failed, key=str)
        if not job.is_group() and job.log and not failed_on_device(job)
    ]
    if failed:
        print(failures.summary(failed, measured_cells()), file=sys.stderr)
