"""What is left to do where devices fail.

A run that lacks nothing but cells whose devices failed ends, with exit status 1, in the report of the others: in
results/report/incomplete, the holes marked with their reasons. No rule makes or reads it, so that no later run takes it for the
report; that run measures what is missing, and the complete report replaces it.
"""

INCOMPLETE = "results/report/incomplete"


def forget_the_last_run():
    """Remove what is known of devices for the length of a run only."""
    for folder in (UNMEASURED, START_TEMPERATURES, FIRST_TRIES):
        remove(Path(folder), r"[^/]+(/[^/]+){3}\.json", r"[\w.]+")


def remove_incomplete():
    """Remove the report of a run that lacked devices."""
    remove(
        Path(INCOMPLETE),
        r"\.?(benchmark|models)\.(csv|json).*",
        r"\.?report\.html.*",
        r"figures/[^/]+\.(svg|png|json)",
    )


def report_is_wanted():
    """Whether this run's targets need the report, and with it every cell."""
    return any(job.rule.name == "report" for job in workflow.dag.jobs)


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
    return job.rule.name == "run_on_device" and os.path.isfile(job.params.failure)


def report_without(devices):
    """Write the report of a run in which these devices failed, with the scripts that write the complete one."""
    for job in workflow.dag.needrun_jobs():
        if (
            job.rule.name == "measure"
        ):  # what there is was joined from runs of an earlier configuration
            for file in job.output:
                Path(file).unlink(missing_ok=True)
    names = ", ".join(devices)
    title = f"{CONFIG.report.title} (incomplete: not measured: {names})"
    settings = CONFIG.report.model_copy(update={"title": title}).model_dump_json()
    expected, pairs = as_json(CELLS), as_json(CONFIG.without_teacher())
    benchmark, figures = f"{INCOMPLETE}/benchmark.csv", f"{INCOMPLETE}/figures"
    for script in (
        "merge.py --unmeasured {UNMEASURED} --output {benchmark} --models {INCOMPLETE}/models.csv",
        "figures.py --benchmark {benchmark} {SUSTAINED} --output {figures}",
        "report.py --benchmark {benchmark} --figures {figures} --settings {settings:q} --without-teacher {pairs:q}"
        " --output {INCOMPLETE}/report.html",
    ):
        shell(f"python workflow/scripts/{script} --expected {{expected:q}} {{STAGES}}")
    print(
        f"Not measured: {names}. The report without: {INCOMPLETE}/report.html\n"
        "Run the same command again when they answer; it measures what is missing.",
        file=sys.stderr,
    )


onsuccess:
    if report_is_wanted():
        remove_incomplete()


onerror:
    if report_is_wanted():
        remove_incomplete()
        if devices := failed_devices():
            report_without(devices)
