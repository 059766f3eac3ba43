"""Included by the stage report; it has nothing to do unless `measure.profile_operators` is true.

Needs: exported files, and devices that answer.
Makes: results/measure/<device>/<dataset>/<model>/<variant>/operators.json, what each operator takes there, by the runtime's own
profile in a process of its own, or why that is not known; results/report/<name>/operators.csv, all of them. Where a device fails, its
job leaves results/unmeasured/<device>/operators.txt: why.
No timed run depends on any of this, nor does it on them; of the jobs that are ready on a device it is the last.
"""

# Times on an emulated processor are none.
PROFILED_DEVICES = [name for name in DEVICES if CONFIG.measure.profile_operators and not CONFIG.devices[name].emulated]
PROFILED = dict(dataset=DATASETS, model=MODELS, variant=VARIANTS, device=PROFILED_DEVICES)
PROFILED_CELLS = [cell for cell in CELLS if cell[-1] in PROFILED_DEVICES]


rule profile_operators:
    """Have a device's runtime tell what each operator of a file takes."""
    input:
        **rules.export.output,
        tweets=rules.device_tweets.output,
        code=code("profile_operators"),
        decided=decided("profile_operators", lambda wildcards: [device_of_a_run(wildcards)]),
        program=DEVICE_PROGRAM,
    output:
        record="results/measure/{device}/{dataset}/{model}/{variant}/operators.json",
    log:
        "results/logs/profile_operators/{device}/{dataset}/{model}/{variant}.log",
    priority: -1000
    localrule: True
    conda:
        HOST
    threads: lambda wildcards: measuring_threads(wildcards.device)
    resources:
        **ON_ITS_BOARD,
    params:
        entry=lambda wildcards: in_file(device_of_a_run(wildcards)),
        settings=in_file(CONFIG.measure.of_a_profile),
        folder=subpath(input.manifest, parent=True),
        state=".replite",
        failure=f"{UNMEASURED}/{{device}}/operators.txt",
    shell:
        'python "$REPLITE"/workflow/scripts/profile_operators.py --device {wildcards.device} --entry {params.entry:q}'
        " --settings {params.settings:q} --model {params.folder:q} --tweets {input.tweets:q}"
        ' --state {params.state:q} --requirements "$REPLITE"/envs'
        " --record {output.record:q} --failure {params.failure:q} 2>&1 | tee -i {log:q}"


rule operators:
    """Put what the operators of all files take into one table."""
    input:
        records=expand(rules.profile_operators.output.record, **PROFILED),
        code=code("operators"),
        decided=decided("operators", lambda wildcards: PROFILED_CELLS),
    output:
        of_the_report("operators.csv", "Operators"),
    log:
        "results/logs/operators.log",
    localrule: True
    conda:
        HOST
    params:
        cells=in_file(PROFILED_CELLS),
        stages=STAGES,
    shell:
        'python "$REPLITE"/workflow/scripts/operators.py --expected {params.cells:q} {params.stages} --output {output:q}'
        " 2>&1 | tee -i {log:q}"
