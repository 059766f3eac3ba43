"""What the terminal is told of a run's progress."""

import logging

from snakemake.logging import ColorizingTextHandler

from replite.run_progress import RunProgress


def tell_progress():
    """Tell how many jobs are done and cells measured, and the time left, in place of Snakemake's steps."""
    jobs = {workflow.dag.jobid(job): job.rule.name for job in workflow.dag.needrun_jobs()}
    progress = RunProgress(jobs, [rules.measure.rule.name], measured_cells())
    for handler in logging.getLogger("snakemake.logging").handlers:
        if isinstance(handler, ColorizingTextHandler):
            handler.addFilter(progress.shows)
