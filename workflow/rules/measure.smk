"""Stage 4, measure.

Needs: an exported file, the host's predictions with it, and a device that answers.
Makes: results/measure/<device>/<dataset>/<model>/<variant>.csv (every sample) and .json (device, state, verdict), from
<variant>/<repeat>.csv and .json: what each run of the file brought back; results/data/<dataset>/device_tweets.jsonl: the texts.
Where a device fails, its job fails and leaves results/unmeasured/<device>/<dataset>/<model>/<variant>.json: why. No rule takes
that for a result; the report of a run that ends so shows it (see incomplete.smk).
The jobs run on this machine, which reaches the devices, and never two at once on one device.
"""


include: "inputs/measure.smk"


rule device_tweets:
    """Write what devices need of the test texts."""
    input:
        test=rules.prepare_data.output.test,
        code=code("device_tweets"),
        decided=decided("device_tweets", lambda wildcards: CONFIG.measure.tweets or 0),
    output:
        "results/data/{dataset}/device_tweets.jsonl",
    log:
        "results/logs/device_tweets/{dataset}.log",
    localrule: True
    conda:
        HOST
    params:
        limit=option("--limit", CONFIG.measure.tweets),
        spread="",
    shell:
        'python "$REPLITE"/workflow/scripts/device_tweets.py --test {input.test:q} {params.limit} {params.spread}'
        " --output {output:q} 2>&1 | tee -i {log:q}"


rule run_on_device:
    """Run a FlatBuffer on a device over SSH, in processes of its own."""
    input:
        **rules.export.output,
        tweets=rules.device_tweets.output,
        code=code("run_on_device", "head"),
        decided=decided("run_on_device", lambda wildcards: [device_of_a_run(wildcards), settings_of_a_run(wildcards)]),
        program=DEVICE_PROGRAM,
    output:
        samples="results/measure/{device}/{dataset}/{model}/{variant}/{repeat}.csv",
        record="results/measure/{device}/{dataset}/{model}/{variant}/{repeat}.json",
    log:
        "results/logs/run_on_device/{device}/{dataset}/{model}/{variant}/{repeat}.log",
    priority: turn
    localrule: True
    conda:
        HOST
    threads: lambda wildcards: measuring_threads(wildcards.device)
    resources:
        **ON_ITS_BOARD,
    params:
        entry=lambda wildcards: in_file(device_of_a_run(wildcards)),
        settings=lambda wildcards: in_file(settings_of_a_run(wildcards)),
        folder=subpath(input.manifest, parent=True),
        state=".replite",
        failure=f"{UNMEASURED}/{{device}}/{{dataset}}/{{model}}/{{variant}}.json",
        unfit="",
    shell:
        'python "$REPLITE"/workflow/scripts/run_on_device.py --device {wildcards.device} --entry {params.entry:q}'
        " --settings {params.settings:q} --model {params.folder:q} --tweets {input.tweets:q}"
        ' --state {params.state:q} --requirements "$REPLITE"/envs'
        " --output {output.samples:q} --record {output.record:q} --failure {params.failure:q}"
        " {params.unfit} 2>&1 | tee -i {log:q}"


rule measure:
    """Join a file's runs on a device, compare with the host's, and judge."""
    input:
        manifest=rules.export.output.manifest,
        vocabulary=rules.export.output.vocabulary,
        predictions=rules.predict_on_host.output,
        test=rules.prepare_data.output.test,
        samples=every_repeat("samples"),
        records=every_repeat("record"),
        meter=meter_readings,
        code=code("measure", ""),
        decided=decided("measure", lambda wildcards: [CONFIG.devices[wildcards.device], CONFIG.measure.of_cells]),
    output:
        samples="results/measure/{device}/{dataset}/{model}/{variant}.csv",
        record="results/measure/{device}/{dataset}/{model}/{variant}.json",
    log:
        "results/logs/measure/{device}/{dataset}/{model}/{variant}.log",
    localrule: True
    conda:
        HOST
    params:
        entry=lambda wildcards: in_file(CONFIG.devices[wildcards.device]),
        settings=in_file(CONFIG.measure.of_cells),
        repeats=lambda wildcards, input: in_file(list(input.records)),
    shell:
        'python "$REPLITE"/workflow/scripts/measure.py --device {wildcards.device} --entry {params.entry:q}'
        " --settings {params.settings:q} --manifest {input.manifest:q} --host-predictions {input.predictions:q}"
        " --test {input.test:q} --repeats {params.repeats:q} --output {output.samples:q} --record {output.record:q}"
        " 2>&1 | tee -i {log:q}"


rule check_devices:
    """Say of every device whether it can be measured on, and if not, why; run by name only."""
    input:
        code=code("check_devices"),
        program=DEVICE_PROGRAM,
    log:
        "results/logs/check_devices.log",
    localrule: True
    conda:
        HOST
    params:
        script="check_devices.py",
        entries=in_file({name: CONFIG.devices[name] for name in DEVICES}),
        settings=in_file(CONFIG.measure),
        state=".replite",
    shell:
        'python "$REPLITE"/workflow/scripts/{params.script} --entries {params.entries:q} --settings {params.settings:q}'
        ' --state {params.state:q} --requirements "$REPLITE"/envs 2>&1 | tee -i {log:q}'


use rule check_devices as clean_devices with:
    """Remove all that RepLite put on the devices; run by name only."""
    input:
        code=code("clean_devices"),
        program=DEVICE_PROGRAM,
    log:
        "results/logs/clean_devices.log",
    params:
        script="clean_devices.py",
