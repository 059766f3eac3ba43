"""Stage 2, train.

Needs: the splits of results/data/<dataset>/ and the model's checkpoint, if it starts from one; that may be another model's, of this
or another data set, and so may be the teacher's, of this one.
Makes: results/train/<dataset>/<model>/checkpoint/, metrics.json, predictions.csv (the float model's labels for every test
text), history.csv and durations.json; the same in seeds/<seed>/ for each further seed, and seeds.json, the mean of all runs and
its interval; for a teacher also teaching.npz, the mean of its runs' outputs for the training texts, which all its students read, and
teaching_unlabelled.npz for those without a label, if a student wants them. While a job runs, and after it was killed, resume/
beside its checkpoint holds the state from which the next one goes on. Beside the models, bag_of_words.json, .npz and .csv: the scores
of a classifier without a transformer, which they are compared with, and what it says of the training and the validation texts.
"""


include: "inputs/train.smk"


rule train:
    """Fine-tune a model, or take a trained one as it is, and score it."""
    input:
        **rules.prepare_data.output,
        start=start_checkpoint,
        teaching=for_students("teacher", "results/train/{dataset}/{teacher}/teaching.npz"),
        unlabelled=for_students("unlabelled", "results/train/{dataset}/{teacher}/teaching_unlabelled.npz"),
        bag_of_words=for_students("bag_of_words", "results/train/{dataset}/bag_of_words.npz"),
        corpus=corpus_file,
        plan=plan_that_tells,
        code=code("train", "", "graph"),
        decided=decided(lambda wildcards: "train_again" if "seed" in wildcards.keys() else "train", train_job),
    output:
        checkpoint=directory("results/train/{dataset}/{model}/checkpoint"),
        metrics="results/train/{dataset}/{model}/metrics.json",
        predictions="results/train/{dataset}/{model}/predictions.csv",
        history="results/train/{dataset}/{model}/history.csv",
        durations="results/train/{dataset}/{model}/durations.json",
    log:
        "results/logs/train/{dataset}/{model}.log",
    conda:
        HOST
    threads: 8
    resources:
        # As much again with each attempt: what was killed may have had too little.
        mem_mb=lambda wildcards, attempt: CONFIG.models[wildcards.model].resources.memory_mb * attempt,
        runtime=lambda wildcards: CONFIG.models[wildcards.model].resources.minutes,
        gpu=lambda wildcards: CONFIG.models[wildcards.model].resources.gpus,
    params:
        job=lambda wildcards: in_file(train_job(wildcards)),
        data=subpath(input.card, parent=True),
        folder=subpath(output.metrics, parent=True),
        start=lambda wildcards, input: option("--start", input.start),
        teaching=lambda wildcards, input: option("--teaching", input.teaching),
        unlabelled=lambda wildcards, input: option("--unlabelled", input.unlabelled),
        bag_of_words=lambda wildcards, input: option("--bag-of-words", input.bag_of_words),
    shell:
        'python "$REPLITE"/workflow/scripts/train.py --job {params.job:q} --data {params.data:q} {params.start} {params.teaching}'
        " {params.unlabelled} {params.bag_of_words} --threads {threads}"
        " --resume {params.folder:q}/resume --checkpoint {output.checkpoint:q} --metrics {output.metrics:q}"
        " --predictions {output.predictions:q} --history {output.history:q} --durations {output.durations:q} 2>&1 | tee -i {log:q}"


use rule train as train_again with:
    """Fine-tune the model once more, with another seed."""
    output:
        checkpoint=directory("results/train/{dataset}/{model}/seeds/{seed}/checkpoint"),
        metrics="results/train/{dataset}/{model}/seeds/{seed}/metrics.json",
        predictions="results/train/{dataset}/{model}/seeds/{seed}/predictions.csv",
        history="results/train/{dataset}/{model}/seeds/{seed}/history.csv",
        durations="results/train/{dataset}/{model}/seeds/{seed}/durations.json",
    log:
        "results/logs/train/{dataset}/{model}/seeds/{seed}.log",


rule seeds:
    """Compute the mean of a model's runs and its interval."""
    input:
        **{file: every_run(file) for file in ("metrics", "history", "predictions")},
        code=code("seeds"),
        decided=decided("seeds", all_seeds),
    output:
        "results/train/{dataset}/{model}/seeds.json",
    log:
        "results/logs/seeds/{dataset}/{model}.log",
    localrule: True
    conda:
        HOST
    params:
        metrics=lambda wildcards, input: in_file(list(input.metrics)),
        seed=seed_of,
    shell:
        'python "$REPLITE"/workflow/scripts/seeds.py --seed {params.seed} --metrics {params.metrics:q} --output {output:q}'
        " 2>&1 | tee -i {log:q}"


rule teach:
    """Compute a teacher's outputs for the training texts."""
    input:
        checkpoints=every_run("checkpoint"),
        tweets=rules.prepare_data.output.train,
        code=code("teach", "graph"),
        decided=decided("teach", lambda wildcards: len(all_seeds(wildcards))),
    output:
        "results/train/{dataset}/{model}/teaching.npz",
    log:
        "results/logs/teach/{dataset}/{model}.log",
    # All its students wait for it.
    priority: 1
    conda:
        HOST
    threads: 8
    params:
        checkpoints=lambda wildcards, input: in_file(list(input.checkpoints)),
    shell:
        'python "$REPLITE"/workflow/scripts/teach.py --checkpoints {params.checkpoints:q} --tweets {input.tweets:q}'
        " --name {wildcards.dataset}/{wildcards.model} --threads {threads} --output {output:q} 2>&1 | tee -i {log:q}"


use rule teach as teach_unlabelled with:
    """Compute a teacher's outputs for the texts without a label."""
    input:
        checkpoints=every_run("checkpoint"),
        tweets=rules.prepare_unlabelled.output.tweets,
        code=code("teach", "graph"),
        decided=decided("teach_unlabelled", lambda wildcards: len(all_seeds(wildcards))),
    output:
        "results/train/{dataset}/{model}/teaching_unlabelled.npz",
    log:
        "results/logs/teach_unlabelled/{dataset}/{model}.log",


rule bag_of_words:
    """Train and score a classifier without a transformer."""
    input:
        **rules.prepare_data.output,
        code=code("bag_of_words", ""),
        decided=decided("bag_of_words", lambda wildcards: [CONFIG.cleaning, seed_of(wildcards)]),
    output:
        metrics="results/train/{dataset}/bag_of_words.json",
        teaching="results/train/{dataset}/bag_of_words.npz",
        predictions="results/train/{dataset}/bag_of_words.csv",
    log:
        "results/logs/bag_of_words/{dataset}.log",
    conda:
        HOST
    params:
        data=subpath(input.card, parent=True),
        cleaning=in_file(CONFIG.cleaning),
        seed=seed_of,
    shell:
        'python "$REPLITE"/workflow/scripts/bag_of_words.py --data {params.data:q} --cleaning {params.cleaning:q} --seed {params.seed}'
        " --metrics {output.metrics:q} --teaching {output.teaching:q} --predictions {output.predictions:q} 2>&1 | tee -i {log:q}"
