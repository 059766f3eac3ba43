"""RepLite, run in this folder: beside this file Snakemake finds profiles/."""


include: "workflow/Snakefile"


# An included file has no say in what runs by default. A trial has no labels for a report, or no use for one.
workflow.default_target = workflow.default_target or ("try" if TRYING else rules.all.rule.name)
