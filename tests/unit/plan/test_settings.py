"""What a plan makes of a configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from replite.config import plan
from replite.config.load import ConfigError, load
from replite.config.measure import Measure
from replite.config.public import public
from tests.unit.test_config import MINIMAL

ROOT = Path(__file__).parents[3]


def with_models(**models: Any) -> dict[str, Any]:
    return MINIMAL | {"models": models}


def test_runs_are_short_whatever_the_profile() -> None:
    short = plan.short(Measure.model_validate({"profile": "strict", "tweets": None}))
    assert (short.tweets, short.repeats, short.idle_seconds, short.pause_seconds) == (plan.TEXTS, 1, 0, None)
    assert plan.short(Measure(tweets=7)).tweets == 7


def test_models_that_differ_in_what_they_learn_alone_have_one_twin() -> None:
    twins = plan.twins(load(ROOT / "config/replab2013.yaml"))
    assert twins["minilm-l6-taught"] == "minilm-l6"
    assert twins["minilm-l3-alone"] == "minilm-l3"
    assert twins["minilm-l6-pruned"] == "minilm-l6-pruned"


def test_a_disabled_model_is_planned_by_its_name_alone() -> None:
    off = {"enabled": False, "checkpoint": "somewhere"}
    raw = with_models(on={"architecture": {"model_type": "bert"}}, off=off, further=off)
    assert plan.models(load(raw)) == ["on"]
    for names in ("off", ["off"], "off, on"):
        assert plan.models(load(raw | {"plan_models": names})) == ["on", "off"]


def test_a_name_that_is_none_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="key 'plan_models': there is no model 'smal'; did you mean 'small'"):
        load(MINIMAL | {"plan_models": "smal"})


def test_what_else_is_planned_changes_nothing_that_is_told() -> None:
    assert public(load(MINIMAL | {"plan_models": ["small"]})) == public(load(MINIMAL))
