"""The work that is left where devices fail.

A run that lacks nothing but cells whose devices failed ends, with exit status 1, in the report of the others: in
results/report/<name>/incomplete, the holes marked with their reasons. No rule makes or reads it, so that no later run takes it for
the report; that run measures what is missing, and the complete report replaces it.
"""

from contextlib import suppress
from subprocess import CalledProcessError

from replite.files import names
from replite.files.scratch import sweep_run
from replite.records.recommendation import Recommendation
from replite.report import words

INCOMPLETE = f"{workflow.modifier.modify_path(REPORT)}/incomplete"


def forget_the_last_run():
    """Remove what is known of devices for the length of a run only, and what a killed one left."""
    sweep_run(Path(RESULTS), Path(".replite"))
    exit_on_error(remove, Path(UNMEASURED), rf"({names.NAME}/){{3}}{names.NAME}\.json|{names.NAME}/(together|operators)\.txt")
    exit_on_error(remove, Path(START_TEMPERATURES), names.BOARD)
    exit_on_error(remove, Path(CIRCUIT_BREAKERS), names.TRIED)


def remove_incomplete():
    """Remove the report of a run that lacked devices."""
    remove(Path(INCOMPLETE), *names.REPORT)


def made_by(proxy, job):
    """Whether the job is one of this rule, which a module may have given another name."""
    return job.rule is proxy.rule


def report_is_wanted():
    """Whether this run's targets need the report, and with it every cell."""
    return any(made_by(rules.report, job) for job in workflow.dag.jobs)


def failed_devices():
    """Names of the devices that failed, if nothing but cells on them holds up all that is left to do; else none.

    Where anything else is missing or out of date, old results might pass for new ones.
    """
    left = set(workflow.dag.needrun_jobs())
    first = [job for job in left if left.isdisjoint(workflow.dag.dependencies[job])]
    if not all(failed_on_device(job) for job in first):
        return []
    return sorted({job.wildcards.device for job in first})


def failed_on_device(job):
    """Whether the job left word of why its device could not be measured."""
    on_device = any(made_by(proxy, job) for proxy in (rules.run_on_device, rules.run_together, rules.profile_operators))
    return on_device and os.path.isfile(job.params.failure)


def report_without(devices):
    """Write the report of a run in which these devices failed, with the commands that write the complete one."""
    # Where files could not be run together, all that comes before is there.
    jobs = {job.rule: job for job in workflow.dag.jobs}
    for job in workflow.dag.needrun_jobs():
        # What there is was joined from runs of an earlier configuration.
        if made_by(rules.measure, job):
            for file in job.output:
                Path(file).unlink(missing_ok=True)
    unmeasured = ", ".join(devices)
    title = f"{CONFIG.report.title} (incomplete: not measured: {unmeasured})"
    incomplete = CONFIG.report.of_the_page.model_copy(update={"title": title})
    instead = {
        f"{os.path.dirname(INCOMPLETE)}/": f"{INCOMPLETE}/",
        in_file(SETTINGS): in_file(incomplete.model_dump_json()),
    }
    for made in (
        rules.merge.rule,
        *([rules.candidates.rule] if TOGETHER else []),
        rules.choose.rule,
        *([rules.draws.rule] if DRAWS else []),
        *([rules.operators.rule] if PROFILED_DEVICES else []),
        rules.figures.rule,
        rules.report.rule,
        rules.provenance.rule,
        rules.tables.rule,
    ):
        if job := jobs.get(made):  # whoever wants the page alone has no provenance
            make_instead(job, instead)
    measured, wanted = measured_cells()
    print(
        f"{measured:,} of {wanted:,} cells are measured.\n"
        f"Not measured: {unmeasured}. The report without: {INCOMPLETE}/report.html\n"
        "Run the same command again when they answer; it measures what is missing.",
        file=sys.stderr,
    )
    if comparison := jobs.get(rules.compare.rule):
        # It fails where a cell is missing, as the run does anyway.
        with suppress(CalledProcessError):
            make_instead(comparison, instead)


def make_instead(job, instead):
    """Run the job with other files instead of some."""
    shell(
        job.rule.shellcmd,
        input=exchanged(job.input, instead),
        output=exchanged(job.output, instead),
        params=exchanged(job.params, instead),
        log=job.log,
    )


def exchanged(values, instead):
    """The values that a job reads, writes or is told, with other files instead of some."""

    def exchange(value):
        for path, other in instead.items():
            value = re.sub(f"^{re.escape(path)}", other, str(value))
        return value

    return type(values)(toclone=values, custom_map=exchange)


def print_answers(folder):
    """Print what to run on which device, as the report in this folder says."""
    document = os.path.join(folder, "recommendation.json")
    answers = words.lines(exit_on_error(Recommendation.read, Path(document)), document)
    print("\n".join(answers), file=sys.stderr)


onsuccess:
    if report_is_wanted():
        remove_incomplete()
        print_answers(os.path.dirname(INCOMPLETE))


onerror:
    print_failures()
    if report_is_wanted():
        remove_incomplete()
        if devices := failed_devices():
            report_without(devices)
            print_answers(INCOMPLETE)
