"""Included by the stage report; it has nothing to do unless a data set has several draws.

Needs: what the stages train and export make of every draw.
Makes: results/report/<name>/draws.csv: each figure's mean over the draws, its interval, and what it differs by from others'.
"""

DRAWS = {dataset: CONFIG.draws(dataset) for dataset in DATASETS if len(CONFIG.draws(dataset)) > 1}
DRAWN = dict(dataset=sum(DRAWS.values(), []), model=MODELS, variant=VARIANTS)
DRAWN_FILES = [[*file, ""] for file in product(*DRAWN.values())]


rule draws:
    """Compute the means of models' and files' figures over the draws of their data sets."""
    input:
        metrics=expand(rules.train.output.metrics, **DRAWN),
        manifests=expand(rules.export.output.manifest, **DRAWN),
        predictions=expand(rules.predict_on_host.output, **DRAWN),
        test=expand(rules.prepare_data.output.test, **DRAWN),
        bag_of_words=(expand(rules.bag_of_words.output.metrics, **DRAWN) if CONFIG.report.bag_of_words else []),
        code=code("draws", ""),
        decided=decided("draws", lambda wildcards: [DRAWN_FILES, DRAWS]),
    output:
        of_the_report("draws.csv", "Over the draws"),
    log:
        "results/logs/draws.log",
    localrule: True
    conda:
        HOST
    params:
        files=in_file(DRAWN_FILES),
        draws=in_file(DRAWS),
        stages=STAGES,
    shell:
        'python "$REPLITE"/workflow/scripts/draws.py --expected {params.files:q} {params.stages} --draws {params.draws:q}'
        " --output {output:q} 2>&1 | tee -i {log:q}"
