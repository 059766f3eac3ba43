"""What the rules that read a data set's sources need."""

from replite.data.sources import source_files, unlabelled_files


def package(wildcards):
    """The folder that generated tweets are written to."""
    return filled(rules.generate_package.output, **wildcards)


def read_from(files):
    """An input function: the files of a data set that one of replite.data.sources' functions names."""

    def paths(wildcards):
        made = package(wildcards)
        found = files(CONFIG.datasets[wildcards.dataset], made)
        return [path if path is made else local(path) for path in found]

    return paths


def package_option(wildcards):
    """Generated tweets are read from the package written for them, all others from where the configuration says."""
    generated = CONFIG.datasets[wildcards.dataset].reader == "generated"
    return option("--package", package(wildcards) if generated else "")
