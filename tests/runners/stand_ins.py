"""Models with known answers that stand in for the market in tests of designs and analyses."""

from __future__ import annotations

from collections.abc import Callable
from math import pi, sin

import pytest

from caremarket import agents
from caremarket.agents.world.result import RunResult
from caremarket.market.scenario import Scenario

FACTORS = ("policy.flow_down", "policy.monitoring", "policy.volume_guarantee")
"""Levers over [0, 1] that the stand-ins read, in the order of their arguments."""


def stand_in(monkeypatch: pytest.MonkeyPatch, model: Callable[[float, float, float], float]) -> None:
    """Have every run return ``model`` of the three levers as its outcome index."""

    def simulate(scenario: Scenario, seed: int) -> RunResult:
        policy = scenario.policy
        value = model(policy.flow_down, policy.monitoring, policy.volume_guarantee)
        return RunResult(seed, {"outcome_index": value, "hhi_direct": 1.0, "sme_margin": None}, {})

    monkeypatch.setattr(agents, "simulate", simulate)


def ishigami(first: float, second: float, third: float) -> float:
    """Ishigami and Homma (1990) with a = 7, b = 0.1, each argument in [0, 1] stretched to [-pi, pi]."""
    x, y, z = (pi * (2 * u - 1) for u in (first, second, third))
    return sin(x) + 7.0 * sin(y) ** 2 + 0.1 * z**4 * sin(x)
