"""What changed since another run, on demand: `snakemake compare --config baseline=<results of that run>`.

Needs: the results of this run, report included, and of the other, or its benchmark.csv alone.
Makes: results/report/compare.csv, what differs, and the same as text on the terminal. A regression fails the job, which is why no
rule has the file for its output: Snakemake would remove it.
"""


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


rule compare:
    """Compare this run's results with another's; run by name only. Fails for a regression."""
    input:
        benchmark=rules.merge.output.benchmark,
        samples=rules.merge.input.samples,
        cards=expand(rules.prepare_data.output.card, dataset=DATASETS),
        report=rules.report.output,
        code=code("compare", ""),
    log:
        "results/logs/compare.log",
    localrule: True
    conda:
        HOST
    params:
        baseline=os.path.abspath(CONFIG.baseline or ""),
        cards=lambda wildcards, input: in_file(list(input.cards)),
        amounts=in_file(CONFIG.report.regression),
        output=f"{RESULTS}/report/compare.csv",
    shell:
        'python "$REPLITE"/workflow/scripts/compare.py --baseline {params.baseline:q} --benchmark {input.benchmark:q}'
        " --cards {params.cards:q} --amounts {params.amounts:q} --output {params.output:q} 2>&1 | tee -i {log:q}"
