"""The data stage's scripts, run as a rule runs them."""

import json
import subprocess
import sys
from pathlib import Path

from replite import handover

SCRIPTS = Path(__file__).parents[3] / "workflow" / "scripts"
ENTRY = '{"reader": "generated", "topics": 2, "train_tweets_per_topic": 40, "test_tweets_per_topic": 20}'


def script(name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, SCRIPTS / name, *arguments], capture_output=True, text=True, check=False)


def test_generated_tweets_become_three_splits_and_a_card(tmp_path: Path) -> None:
    package = tmp_path / "package"
    entry = handover.write(ENTRY, tmp_path / "handover")
    assert script("generate_package.py", "--entry", entry, "--seed", "0", "--output", package).returncode == 0
    written = handover.write(json.loads(ENTRY) | {"written": str(package)}, tmp_path / "handover")
    done = script("prepare_data.py", "--entry", written, "--seed", "0", "--name", "tweets", "--output", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "card.json", "handover", "package", "package.json", "test.parquet", "train.parquet", "validation.parquet",
    ]  # fmt: skip

    for change in (lambda file: file.write_text(file.read_text().replace("NEUTRAL", "POSITIVE")), Path.unlink):
        gold = package / "test/goldstandard/goldstandard_polarity.dat"
        change(gold)
        done = script("prepare_data.py", "--entry", written, "--seed", "0", "--name", "tweets", "--output", tmp_path)
        assert done.returncode == 1
        assert done.stderr.startswith(f"error: {gold}: ")
        assert done.stderr.endswith(f"; remove the folder {package}, and the same command makes it again\n")


def test_a_mistake_ends_as_one_line(tmp_path: Path) -> None:
    missing = '{"reader": "replab2013", "folder": "nowhere"}'
    for entry, message in ((missing, "error: nowhere: no such folder"), ('{"reader": "nothing"}', f"error: {tmp_path}/")):
        file = handover.write(entry, tmp_path)
        done = script("prepare_data.py", "--entry", file, "--seed", "0", "--name", "tweets", "--output", tmp_path)
        assert done.returncode == 1
        assert done.stderr.startswith(message)
        assert done.stderr.count("\n") == 1
