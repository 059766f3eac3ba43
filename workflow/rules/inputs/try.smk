"""Input of the rule that prints what was tried."""


def tried_files(wildcards):
    """The table of the trial, if it is one."""
    if not TRYING:
        raise WorkflowError("snakemake try: say what, as in `snakemake try --cores 2 --config model=<checkpoint>`, with no file")
    return rules.tried.output.text
