"""A checkpoint that is tried on a device: `snakemake try --config model=...`; replite.config.trial says what is run then.

Needs: the records and samples of its cells, the exports' manifests and the float model's answers.
Makes: results/try/<name>/table.csv (one row a file) and table.txt (the same for people).
"""


include: "inputs/try.smk"


rule tried:
    """Put side by side what was measured of a checkpoint's files."""
    input:
        records=expand(rules.measure.output.record, **ALL_CELLS),
        samples=expand(rules.measure.output.samples, **ALL_CELLS),
        manifests=expand(rules.export.output.manifest, **ALL_CELLS),
        metrics=expand(rules.train.output.metrics, **ALL_CELLS),
        predictions=expand(rules.train.output.predictions, **ALL_CELLS),
        code=code("tried", ""),
    output:
        table=f"results/try/{NAME}/table.csv",
        text=f"results/try/{NAME}/table.txt",
    log:
        "results/logs/tried.log",
    localrule: True
    conda:
        HOST
    params:
        of_cells=OF_CELLS,
    shell:
        'python "$REPLITE"/workflow/scripts/tried.py {params.of_cells} --table {output.table:q}'
        " --text {output.text:q} 2>&1 | tee -i {log:q}"


rule:
    """Measure a checkpoint on a device and print how its files compare; run by name only."""
    name:
        "try"
    input:
        tried_files,
    log:
        "results/logs/try.log",
    localrule: True
    conda:
        HOST
    shell:
        "cat {input:q} | tee -i {log:q}"
