"""RepLab 2013's evaluation, which belongs to the stage report.

Needs: the data sets' sources and splits, the models' test predictions.
Makes: results/train/<dataset>/<model>/evaluation.json, what the report shows of it, and run.dat, the predictions as a run of RepLab.
"""


rule evaluate:
    """Score the float model by RepLab 2013's measures."""
    input:
        sources=read_from(lambda entry: entry.files()),
        train=rules.prepare_data.output.train,
        test=rules.prepare_data.output.test,
        card=rules.prepare_data.output.card,
        predictions=rules.train.output.predictions,
        code=code("evaluate"),
        decided=decided("evaluate", dataset_entry),
    output:
        evaluation="results/train/{dataset}/{model}/evaluation.json",
        run="results/train/{dataset}/{model}/run.dat",
    log:
        "results/logs/evaluate/{dataset}/{model}.log",
    localrule: True
    conda:
        HOST
    params:
        entry=lambda wildcards: in_file(data_entry(wildcards)),
        data=subpath(input.card, parent=True),
    shell:
        'python "$REPLITE"/workflow/scripts/evaluate.py --model {wildcards.model} --entry {params.entry:q}'
        " --data {params.data:q} --predictions {input.predictions:q} --output {output.evaluation:q} --run {output.run:q}"
        " 2>&1 | tee -i {log:q}"


STUDY_FILES += expand(rules.evaluate.output.evaluation, dataset=DATASETS, model=MODELS)
