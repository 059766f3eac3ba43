"""A finished study for others, on demand: `snakemake pack`, `snakemake verify`.

Needs: for `pack` the report, and all that it is made of; for `verify` what is there, of which no rule makes anything.
Makes: results/report/<name>/crate.zip, an RO-Crate without texts. No rule has it for its output: Snakemake would remove what stands there.
`verify` makes nothing: it says which file is not as it was recorded, or not what the samples give, and then fails.
"""


include: "inputs/pack.smk"


rule pack:
    """Pack the study without its texts; run by name only."""
    input:
        report=rules.report.output,
        provenance=rules.provenance.output,
        tables=rules.tables.output,
        code=code("pack", ""),
    log:
        "results/logs/pack.log",
    localrule: True
    conda:
        HOST
    params:
        study=STUDY,
        own=in_file(private.words(CONFIG)),
        crate=f"{RESULTS}/report/{NAME}/crate.zip",
    shell:
        'python "$REPLITE"/workflow/scripts/pack.py {params.study} --own {params.own:q}'
        " --output {params.crate:q} 2>&1 | tee -i {log:q}"


rule verify:
    """Check every hash of the results, or of a crate, and the tables and answers by the samples; run by name only."""
    input:
        code=code("verify", ""),
    log:
        "results/logs/verify.log",
    localrule: True
    conda:
        HOST
    params:
        what=option("--crate", CONFIG.crate and os.path.abspath(CONFIG.crate)) or STUDY,
    shell:
        'python "$REPLITE"/workflow/scripts/verify.py {params.what} 2>&1 | tee -i {log:q}'
