"""What can be told of a configuration's models before anyone trains them; run by name only: `snakemake plan`.

Needs: the splits of results/data/<dataset>/ and devices that answer.
Makes, in results/plan/<name>/: plan.csv (a row for each file, device and budget), plan.txt (the same for people) and plan.html, which
opens offline. Beside them, in results/plan/, what the stages make of untrained models: train/<dataset>/<model>/checkpoint and
built.json, training.json (what the training would take), export/ and measure/ as in results/, data/<dataset>/device_tweets.jsonl.
Nothing here is read by a report, and no target but `plan` makes any of it.
"""


include: "inputs/plan.smk"


checkpoint plan_build:
    """Build a model as its training would begin, and save it untrained."""
    input:
        train=rules.prepare_data.output.train,
        card=rules.prepare_data.output.card,
        start=untrained_start,
        corpus=corpus_file,
        code=code("plan_build", "", "graph"),
        decided=decided("plan_build", train_job),
    output:
        checkpoint=directory("results/plan/train/{dataset}/{model}/checkpoint"),
        record="results/plan/train/{dataset}/{model}/built.json",
    log:
        "results/logs/plan_build/{dataset}/{model}.log",
    conda:
        HOST
    params:
        job=lambda wildcards: in_file(train_job(wildcards)),
        data=subpath(input.card, parent=True),
        start=lambda wildcards, input: option("--start", input.start),
    shell:
        'python "$REPLITE"/workflow/scripts/plan_build.py --job {params.job:q} --data {params.data:q} {params.start}'
        " --checkpoint {output.checkpoint:q} --record {output.record:q} 2>&1 | tee -i {log:q}"


use rule device_tweets as plan_texts with:
    """Write the few test texts of a plan's short runs."""
    input:
        test=rules.prepare_data.output.test,
        code=code("device_tweets"),
        decided=decided("plan_texts", lambda wildcards: [PLAN_MEASURE.tweets, CONFIG.measure.tweets or 0]),
    output:
        "results/plan/data/{dataset}/device_tweets.jsonl",
    log:
        "results/logs/plan_texts/{dataset}.log",
    params:
        spread=option("--spread", PLAN_MEASURE.tweets),


rule plan_training:
    """Estimate what a training would take."""
    input:
        checkpoint=untrained_twin,
        card=rules.prepare_data.output.card,
        code=code("plan_training"),
        decided=decided("plan_training", lambda wildcards: [train_job(wildcards), short_runs.STEPS]),
    output:
        "results/plan/train/{dataset}/{model}/training.json",
    log:
        "results/logs/plan_training/{dataset}/{model}.log",
    conda:
        HOST
    # As many as a training takes; no other job disturbs the steps that are timed.
    threads: 8
    params:
        job=lambda wildcards: in_file(train_job(wildcards)),
        steps=short_runs.STEPS,
    shell:
        'python "$REPLITE"/workflow/scripts/plan_training.py --job {params.job:q} --checkpoint {input.checkpoint:q}'
        " --card {input.card:q} --steps {params.steps} --threads {threads} --output {output:q} 2>&1 | tee -i {log:q}"


use rule trace as plan_trace with:
    input:
        checkpoint=rules.plan_build.output.checkpoint,
        train=rules.prepare_data.output.train,
        validation=rules.prepare_data.output.validation,
        code=code("trace", "graph"),
        decided=decided("plan_trace", plan_trace_job),
    output:
        model="results/plan/export/{dataset}/{model}/traced/{batch_size}/float.tflite",
        vocabulary="results/plan/export/{dataset}/{model}/traced/{batch_size}/vocab.txt",
        record="results/plan/export/{dataset}/{model}/traced/{batch_size}/trace.json",
        predictions="results/plan/export/{dataset}/{model}/traced/{batch_size}/float_predictions.csv",
    log:
        "results/logs/plan_trace/{dataset}/{model}/{batch_size}.log",
    threads: alone_if_large
    resources:
        mem_mb=export_memory_mb,
    params:
        job=lambda wildcards: in_file(plan_trace_job(wildcards)),


use rule export as plan_export with:
    input:
        **{file: traced(rules.plan_trace, file) for file in ("model", "vocabulary", "record", "predictions")},
        calibration=calibration_tweets,
        validation=rules.prepare_data.output.validation,
        code=code("export", "", "head"),
        decided=decided("plan_export", plan_export_job),
    output:
        model="results/plan/export/{dataset}/{model}/{variant}/model.tflite",
        vocabulary="results/plan/export/{dataset}/{model}/{variant}/vocab.txt",
        manifest="results/plan/export/{dataset}/{model}/{variant}/manifest.json",
        predictions="results/plan/export/{dataset}/{model}/{variant}/validation_predictions.csv",
    log:
        "results/logs/plan_export/{dataset}/{model}/{variant}.log",
    threads: alone_if_large
    resources:
        mem_mb=export_memory_mb,
    params:
        job=lambda wildcards: in_file(plan_export_job(wildcards)),


use rule run_on_device as plan_run with:
    input:
        **rules.plan_export.output,
        tweets=rules.plan_texts.output,
        code=code("run_on_device", "head"),
        decided=decided("plan_run", lambda wildcards: [device_of_a_run(wildcards), PLAN_MEASURE]),
        program=DEVICE_PROGRAM,
    output:
        samples="results/plan/measure/{device}/{dataset}/{model}/{variant}.csv",
        record="results/plan/measure/{device}/{dataset}/{model}/{variant}.json",
    log:
        "results/logs/plan_run/{device}/{dataset}/{model}/{variant}.log",
    priority: -1
    params:
        settings=in_file(PLAN_MEASURE),
        unfit="--unfit",


rule planned:
    """Put side by side what each file takes on each device, what budgets want, and what its training would take."""
    input:
        built=expand(rules.plan_build.output.record, dataset=DATASETS, model=PLAN_TWINS),
        training=of_built(PLAN_TRAINED, *rules.plan_training.output),
        manifests=of_built(PLAN_TWINS, rules.plan_export.output.manifest, variant=VARIANTS),
        runs=of_built(PLAN_TWINS, *rules.plan_run.output, variant=VARIANTS, device=PLAN_DEVICES),
        code=code("planned"),
        template=own(sorted(SOURCE.glob("replite/report/templates/*"))),
        decided=decided("planned", lambda wildcards: [PLAN_JOB, CHOICE, sha256(Path(MEASURED)) if MEASURED else ""]),
    output:
        table=f"results/plan/{NAME}/plan.csv",
        text=f"results/plan/{NAME}/plan.txt",
        page=f"results/plan/{NAME}/plan.html",
    log:
        "results/logs/planned.log",
    localrule: True
    conda:
        HOST
    params:
        job=in_file(PLAN_JOB),
        settings=in_file(CHOICE),
        plan=option("--plan", f"{RESULTS}/plan"),
        benchmark=option("--benchmark", MEASURED),
    shell:
        'python "$REPLITE"/workflow/scripts/planned.py --job {params.job:q} --settings {params.settings:q} {params.plan}'
        " {params.benchmark}"
        " --table {output.table:q} --text {output.text:q} --page {output.page:q} 2>&1 | tee -i {log:q}"


rule plan:
    """Print the plan; run by name only."""
    input:
        text=rules.planned.output.text,
    log:
        "results/logs/plan.log",
    localrule: True
    conda:
        HOST
    shell:
        "cat {input.text:q} | tee -i {log:q}"
