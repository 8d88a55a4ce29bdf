"""A policy search comes near a front that is known, keeps limits, and is the same after a kill."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from optuna.trial import FrozenTrial

from caremarket.experiments.search.samplers import SAMPLERS
from caremarket.experiments.search.section import SearchSpec, search_from_config
from caremarket.experiments.search.study import Levers, Outcome, best_trials, search
from caremarket.market.errors import ConfigurationError

LEVERS = {
    "policy.flow_down": {"low": 0.0, "high": 1.0},
    "policy.monitoring": {"low": 0.0, "high": 1.0},
    "policy.pay_when_paid": {"choices": [True, False]},
}


def spec(**changes: Any) -> SearchSpec:
    return search_from_config(
        {
            "levers": LEVERS,
            "objectives": {"hhi_direct": "minimize", "outcome_index": "maximize"},
            "trials": 100,
            "generation": 20,
            **changes,
        }
    )


def stand_in(_: int, trials: Sequence[Levers]) -> list[Outcome]:
    """HHI and outcome both rise with flow_down, and all else does harm: the front is outcome = HHI."""
    outcomes = []
    for levers in trials:
        x, harm = float(levers["policy.flow_down"] or 0), float(levers["policy.monitoring"] or 0)
        outcomes.append(
            Outcome({"hhi_direct": x + harm, "outcome_index": x - (levers["policy.pay_when_paid"] is True) * 0.5})
        )
    return outcomes


def gap(trials: Sequence[FrozenTrial], best: set[int]) -> float:
    """Mean distance of what was found from the front."""
    return sum(trials[n].values[0] - trials[n].values[1] for n in best) / len(best)


@pytest.mark.parametrize("sampler", ["nsga2", "tpe"])
def test_a_known_front_is_approached(sampler: str, tmp_path: Path) -> None:
    asked = spec(sampler=sampler)
    trials = search(asked, 1, tmp_path / "journal", stand_in)
    best = best_trials(asked, trials)
    assert [t.number for t in trials] == list(range(100))
    assert all(trials[n].params["policy.pay_when_paid"] is False for n in best)
    first = [t.values[0] - t.values[1] for t in trials[:20]]
    assert gap(trials, best) < 0.15 < sum(first) / 20
    assert len(best) >= 5


@pytest.mark.parametrize("sampler", sorted(SAMPLERS))
def test_a_search_cut_short_goes_on_with_the_same_trials(sampler: str, tmp_path: Path) -> None:
    asked = spec(sampler=sampler, trials=50, generation=20)
    whole = search(asked, 7, tmp_path / "whole", stand_in)

    def interrupted(generation: int, trials: Sequence[Levers]) -> list[Outcome]:
        if generation == 2:
            raise KeyboardInterrupt
        return stand_in(generation, trials)

    with pytest.raises(KeyboardInterrupt):
        search(asked, 7, tmp_path / "cut", interrupted)
    # A kill while the journal was written leaves a torn line, and a generation that is there in part.
    content = (tmp_path / "cut").read_bytes()
    (tmp_path / "cut").write_bytes(content[:-30])
    (tmp_path / "cut.lock").symlink_to("nowhere")
    told: list[int] = []

    def counted(generation: int, trials: Sequence[Levers]) -> list[Outcome]:
        told.append(generation)
        return stand_in(generation, trials)

    again = search(asked, 7, tmp_path / "cut", counted)
    assert told == [1, 2]
    assert [(t.params, t.values) for t in again] == [(t.params, t.values) for t in whole]
    assert search(asked, 7, tmp_path / "cut", interrupted)[-1].number == 49


def test_seeds_give_other_trials(tmp_path: Path) -> None:
    asked = spec(trials=5)
    found = [[t.params for t in search(asked, seed, tmp_path / str(seed), stand_in)] for seed in (1, 2)]
    assert found[0] != found[1]


def test_limits_are_kept_by_what_is_best(tmp_path: Path) -> None:
    asked = spec(constraints={"outcome_index": {"low": 0.3}})
    trials = search(asked, 1, tmp_path / "journal", stand_in)
    best = best_trials(asked, trials)
    assert best
    assert min(trials[n].values[1] for n in best) >= 0.3
    # Without the limit the cheapest policies have lower outcomes.
    free = search(spec(), 1, tmp_path / "free", stand_in)
    assert min(free[n].values[1] for n in best_trials(spec(), free)) < 0.3


def test_one_objective_has_one_best(tmp_path: Path) -> None:
    asked = spec(objectives={"outcome_index": "maximize"}, sampler="tpe")
    trials = search(asked, 1, tmp_path / "journal", stand_in)
    (best,) = best_trials(asked, trials)
    assert trials[best].values[0] == max(t.values[0] for t in trials)
    assert trials[best].values[0] > 0.95


def test_a_trial_that_fails_is_kept_with_its_reason_and_is_not_best(tmp_path: Path) -> None:
    def some(generation: int, trials: Sequence[Levers]) -> list[Outcome]:
        found = stand_in(generation, trials)
        return [Outcome({}, "no such contract") if n == 0 else o for n, o in enumerate(found)]

    asked = spec(trials=40)
    trials = search(asked, 1, tmp_path / "journal", some)
    assert [t.number for t in trials if t.user_attrs["reason"]] == [0, 20]
    assert not {0, 20} & best_trials(asked, trials)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"objectives": {}}, "search.objectives"),
        ({"objectives": {"hhi": "minimize"}}, "search.objectives.hhi"),
        ({"objectives": {"hhi_direct": "least"}}, "search.objectives.hhi_direct"),
        ({"levers": {}}, "search.levers"),
        ({"levers": {"seed": {"low": 0.0, "high": 1.0}}}, "search.levers.seed"),
        ({"levers": {"policy.flow_down": {"low": 0.0, "high": 1.0, "log": True}}}, "low must be above 0"),
        ({"sampler": "simplex"}, "nsga2, random, tpe"),
        ({"constraints": {"outcome_index": {}}}, "low, high or both"),
        ({"trials": 0}, "search.trials"),
        ({"colour": 1}, "search.colour"),
    ],
)
def test_a_wrong_section_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        spec(**changes)
