"""The lever report: every lever has a trial, and a lever that does something is seen to."""

from __future__ import annotations

import pytest

from benchmarks.levers import NO_EFFECT, TRIALS, WEIGHTS, moved, report, scenarios
from caremarket.agents import simulate
from caremarket.agents.records.measures import summary_names
from caremarket.market.levers import PolicySpec


def test_every_lever_has_a_trial_of_two_values() -> None:
    assert set(TRIALS) == set(PolicySpec.model_fields)
    for lever, trial in TRIALS.items():
        (low,), (high,) = trial.low, trial.high
        assert low.startswith(f"policy.{lever}=")
        assert high.startswith(f"policy.{lever}=")
        assert low != high
        assert not any(o.startswith(f"policy.{lever}=") for o in trial.setting)


@pytest.mark.parametrize("lever", ["duration_years", "payment_days", "pay_when_paid"])
def test_the_two_scenarios_differ_in_that_lever_alone(lever: str) -> None:
    low, high = scenarios(lever)
    assert getattr(low.policy, lever) != getattr(high.policy, lever)
    assert low.model_copy(update={"policy": high.policy}) == high
    assert low.policy.model_copy(update={lever: getattr(high.policy, lever)}) == high.policy


@pytest.mark.parametrize("weight", WEIGHTS)
def test_award_criteria_that_are_not_set_share_what_is_left(weight: str) -> None:
    low, high = (s.policy.model_dump() for s in scenarios(f"weight_{weight}"))
    assert low[f"weight_{weight}"] < high[f"weight_{weight}"]
    others = [w for w in WEIGHTS if w != weight]
    shares = [[p[f"weight_{w}"] / (1.0 - p[f"weight_{weight}"]) for w in others] for p in (low, high)]
    assert shares[0] == pytest.approx(shares[1])


def test_what_differs_in_most_seeds_has_moved() -> None:
    low = [{"tenders": 1, "hhi_direct": 1.0, "sme_margin": None, "events": 1}] * 3
    high = [dict(low[0], tenders=2, events=2), dict(low[0], tenders=3, hhi_direct=2.0), dict(low[0], sme_margin=0.5)]
    assert [(m.measure, m.differing) for m in moved(low, high)] == [("tenders", 2)]
    assert moved(low, low) == []


def test_levers_that_work_are_seen_to_move_something(capsys: pytest.CaptureFixture[str]) -> None:
    found = report((1, 2), ["duration_years", "payment_days"], workers=1)
    assert {m.measure for m in found["duration_years"]} >= {"tenders", "commissioner_transaction_cost_pence"}
    paid = {m.measure: m.change.mean for m in found["payment_days"]}
    assert paid["sme_days_to_paid"] == pytest.approx(80.0, rel=0.2)
    assert "2 of 2 levers move something; nothing: none" in capsys.readouterr().out


@pytest.mark.parametrize("lever", sorted(TRIALS))
def test_the_lever_moves_something(lever: str) -> None:
    """In the setting of its trial, in one of six seeds at least: a lever that moved nothing would be no lever."""
    low, high = scenarios(lever)
    for seed in range(1, 7):
        before, after = simulate(low, seed).summary, simulate(high, seed).summary
        if any(before[name] != after[name] for name in summary_names() if name not in NO_EFFECT):
            return
    pytest.fail(f"policy.{lever} moves no measure in {TRIALS[lever].setting}")
