"""Versions of the packages at work, for the records."""

from importlib.metadata import PackageNotFoundError, version

TENSORFLOW = ("tensorflow-cpu", "tensorflow", "tensorflow-rocm", "tensorflow-intel")
"""Builds of the one module `tensorflow`, of which an environment has one."""


def versions(*packages: str) -> dict[str, str]:
    """By name, of those installed; `tensorflow` is whichever build of it there is, by that build's own name.

    Raises `PackageNotFoundError`.
    """
    return dict(_tensorflow() if package == "tensorflow" else (package, version(package)) for package in packages)


def _tensorflow() -> tuple[str, str]:
    for build in TENSORFLOW:
        try:
            return build, version(build)
        except PackageNotFoundError:
            continue
    import tensorflow

    return "tensorflow", tensorflow.__version__
