"""A rule depends on what its script imports, and on nothing else."""

from pathlib import Path

from replite.dependencies import used_by

SCRIPTS = Path("workflow/scripts")


def modules(script: str) -> set[str]:
    return {"/".join(path.parts[path.parts.index("replite") :]) for path in used_by(SCRIPTS / script)}


def test_training_depends_on_its_own_modules_and_those_they_import() -> None:
    assert {"replite/train/fit.py", "replite/train/__init__.py", "replite/device/text.py", "replite/config/train.py"} <= modules(
        "train.py"
    )


def test_training_does_not_depend_on_later_stages() -> None:
    """Nor on the keys of the configuration that are for them."""
    later = {"export", "measure", "report"}
    assert not [name for name in modules("train.py") if later & set(Path(name).with_suffix("").parts)]


def test_only_figures_and_report_depend_on_the_figure_code() -> None:
    scripts = [path.name for path in SCRIPTS.glob("*.py")]
    assert {name for name in scripts if "replite/report/figures/drawing.py" in modules(name)} <= {"figures.py", "report.py"}
    assert "replite/report/figures/drawing.py" in modules("figures.py")


def test_relative_imports_are_followed(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("from replite.device import classifier\n")
    assert {"preprocessing.py", "wordpiece.py", "bpe.py", "text.py"} <= {path.name for path in used_by(script)}
