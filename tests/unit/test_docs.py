"""The documents: links that lead somewhere, commands that take what they seem to take, a README that is short."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from replite.config.load import load

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
PAGES += [ROOT / f"{folder}/README.md" for folder in ("config", "results", "benchmarks")]
CONFIGURATIONS = sorted((ROOT / "config").glob("*.yaml"))


def commands(program: str) -> list[str]:
    """The commands of the documents that call this program, whole lines and those within a sentence, without comments."""
    return sorted({command for page in PAGES + CONFIGURATIONS for command in _of(page) if shlex.split(command)[0] == program})


def _of(page: Path) -> Iterator[str]:
    text = page.read_text().replace("\n#   ", "\n```sh\n" if page.suffix == ".yaml" else "\n#   ")
    lines = [line for block in re.findall(r"```sh\n(.*?)(?:```|\n#\n|\Z)", text, re.DOTALL) for line in block.splitlines()]
    for line in [*lines, *re.findall(r"`([^`\n]+)`", text)]:
        command = line.partition("  #")[0].strip()
        if re.match(r"(snakemake|make|pytest|python) \S|snakemake$", command):
            yield command


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().split()) <= 1300


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", page.read_text())
    assert not [link for link in links if not (page.parent / link).exists()]


@pytest.mark.parametrize("command", commands("snakemake"))
def test_a_target_stands_before_the_options_that_would_swallow_it(command: str) -> None:
    for values in re.findall(r"--configfiles? ([^-]\S*(?: (?!-)\S+)*)", command):
        assert " " not in values, f"Snakemake takes all of '{values}' for files"
    for values in re.findall(r"--config ([^-]\S*(?: (?!-)\S+)*)", command):
        assert all("=" in value for value in values.split()), f"Snakemake takes all of '{values}' for keys with values"


def test_the_yaml_of_the_documents_is_what_a_configuration_takes() -> None:
    base = yaml.safe_load((ROOT / "config/example.yaml").read_text())
    blocks = [block for page in PAGES for block in re.findall(r"```yaml\n(.*?)```", page.read_text(), re.DOTALL)]
    assert len(blocks) > 20
    for block in blocks:
        text = block if not block.startswith(" ") else f"datasets:\n{block}"
        load(merged(base, yaml.safe_load(text)))


def merged(base: Any, block: Any) -> Any:
    """The base with the block's keys, each in its group."""
    if not isinstance(base, dict) or not isinstance(block, dict):
        return block
    return base | {key: merged(base.get(key), value) for key, value in block.items()}
