"""Stage 3, export.

Needs: a fine-tuned checkpoint and the data set's texts; for a variant that names tflite-runtime, what `make runtimes` makes.
Makes: results/export/<dataset>/<model>/traced/<batch_size>/float.tflite, vocab.txt, trace.json and float_predictions.csv, which
all variants of that batch size share; and results/export/<dataset>/<model>/<variant>/model.tflite, vocab.txt, manifest.json (what
the file is and how true to the float model), validation_predictions.csv (its answers to the validation texts it was checked with)
and host_predictions.csv (those to the test texts, on this machine).
"""


include: "inputs/export.smk"


rule trace:
    """Write a model as a float32 FlatBuffer, from which every variant is made."""
    input:
        checkpoint=rules.train.output.checkpoint,
        train=rules.prepare_data.output.train,
        validation=rules.prepare_data.output.validation,
        code=code("trace", "graph"),
        decided=decided("trace", trace_job),
    output:
        model="results/export/{dataset}/{model}/traced/{batch_size}/float.tflite",
        vocabulary="results/export/{dataset}/{model}/traced/{batch_size}/vocab.txt",
        record="results/export/{dataset}/{model}/traced/{batch_size}/trace.json",
        predictions="results/export/{dataset}/{model}/traced/{batch_size}/float_predictions.csv",
    log:
        "results/logs/trace/{dataset}/{model}/{batch_size}.log",
    conda:
        HOST
    params:
        job=lambda wildcards: in_file(trace_job(wildcards)),
        folder=subpath(output.record, parent=True),
    shell:
        'python "$REPLITE"/workflow/scripts/trace.py --job {params.job:q} --checkpoint {input.checkpoint:q}'
        " --train {input.train:q} --validation {input.validation:q} --output {params.folder:q} 2>&1 | tee -i {log:q}"


rule export:
    """Make a variant of a model and compare it with the float model."""
    input:
        **{file: traced(rules.trace, file) for file in ("model", "vocabulary", "record", "predictions")},
        calibration=calibration_tweets,
        validation=rules.prepare_data.output.validation,
        code=code("export", "", "head"),
        decided=decided("export", export_job),
    output:
        model="results/export/{dataset}/{model}/{variant}/model.tflite",
        vocabulary="results/export/{dataset}/{model}/{variant}/vocab.txt",
        manifest="results/export/{dataset}/{model}/{variant}/manifest.json",
        predictions="results/export/{dataset}/{model}/{variant}/validation_predictions.csv",
    log:
        "results/logs/export/{dataset}/{model}/{variant}.log",
    conda:
        HOST
    params:
        job=lambda wildcards: in_file(export_job(wildcards)),
        traced=subpath(input.record, parent=True),
        train=lambda wildcards, input: option("--train", input.calibration),
        folder=subpath(output.manifest, parent=True),
    shell:
        'python "$REPLITE"/workflow/scripts/export.py --job {params.job:q} --traced {params.traced:q} {params.train}'
        ' --validation {input.validation:q} --environments "$REPLITE"/.replite/runtimes'
        " --output {params.folder:q} 2>&1 | tee -i {log:q}"


rule predict_on_host:
    """Run a FlatBuffer on this machine over the test texts, to compare every device with."""
    input:
        **rules.export.output,
        test=rules.prepare_data.output.test,
        code=code("predict_on_host", "head"),
        decided=decided("predict_on_host", texts_on_host),
    output:
        "results/export/{dataset}/{model}/{variant}/host_predictions.csv",
    log:
        "results/logs/predict_on_host/{dataset}/{model}/{variant}.log",
    conda:
        HOST
    params:
        folder=subpath(input.manifest, parent=True),
        tweets=texts_on_host,
    shell:
        'python "$REPLITE"/workflow/scripts/predict_on_host.py --model {params.folder:q} --test {input.test:q}'
        " --tweets {params.tweets} --output {output:q} 2>&1 | tee -i {log:q}"
