"""RepLite: tweets in; a report out that says which quantized transformer to run on which edge device."""

from snakemake.utils import min_version

min_version("9.27")

# A configuration given with --configfile stands alone; Snakemake would mix it with one named here.
if not workflow.overwrite_configfiles:

    configfile: "config/config.yaml"


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
    evaluate,
    hygiene,
    measure,
    merge,
    figures,
    report,
    run_on_device,
    seeds,


rule all:
    default_target: True
    input:
        rules.report.output,
