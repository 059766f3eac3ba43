"""Whether a measurement counts: the rules, in the order in which they are applied."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from replite.config import Measure
from replite.records import Verdict


@dataclass(frozen=True)
class Evidence:
    """What a verdict rests on."""

    model_sha256: str
    """From the manifest."""
    device_model_sha256: str
    """Of the file that the device ran."""
    tweets: int
    """How many it was given."""
    samples: pd.DataFrame
    """Every sample: at least `pass`, `row`, `inference_ms`."""
    agreement: float
    """Share of the tweets with the host's label."""


def judge(evidence: Evidence, rules: Measure) -> tuple[Verdict, str]:
    """The verdict, and the rule that failed with its figures; an empty reason for a valid measurement."""
    samples = evidence.samples
    if evidence.device_model_sha256 != evidence.model_sha256:
        return "mismatch", f"the device ran {evidence.device_model_sha256[:12]}, not {evidence.model_sha256[:12]}"
    rows = samples.loc[samples["pass"] == 0, "row"].nunique()
    if rows != evidence.tweets:
        return "mismatch", f"{rows} of {evidence.tweets} tweets were run"
    if len(samples) < rules.minimum_samples:
        return "too_short", f"{len(samples)} samples; {rules.minimum_samples} are needed"
    seconds = float(samples["inference_ms"].sum()) / 1e3
    if seconds < rules.minimum_seconds:
        return "too_short", f"{seconds:.2f} s of inference; {rules.minimum_seconds:g} s are needed"
    if evidence.agreement < rules.minimum_agreement:
        return "quality_fail", (
            f"the host's label on {evidence.agreement:.1%} of the tweets; {rules.minimum_agreement:.1%} are needed"
        )
    return "valid", ""
