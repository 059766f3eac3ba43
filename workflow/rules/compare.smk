"""What changed since another run, on demand: `snakemake compare --config baseline=<results of that run>`.

Needs: the results of this run, report included, and of the other, or its benchmark.csv alone.
Makes: results/report/<name>/compare.csv, what differs, and the same as text on the terminal. A regression fails the job, which is why no
rule has the file for its output: Snakemake would remove it.
"""


include: "inputs/compare.smk"


rule compare:
    """Compare this run's results with another's; run by name only. Fails for a regression."""
    input:
        benchmark=rules.merge.output.benchmark,
        samples=rules.merge.input.samples,
        cards=expand(rules.prepare_data.output.card, dataset=DATASETS),
        report=rules.report.output,
        provenance=rules.provenance.output,
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
    shell:
        'python "$REPLITE"/workflow/scripts/compare.py --baseline {params.baseline:q} --benchmark {input.benchmark:q}'
        " --cards {params.cards:q} --amounts {params.amounts:q} 2>&1 | tee -i {log:q}"
