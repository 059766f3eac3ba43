"""What a comparison needs, looked at before anything runs."""


def check_baseline():
    """End with exit status 2, before anything is measured, if a comparison is wanted with what cannot be compared with."""
    from replite.report import baseline

    if not any(made_by(rules.compare, job) for job in workflow.dag.jobs):
        return
    try:
        baseline.check(CONFIG.baseline, Path(rules.merge.output.benchmark))
    except baseline.BaselineError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_status)
