"""Whether a finished study is what was measured, on demand: `snakemake verify`.

Needs: the results of this configuration, all of them; no rule makes anything for it.
Makes: nothing; it says which file is not as it was recorded, or not what the samples give, and then fails.
"""


rule verify:
    """Check every hash of the results, and the tables and answers by the samples; run by name only."""
    input:
        code=code("verify", ""),
    log:
        "results/logs/verify.log",
    localrule: True
    conda:
        HOST
    params:
        results=RESULTS,
        name=NAME,
        decision=handover.digest(PROVENANCE_JOB),
    shell:
        'python "$REPLITE"/workflow/scripts/verify.py --results {params.results:q} --name {params.name:q}'
        " --decision {params.decision} 2>&1 | tee -i {log:q}"
