"""RepLite: tweets in; a report out that says which quantized transformer to run on which edge device."""

from snakemake.utils import min_version

min_version("9.27")


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/export.smk"
include: "workflow/rules/bundle.smk"
include: "workflow/rules/measure.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/incomplete.smk"


report: "workflow/report/workflow.rst"


localrules:
    all,
    bundle,
    bundle_model,
    check_devices,
    clean_devices,
    device_tweets,
    evaluate,
    hygiene,
    measure,
    merge,
    figures,
    report,
    run_on_device,
    seeds,


onstart:
    forget_the_last_run()
    # To keep its limit of 100 jobs a second, Snakemake 9.27 goes through all open jobs once a second for every job that has ended,
    # which in a run of hundreds takes more time than they do. Nothing here needs the limit but a cluster.
    if workflow.local_exec:
        workflow.scheduler.job_rate_limiter = None


rule all:
    default_target: True
    input:
        rules.report.output,
