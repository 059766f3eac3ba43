"""What a run that failed says in the end: which jobs, why, and where their logs are."""

import logging

from replite import failures

if workflow.is_main_process:
    logging.getLogger("snakemake.logging").addFilter(failures.repeats_no_command)


def measured_cells():
    """How many cells of the configuration are measured, and how many there are."""
    unmeasured = {job.output.record for job in workflow.dag.needrun_jobs() if made_by(rules.measure, job)}
    records = expand(rules.measure.output.record, **ALL_CELLS)
    return len([record for record in records if record not in unmeasured and os.path.exists(record)]), len(records)


def print_failures():
    """Print each failed job's own error; of devices that failed, the report of the others tells."""
    failed = [
        failures.Failed(job.rule.name, job.wildcards_dict.values(), Path(job.log[0]))
        for job in sorted(workflow.scheduler.failed, key=str)
        if not job.is_group() and job.log and not failed_on_device(job)
    ]
    if failed:
        print(failures.summary(failed, measured_cells()), file=sys.stderr)
