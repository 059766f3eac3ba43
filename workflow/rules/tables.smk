"""For a paper.

Needs: the report's tables, its answers and where it comes from, the records of all stages.
Makes, in results/report/<name>/tables/: cells, models and recommendation as .md and .tex, and methods.md.
"""

TRAINING = {dataset: {model: CONFIG.training_of(model, dataset).model_dump() for model in MODELS} for dataset in DATASETS}


rule tables:
    """Write the tables and the methods section of a paper."""
    input:
        benchmark=rules.merge.output.benchmark,
        recommendation=rules.choose.output,
        provenance=rules.provenance.output,
        records=expand(rules.measure.output.record, **ALL_CELLS),
        manifests=expand(rules.export.output.manifest, **ALL_CELLS),
        metrics=expand(rules.train.output.metrics, **ALL_CELLS),
        seeds=expand(rules.seeds.output, **ALL_CELLS),
        cards=expand(rules.prepare_data.output.card, **ALL_CELLS),
        code=code("tables", ""),
        template=own([SOURCE / "replite/report/methods.md.j2"]),
    output:
        [
            report(
                f"{REPORT}/tables/{name}.{suffix}",
                caption="../report/tables.rst",
                category="Tables",
                labels={"what": name.capitalize(), "format": suffix},
            )
            for name in ("cells", "models", "recommendation")
            for suffix in ("md", "tex")
        ],
        methods=report(
            f"{REPORT}/tables/methods.md",
            caption="../report/tables.rst",
            category="Tables",
            labels={"what": "Methods", "format": "md"},
        ),
    log:
        "results/logs/tables.log",
    localrule: True
    conda:
        HOST
    params:
        of_cells=OF_CELLS,
        training=in_file(TRAINING),
        folder=subpath(output.methods, parent=True),
    shell:
        'python "$REPLITE"/workflow/scripts/tables.py {params.of_cells} --benchmark {input.benchmark:q}'
        " --recommendation {input.recommendation:q} --provenance {input.provenance:q} --training {params.training:q}"
        " --output {params.folder:q} 2>&1 | tee -i {log:q}"
