"""Files that run side by side on a device, for the budgets that are for several data sets (`together`).

Needs: all that the choice of a file does; the exported files of those data sets, the host's predictions with them, and devices that
answer.
Makes, in results/report/<name>/: candidates.json, the few sets of files on each device that are worth measuring, and
together/<device>.csv (every sample) and .json (verdicts): what they took in one process. Where a device fails, its job leaves
results/unmeasured/<device>/together.txt: why.
Nothing of this is planned where no budget asks for it.
"""


include: "inputs/together.smk"


rule candidates:
    """Choose the sets of files that are worth measuring together."""
    input:
        **CHOOSE_FROM,
        code=code("candidates", ""),
        decided=decided("candidates", lambda wildcards: [CELLS, CHOICE]),
    output:
        f"{REPORT}/candidates.json",
    log:
        "results/logs/candidates.log",
    localrule: True
    conda:
        HOST
    params:
        of_cells=OF_CELLS,
        settings=in_file(CHOICE),
    shell:
        'python "$REPLITE"/workflow/scripts/candidates.py {params.of_cells}'
        " --benchmark {input.benchmark:q} --settings {params.settings:q} --output {output:q} 2>&1 | tee -i {log:q}"


rule run_together:
    """Run sets of files on a device over SSH, each set in one process."""
    input:
        candidates=rules.candidates.output,
        files=expand([*rules.export.output, *rules.predict_on_host.output], dataset=TOGETHER, model=MODELS, variant=VARIANTS),
        tweets=expand(rules.device_tweets.output, dataset=FIRST_TOGETHER),
        code=code("run_together", "", "head"),
        decided=decided("run_together", lambda wildcards: [device_of_a_run(wildcards), CONFIG.measure.of_cells]),
        program=DEVICE_PROGRAM,
    output:
        samples=f"{REPORT}/together/{{device}}.csv",
        record=f"{REPORT}/together/{{device}}.json",
    log:
        "results/logs/run_together/{device}.log",
    localrule: True
    conda:
        HOST
    threads: lambda wildcards: measuring_threads(wildcards.device)
    resources:
        **ON_ITS_BOARD,
    params:
        entry=lambda wildcards: in_file(device_of_a_run(wildcards)),
        settings=in_file(CONFIG.measure.of_cells),
        data=f"{RESULTS}/data",
        export=f"{RESULTS}/export",
        state=".replite",
        failure=f"{UNMEASURED}/{{device}}/together.txt",
    shell:
        'python "$REPLITE"/workflow/scripts/run_together.py --device {wildcards.device} --entry {params.entry:q}'
        " --settings {params.settings:q} --candidates {input.candidates:q} --data {params.data:q} --export {params.export:q}"
        ' --state {params.state:q} --requirements "$REPLITE"/envs'
        " --output {output.samples:q} --record {output.record:q} --failure {params.failure:q}"
        " 2>&1 | tee -i {log:q}"
