"""How often files are told apart that do not differ, and files that do: by the largest difference of all pairs, and by Holm.

Made-up answers of correlated files: four of five right, nine of ten the same as all others'. Prints a table as Markdown.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np
from scipy import stats

from benchmarks.tables import markdown
from replite import cli
from replite.report.significance import compare
from replite.tasks import primary, task

LABELS = ["NEGATIVE", "NEUTRAL", "POSITIVE"]
SHARES = [0.15, 0.25, 0.6]
RIGHT, OWN = 0.8, 0.1
"""Share of right answers, and of those that a file gives by itself."""
LEVEL = 0.05
TASK, METRIC = task("one_label"), primary("one_label")


def answers(random: np.random.Generator, texts: int, files: int, better: float = 0.0) -> tuple[list[str], list[list[str]]]:
    """Gold labels and the files' answers; the first file is right by that share oftener than the others."""
    gold = random.choice(len(LABELS), texts, p=SHARES)
    shared, own = random.random(texts) < RIGHT, random.random((files, texts)) < OWN
    right = random.random((files, texts)) < RIGHT
    right[0] |= random.random(texts) < better / (OWN * (1 - RIGHT))
    slip, slips = ((gold + random.integers(1, len(LABELS), size)) % len(LABELS) for size in (texts, (files, texts)))
    said = np.where(own, np.where(right, gold, slips), np.where(shared, gold, slip))
    names = np.array(LABELS)
    return names[gold].tolist(), names[said].tolist()


def told_apart(gold: Sequence[str], said: Sequence[Sequence[str]], seed: int) -> dict[str, bool]:
    """By each rule, whether some pair is told apart."""
    tallies = [TASK.tallies(gold, each, LABELS) for each in said]
    found = compare(tallies, TASK.score_of, METRIC, seed)
    # Holm's first step; 190 pairs need p-values so small that not draws but the normal distribution's tail gives them.
    smallest, pairs = 2 * stats.norm.sf(found.statistic.max()), len(said) * (len(said) - 1) / 2
    return {"largest difference": bool(found.p.min() < LEVEL), "Holm": bool(smallest * pairs < LEVEL)}


def shares(files: int, texts: int, better: float, draws: int) -> dict[str, float]:
    """By each rule, the share of the draws in which some pair is told apart."""
    random = np.random.default_rng(files)
    found = [told_apart(*answers(random, texts, files, better), seed) for seed in range(draws)]
    return {rule: float(np.mean([each[rule] for each in found])) for rule in found[0]}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=200, help="made-up studies of each row")
    draws = parser.parse_args().draws
    rows = []
    for files in (2, 5, 20):
        for texts, better in ((400, 0.0), (2_000, 0.0), (2_000, 0.02)):
            found = shares(files, texts, better, draws)
            rows.append([str(files), f"{texts:,}", f"{100 * better:g}", *(f"{share:.3f}" for share in found.values())])
            print(*rows[-1], flush=True)
    print(markdown(["files", "texts", "difference, points", "largest difference", "Holm"], rows))


if __name__ == "__main__":
    cli.run(main)
