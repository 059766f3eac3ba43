"""Files that the user put where jobs write end the planning: Snakemake removes a job's outputs before the job runs."""

from replite.files import outputs

# Of a workflow that uses this one as a module, the rules are its own affair.
FOUND = {
    path: product
    for rule in workflow.rules
    if Path(rule.snakefile).is_relative_to(CHECKOUT / "workflow")
    for product in rule.products()
    for path in outputs.existing(str(product))
    if product.match(path)
}
# Written, emptied or removed without being the output of a rule.
OTHERS = [
    *(f"{Path(path).with_suffix('')}.json" for path in FOUND),
    *(f"{Path(path).parent}/resume" for path in FOUND),
    *(".replite", ".snakemake", UNMEASURED, INCOMPLETE),
]
exit_on_error(outputs.check_named, CONFIG, [*FOUND, *filter(os.path.exists, OTHERS)])
exit_on_error(outputs.check_folders, [path for path, product in FOUND.items() if product.is_directory])
