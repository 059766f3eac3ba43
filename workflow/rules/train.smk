"""Stage 2, train.

Needs: the splits of results/data/<dataset>/ and the model's checkpoint, if it starts from one.
Makes: results/train/<dataset>/<model>/checkpoint/, metrics.json, predictions.csv (the float model's labels for every test
tweet) and history.csv. While a job runs, and after it was killed, results/train/<dataset>/<model>/resume/ holds the state from
which the next one goes on. From predictions.csv: evaluation.json, the scores by RepLab 2013's measures, and run.dat, the same
predictions in RepLab's format.
"""


rule train:
    """Fine-tune a model."""
    input:
        train=rules.prepare_data.output.train,
        validation=rules.prepare_data.output.validation,
        test=rules.prepare_data.output.test,
        card=rules.prepare_data.output.card,
        code=code("train"),
    output:
        checkpoint=directory("results/train/{dataset}/{model}/checkpoint"),
        metrics="results/train/{dataset}/{model}/metrics.json",
        predictions="results/train/{dataset}/{model}/predictions.csv",
        history="results/train/{dataset}/{model}/history.csv",
    log:
        "results/logs/train/{dataset}/{model}.log",
    conda:
        HOST
    threads: 8
    params:
        job=train_job,
        data=subpath(input.card, parent=True),
        resume="results/train/{dataset}/{model}/resume",
    shell:
        "python workflow/scripts/train.py --job {params.job:q} --data {params.data:q} --threads {threads}"
        " --resume {params.resume:q} --checkpoint {output.checkpoint:q} --metrics {output.metrics:q}"
        " --predictions {output.predictions:q} --history {output.history:q} 2>&1 | tee -i {log:q}"


rule evaluate:
    """Score the float model by RepLab 2013's measures."""
    input:
        sources=lambda wildcards: source_files(
            CONFIG.datasets[wildcards.dataset],
            f"results/data/{wildcards.dataset}/package",
        ),
        train=rules.prepare_data.output.train,
        test=rules.prepare_data.output.test,
        card=rules.prepare_data.output.card,
        predictions=rules.train.output.predictions,
        code=code("evaluate"),
    output:
        evaluation="results/train/{dataset}/{model}/evaluation.json",
        run="results/train/{dataset}/{model}/run.dat",
    log:
        "results/logs/evaluate/{dataset}/{model}.log",
    conda:
        HOST
    params:
        entry=lambda wildcards: as_json(CONFIG.datasets[wildcards.dataset]),
        data=subpath(input.card, parent=True),
        package=package_option,
    shell:
        "python workflow/scripts/evaluate.py --model {wildcards.model} --entry {params.entry:q} {params.package}"
        " --data {params.data:q} --predictions {input.predictions:q} --output {output.evaluation:q} --run {output.run:q}"
        " 2>&1 | tee -i {log:q}"
