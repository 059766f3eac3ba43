"""Inputs of the rules that read a data set's sources."""


def data_entry(wildcards):
    """A data set's entry as it is read: generated tweets from the package written for them."""
    entry = CONFIG.datasets[wildcards.dataset].without("enabled")
    if entry.reader == "generated":
        return entry.at(filled(rules.generate_package.output, **wildcards))
    return entry


def splits_entry(wildcards):
    """The keys of it that the splits depend on."""
    return data_entry(wildcards).without("unlabelled", "unlabelled_split")


def package_entry(wildcards):
    """The entry of a data set of generated tweets as they are written."""
    return CONFIG.datasets[wildcards.dataset].without("enabled")


def read_from(files):
    """An input function: the files that `files` gives of a data set's entry, which no `prefix` moves (generated ones have theirs)."""

    def paths(wildcards):
        return [local(path) for path in files(data_entry(wildcards))]

    return paths
