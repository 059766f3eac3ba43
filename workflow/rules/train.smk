"""Stage 2, train.

Needs: the splits of results/data/<dataset>/ and the model's checkpoint, if it starts from one.
Makes: results/train/<dataset>/<model>/checkpoint/, metrics.json, predictions.csv (the float model's labels for every test
tweet) and history.csv. While a job runs, and after it was killed, results/train/<dataset>/<model>/resume/ holds the state from
which the next one goes on.
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
