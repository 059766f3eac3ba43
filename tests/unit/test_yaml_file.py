"""Configuration files: nothing is passed over in silence, and every message names file, line, key and fix."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from replite.config.load import ConfigError, load
from tests.unit.test_config import MINIMAL

LINES = """\
datasets: {tweets: {reader: generated}}
models: {small: {architecture: {model_type: bert}}}
variants: {fp32: {quantization: fp32}}
devices: {here: {simulated: {}}}
"""


def message(tmp_path: Path, content: str | bytes, name: str = "my.yaml") -> str:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ConfigError) as caught:
        load(path)
    return str(caught.value).replace(f"{tmp_path}/", "")


def mine(keys: str) -> str:
    return LINES.replace("datasets: {", f"datasets: {{mine: {{reader: table, train: a.csv, {keys}}}, ")


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("seed: 1\nseed: 2\n", "my.yaml: line 6: key 'seed' stands on line 5 already; take one out"),
        ("measure:\n  tweets: 5\nmeasure:\n  repeats: 2\n", "my.yaml: line 7: key 'measure' stands on line 5 already"),
        ("measure: {tweets: 5, repeats: 2, tweets: 6}\n", "line 5: key 'measure.tweets' stands on line 5 already"),
        ("measure: &m {tweets: 5}\nmeasure: *m\n", "line 6: key 'measure' stands on line 5 already"),
        ("---\nseed: 1\n", "my.yaml: line 5: a second document begins; a configuration is one: take out the line `---`"),
        ("measure:\n\ttweets: 5\n", "my.yaml: line 6: not readable as YAML: a tab; indent by spaces"),
        ("report: {title: caf\xe9}\n".encode("latin-1"), "my.yaml: line 5: not UTF-8; save the file as UTF-8"),
        ("report: " + "[" * 5000, "my.yaml: nested too deeply"),
        ("report: " + "[" * 90 + "]" * 90, "my.yaml: line 5: nested too deeply"),
        ("report: &r {title: *r}\n", "my.yaml: line 5: nested too deeply, or in itself by an alias"),
        ("? [a, b]\n: 1\n", "my.yaml: line 5: a key is one word, and no list or group of keys"),
        ("seed: !!python/name:os.system\n", "my.yaml: line 5: not readable as YAML: could not determine a constructor"),
        ("seed: 2024-13-45\n", "my.yaml: not readable as YAML: month must be in 1..12"),
        ("1: {a: 2}\n", "key '1'"),
        ("seed: !!bool maybe\n", "my.yaml: not readable as YAML: a value is not what its tag, as `!!bool`, says"),
        ("seed: !!timestamp soon\n", "my.yaml: not readable as YAML: a value is not what its tag"),
        ("seed: !!float ''\n", "my.yaml: not readable as YAML: a value is not what its tag"),
        ("# \a\n", r"my.yaml: line 5: not readable as YAML: the character '\x07'; take it out"),
        (LINES.encode("utf-16-le"), r"my.yaml: line 5: not readable as YAML: the character '\x00'; take it out"),
        ("1: {}\n1.0: {}\n", "line 6: key '1.0' stands on line 5 already; take one out"),
        ("0.0: {}\n-0.0: {}\n", "line 6: key '-0.0' stands on line 5 already; take one out"),
        ("seed: 010\n", "my.yaml: line 5: key 'seed': YAML takes 010 for a number of base 8: put quotes around it if it is text"),
        ("measure: {minimum_seconds: 1:30}\n", "line 5: key 'measure.minimum_seconds': YAML takes 1:30 for a number of base 60"),
        ('report: {title: "\\ud83d"}\n', r"my.yaml: '\ud83d' is half a character; write the whole one"),
        ("modells: {}\n", "my.yaml: line 5: unknown key 'modells'; did you mean 'models'?"),
        ("measure:\n  tweets: true\n", "my.yaml: line 6: key 'measure.tweets': a truth value, as YAML takes yes, no, on and off"),
        (
            "measure:\n  minimum_seconds: .inf\n",
            "line 6: key 'measure.minimum_seconds': Input should be a finite number",
        ),
        ("measure:\n  minimum_seconds: .nan\n", "key 'measure.minimum_seconds': Input should be a finite number"),
        ("measure:\n  minimum_seconds: 1.0e+999\n", "key 'measure.minimum_seconds': Input should be a finite number"),
        ("export: {lengths: [8, yes]}\n", "line 5: key 'export.lengths': a truth value"),
        ("report: {title: off}\n", "line 5: key 'report.title': YAML takes off for a truth value: put quotes around it"),
        ("report: {title: 2024-01-01}\n", "YAML takes 2024-01-01 for a date: put quotes around it"),
        ("report: {title: ~}\n", "YAML takes ~ for no value: put quotes around it"),
        ("seed: -1\n", "line 5: key 'seed': Input should be greater than or equal to 0 (given: -1)"),
    ],
)
def test_what_yaml_would_let_pass_is_refused(tmp_path: Path, more: str | bytes, expected: str) -> None:
    assert expected in message(tmp_path, LINES.encode() + (more if isinstance(more, bytes) else more.encode()))


def test_aliases_that_multiply_are_refused_and_others_serve(tmp_path: Path) -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for number in range(1, 10):
        bomb += f"a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 10)}]\n"
    assert "aliases repeat more than 100,000 values" in message(tmp_path, LINES + bomb)
    path = tmp_path / "merged.yaml"
    path.write_text(LINES + "training: &t {epochs: 2}\nmeasure:\n  <<: {tweets: 5, repeats: 2}\n  tweets: 7\n")
    assert (load(path).measure.tweets, load(path).measure.repeats) == (7, 2)


def test_an_empty_file_and_one_without_keys_say_what_is_missing(tmp_path: Path) -> None:
    assert "my.yaml: key 'datasets' is missing" in message(tmp_path, "")
    assert message(tmp_path, "- a\n") == "my.yaml: the top level holds no keys"
    assert "my.yaml: line 1: key 'datasets.tweets.reader' is missing" in message(tmp_path, "datasets: {tweets: {topics: 3}}")


def test_a_nearly_right_value_is_told_the_right_one(tmp_path: Path) -> None:
    content = LINES.replace("quantization: fp32", "quantization: fp23")
    assert "line 3: key 'variants.fp32.quantization': " in message(tmp_path, content)
    assert message(tmp_path, content).endswith("(given: 'fp23'); did you mean 'fp32'?")
    assert message(tmp_path, LINES.replace("generated", "generate")).endswith("did you mean 'generated'?")


def test_a_name_that_is_too_long_for_a_folder_is_refused(tmp_path: Path) -> None:
    name = "b" * 101
    assert f"line 4: key 'devices.{name}': a name has 100 characters at most" in message(tmp_path, LINES.replace("here", name))


def test_json_is_read_and_its_keys_stand_once(tmp_path: Path) -> None:
    path = tmp_path / "my.json"
    path.write_text(json.dumps(MINIMAL, indent="\t"))
    assert load(path).seed == 0
    twice = json.dumps(MINIMAL)[:-1] + ', "seed": 1, "seed": 2}'
    assert message(tmp_path, twice, "my.json") == "my.json: key 'seed' stands twice in a group; take one out"


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("labels: [NOT, OFF]", "line 1: key 'datasets.mine.labels.1': YAML takes OFF for a truth value: put quotes around it"),
        ("labels: [yes, no]", "key 'datasets.mine.labels.0': YAML takes yes for a truth value: put quotes around it"),
        ("labels: [NULL, a]", "key 'datasets.mine.labels.0': YAML takes NULL for no value: put quotes around it"),
        ("labels: [0.5, a]", "key 'datasets.mine.labels.0': YAML takes 0.5 for a number: put quotes around it"),
        ("labels: [010, a]", "line 1: key 'datasets.mine.labels.0': YAML takes 010 for a number: put quotes around it"),
        ("labels: [a, b], label_map: {1: OFF}", "key 'datasets.mine.label_map.1': YAML takes OFF for a truth value"),
        ("labels: [a, b], label_map: {OFF: a}", "key 'datasets.mine.label_map': YAML takes no, off or false for a truth value"),
        ("labels: [a, b], label_map: {~: a}", "key 'datasets.mine.label_map': YAML takes null or ~ for no value"),
        ("labels: [a, b], label_map: {0x10: a}", "YAML takes 0x10 for a number: put quotes around it"),
        ("labels: [a, b], label_map: {1.10: a}", "YAML takes 1.10 for a number: put quotes around it"),
        ("labels: [a, b], label_map: {2001-12-14 21:59:43: a}", "YAML takes 2001-12-14 21:59:43 for a datetime: put quotes"),
        ("labels: ['', b]", "key 'datasets.mine.labels.0': the label '' is empty or holds"),
        (r'labels: ["a\nb", c]', r"the label 'a\nb' is empty or holds a line end or another invisible character"),
        ("labels: [1:30, b]", "YAML takes 1:30 for a number: put quotes around it"),
    ],
)
def test_labels_that_yaml_takes_for_something_else_ask_for_quotes(tmp_path: Path, keys: str, expected: str) -> None:
    assert expected in message(tmp_path, mine(keys))


def test_labels_of_a_trained_checkpoint_too(tmp_path: Path) -> None:
    keys = "{checkpoint: a, trained: true, labels: {0x10: a}}"
    content = LINES.replace("{architecture: {model_type: bert}}", keys)
    assert "key 'models.small.labels.0x10': YAML takes 0x10 for a number: put quotes around it" in message(tmp_path, content)


@pytest.mark.parametrize("labels", [[0, 1], [-1, 0, 1], ["OFF", "NOT"]])
def test_whole_numbers_are_labels_and_so_is_what_stands_in_quotes(labels: list[Any]) -> None:
    table = {"reader": "table", "train": "a.csv", "labels": labels, "label_map": {7: labels[0], "8": None}}
    entry: Any = load(MINIMAL | {"datasets": {"mine": table}}).datasets["mine"]
    assert entry.labels == [str(label) for label in labels]
    assert entry.label_map == {"7": str(labels[0]), "8": None}


def planned(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "snakemake", "--dry-run", "--quiet", "--cores", "1", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_snakemake_plans_nothing_by_a_configuration_with_a_key_that_stands_twice(tmp_path: Path) -> None:
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    first.write_text(LINES)
    second.write_text("seed: 1\nseed: 2\n")
    assert planned("--configfile", str(first)).returncode == 0
    done = planned("--configfile", str(first), str(second))
    assert done.returncode == 1
    assert f"{second}: line 2: key 'seed' stands on line 1 already; take one out" in done.stderr + done.stdout


def test_a_value_given_on_the_command_line_is_checked_too(tmp_path: Path) -> None:
    path = tmp_path / "my.yaml"
    path.write_text(yaml.safe_dump(MINIMAL))
    done = planned("--configfile", str(path), "--config", "seed=True")
    assert (done.returncode, "key 'seed': a truth value" in done.stderr + done.stdout) == (1, True)
