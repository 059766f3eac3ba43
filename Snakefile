"""RepLite, run in this folder: beside this file Snakemake finds profiles/."""


include: "workflow/Snakefile"


# An included file has no say in what runs by default.
workflow.default_target = workflow.default_target or rules.all.rule.name
