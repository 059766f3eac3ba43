"""Inputs of the rules that read a data set's sources."""

UNLABELLED = ("unlabelled", "unlabelled_split")


def dataset_entry(wildcards, *others):
    """A data set's entry without these keys, on which what is made of it does not depend."""
    return CONFIG.drawn[wildcards.dataset].without("enabled", "training", "seed", "draws", *TOLD, *others)


def seed_of(wildcards):
    """The seed of all that is drawn for a data set."""
    return CONFIG.drawn[wildcards.dataset].seed


def data_entry(wildcards, *others):
    """The same as it is read: generated tweets from the package written for them."""
    entry = dataset_entry(wildcards, *others)
    if entry.reader == "generated":
        return entry.at(filled(rules.generate_package.output, **wildcards))
    return entry


def read_from(files):
    """An input function: the files that `files` gives of a data set's entry, which no `prefix` moves (generated ones have theirs).

    One that is not there is refused before anything runs, and before what was made of it is removed; a dry run shows its plan all
    the same.
    """

    def paths(wildcards):
        entry = data_entry(wildcards)
        found = [str(path) for path in files(entry)]
        missing = [path for path in found if not os.path.exists(path) and entry.reader != "generated"]
        if missing and not workflow.dryrun:
            hint = "a relative path begins in the folder that the run is in; put it there, or leave the data set out by `enabled: false`"
            raise WorkflowError(f"data set '{wildcards.dataset}': {missing[0]}: there is no such file or folder; {hint}")
        return [local(path) for path in found if path not in missing]

    return paths
