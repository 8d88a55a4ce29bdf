"""Scenario discovery finds a box that is there, says how well it fits, and hands cases to EMA Workbench."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from caremarket.experiments.analysis.cases import Cases, cases_of, export
from caremarket.experiments.analysis.condition import Condition
from caremarket.experiments.analysis.discovery import discover
from caremarket.market.errors import ConfigurationError

POINTS, REPLICATES = 200, 3
CONDITION = Condition.parse("sme_value_share_delivered<0.2")


def sweep() -> tuple[pa.Table, pa.Table]:
    """A sweep in which the SME share is low where turnover_ratio is above 2 and the policy is no separate one."""
    draw = np.random.default_rng(5)
    ratio, monitoring = 3 * draw.random(POINTS), draw.random(POINTS)
    policy = draw.choice(["separate", "prime_contractor", "prime_provider"], POINTS)
    low = (ratio > 2) & (policy != "separate")
    share = np.where(low, 0.1, 0.4)
    noise = np.tile([-0.05, 0.0, 0.05], POINTS)
    number = np.arange(POINTS, dtype=np.int32)
    design = pa.table(
        {
            "point": number,
            "label": [f"sample={n}" for n in number],
            "config_hash": ["x"] * POINTS,
            "policy": policy,
            "policy.turnover_ratio": ratio,
            "policy.monitoring": monitoring,
            "policy.pay_when_paid": draw.random(POINTS) < 0.5,
            "policy.indicators": draw.integers(0, 30, POINTS).astype(float),
            "policy.flow_down": np.full(POINTS, 0.5),
        }
    )
    runs = pa.table(
        {
            "run": np.arange(POINTS * REPLICATES, dtype=np.int32),
            "point": np.repeat(number, REPLICATES),
            "label": np.repeat(design.column("label").to_numpy(), REPLICATES),
            "policy.turnover_ratio": np.repeat(ratio, REPLICATES),
            "sme_value_share_delivered": np.repeat(share, REPLICATES) + noise,
            "sme_margin": pa.array([None] * (POINTS * REPLICATES), pa.float64()),
        }
    )
    return design, runs


@pytest.fixture(scope="module")
def cases() -> Cases:
    return cases_of(*sweep())


def test_cases_are_points_with_means_over_replicates(cases: Cases) -> None:
    assert len(cases.experiments) == POINTS
    assert set(np.round(cases.outcomes["sme_value_share_delivered"], 9)) == {0.1, 0.4}
    assert np.isnan(cases.outcomes["sme_margin"]).all()
    assert "policy.turnover_ratio" not in cases.outcomes
    assert cases.left_out == ("policy.flow_down",)
    assert cases.experiments["policy.indicators"].dtype == np.int64


def test_a_known_box_is_found(cases: Cases) -> None:
    found = discover(cases, CONDITION, seed=1)
    limits = {row["lever"]: row for row in found.limits.to_pylist()}
    assert {name for name, row in limits.items() if row["restricted"]} == {"policy", "policy.turnover_ratio"}
    assert limits["policy"]["choices"] == ["prime_contractor", "prime_provider"]
    assert limits["policy.turnover_ratio"]["low"] == pytest.approx(2.0, abs=0.1)
    assert limits["policy.turnover_ratio"]["high"] == limits["policy.turnover_ratio"]["range_high"]
    assert found.coverage > 0.95
    assert found.density > 0.95
    inside = cases.experiments
    inside = inside[(inside["policy"] != "separate") & (inside["policy.turnover_ratio"] > 2)]
    assert found.of_interest == len(inside)


def test_levers_that_matter_score_highest_and_scores_are_shares(cases: Cases) -> None:
    found = discover(cases, CONDITION, seed=1)
    scores = {row["lever"]: row["score"] for row in found.limits.to_pylist()}
    assert sum(scores.values()) == pytest.approx(1.0)
    assert set(sorted(scores, key=scores.__getitem__)[-2:]) == {"policy", "policy.turnover_ratio"}
    assert found.limits.equals(discover(cases, CONDITION, seed=1).limits)


def test_a_density_asked_for_is_reached_or_refused(cases: Cases) -> None:
    found = discover(cases, CONDITION, seed=1, density=0.5)
    rows = found.trajectory.to_pylist()
    assert found.density >= 0.5
    assert found.coverage == max(row["coverage"] for row in rows if row["density"] >= 0.5)
    vague = Cases(cases.experiments, {"m": np.random.default_rng(2).random(POINTS)}, cases.labels, ())
    with pytest.raises(ConfigurationError, match="density"):
        discover(vague, Condition("m", "<", 0.5), seed=1, density=1.0)


def test_noise_gives_no_box(cases: Cases) -> None:
    noise = np.random.default_rng(8).random(POINTS)
    vague = Cases(cases.experiments[["policy.monitoring", "scenario"]], {"m": noise}, cases.labels, ())
    found = discover(vague, Condition("m", "<", 0.5), seed=1)
    assert found.density < 0.75


def test_ema_workbench_loads_what_is_exported(cases: Cases, tmp_path: Path) -> None:
    from ema_workbench import load_results

    content = export(cases)
    assert content == export(cases)
    path = tmp_path / "results.tar.gz"
    path.write_bytes(content)
    experiments, outcomes = load_results(str(path))
    pd.testing.assert_frame_equal(experiments, cases.experiments, check_categorical=False)
    assert set(outcomes) == set(cases.outcomes)
    for name, values in cases.outcomes.items():
        np.testing.assert_allclose(outcomes[name], values)


@pytest.mark.parametrize("text", ["", "sme<", "<0.2", "a=1", "a<b", "a<1.2.3"])
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="condition"):
        Condition.parse(text)


def test_questions_a_sweep_cannot_answer_are_refused(cases: Cases) -> None:
    with pytest.raises(ConfigurationError, match="no measure"):
        discover(cases, Condition.parse("sme_share<0.2"), 1)
    with pytest.raises(ConfigurationError, match="holds at no point"):
        discover(cases, Condition.parse("sme_value_share_delivered<0"), 1)
    few = cases_of(sweep()[0].slice(0, 10), sweep()[1].slice(0, 30))
    with pytest.raises(ConfigurationError, match="10 points are too few"):
        discover(few, CONDITION, 1)
