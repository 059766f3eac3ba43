"""Versions of packages, whichever build of TensorFlow is installed."""

from importlib.metadata import PackageNotFoundError, version

import pytest

from replite import packages


def installed(monkeypatch: pytest.MonkeyPatch, **found: str) -> None:
    def version(name: str) -> str:
        if name.replace("-", "_") not in found:
            raise PackageNotFoundError(name)
        return found[name.replace("-", "_")]

    monkeypatch.setattr(packages, "version", version)


def test_versions_are_those_installed() -> None:
    assert packages.versions("numpy", "tf-keras") == {"numpy": version("numpy"), "tf-keras": version("tf-keras")}


@pytest.mark.parametrize("build", ["tensorflow", "tensorflow_cpu", "tensorflow_rocm"])
def test_tensorflow_has_the_name_of_its_build(monkeypatch: pytest.MonkeyPatch, build: str) -> None:
    installed(monkeypatch, **{build: "2.21.0"})
    assert packages.versions("tensorflow") == {build.replace("_", "-"): "2.21.0"}


def test_a_build_that_is_not_known_is_asked_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    import tensorflow

    installed(monkeypatch)
    assert packages.versions("tensorflow") == {"tensorflow": tensorflow.__version__}


def test_a_package_that_is_missing_is_named() -> None:
    with pytest.raises(PackageNotFoundError, match="no-such-package"):
        packages.versions("no-such-package")
