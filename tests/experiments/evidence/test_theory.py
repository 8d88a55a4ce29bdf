"""The checks against theory hold, and would not if the model were another."""

from __future__ import annotations

from itertools import count

import pytest

from caremarket.agents.model import CareMarket
from caremarket.agents.strategies import PricingStrategy
from caremarket.experiments.evidence.theory import CHECKS, Check, Comparison
from caremarket.experiments.evidence.theory.asymmetric import SUPPORTS, AsymmetricEquilibrium
from caremarket.experiments.evidence.theory.common_value import SIGMA
from caremarket.experiments.evidence.theory.common_value_solution import equilibrium_multiple, lowest_estimate
from caremarket.experiments.evidence.theory.contests import contests, mean
from caremarket.experiments.evidence.theory.learners import SHORT_STAGES, last_price
from caremarket.experiments.evidence.theory.textbook_tender import textbook_tender
from caremarket.market.risk import first_price_bid

SLOW = {"1a"}
"""Tests of the learners are in tests/agents/bidding/test_learning.py; 5,000 tenders are for ``caremarket validate``."""


@pytest.mark.parametrize("check", [c for c in CHECKS if c.id not in SLOW], ids=lambda c: c.id)
def test_the_check_is_within_its_tolerance(check: Check) -> None:
    found = check.run(True)
    assert len(found) > 1
    assert not [c for c in found if not c.within]


@pytest.mark.slow
@pytest.mark.parametrize("check", [c for c in CHECKS if c.id in SLOW], ids=lambda c: c.id)
def test_the_long_check_is_within_its_tolerance(check: Check) -> None:
    assert not [c for c in check.run(True) if not c.within]


def test_checks_are_told_apart_and_say_what_they_hold() -> None:
    assert len({c.id for c in CHECKS}) == len(CHECKS)
    assert {c.id[0] for c in CHECKS} == set("12345")
    for check in CHECKS:
        assert check.name
        assert check.says
        assert check.source
        assert check.tolerance


@pytest.mark.parametrize(
    "bidders", [pytest.param(2, marks=pytest.mark.slow), 3, pytest.param(5, marks=pytest.mark.slow)]
)
def test_best_response_comes_to_the_equilibrium_price_from_a_wrong_prior(bidders: int) -> None:
    """Symmetric private values, one tender after another; the prior has all offers near reference cost."""
    price = last_price("best_response", bidders, seeds=1, rounds=2_500)
    assert price == pytest.approx(2.0 / (bidders + 1.0), rel=0.05)


def test_best_response_asks_its_cost_where_the_next_best_price_is_paid() -> None:
    market = textbook_tender(
        (1.0,) * 3,
        commissioners=2,
        pathways=5,
        policy={"award_price": "second", "publish_budget": True},
        behaviour={"strategy": "best_response"},
    )
    held = contests(market, 1)
    assert len(held) == 10
    assert max(abs(o.price - o.cost) for c in held for o in c.offers) < 1e-6


def test_a_difference_beyond_the_tolerance_is_seen() -> None:
    assert Comparison("", 1.0, 1.1, 0.11).within
    assert not Comparison("", 1.0, 1.2, 0.11).within
    assert not Comparison("", float("nan"), 1.0, 0.11).within


def test_every_lot_is_bought_once_in_competition_of_all() -> None:
    held = contests(textbook_tender((1.0,) * 3, commissioners=2, pathways=5), 1)
    assert len(held) == 10
    assert {len(c.offers) for c in held} == {3}
    assert len({c.winner for c in held}) > 1


def test_bidders_who_do_not_know_how_many_they_are_pay_another_price() -> None:
    """What the first check would say if bids were those for two among five."""
    numbers = count()

    def for_two(view: object) -> float:
        next(numbers)
        cost = view.cost_ratio  # type: ignore[attr-defined]
        return first_price_bid(cost, 0.0, 1.0, 2) / cost - 1.0

    strategies = dict.fromkeys(range(5), PricingStrategy("for_two", "", for_two))
    held = contests(textbook_tender((1.0,) * 5, commissioners=5), 1, strategies)
    assert next(numbers) >= 5 * len(held)
    assert abs(mean([c.price for c in held]) - 1.0 / 3.0) > 0.1


def test_the_asymmetric_equilibrium_meets_its_first_order_conditions() -> None:
    """``f1' = (h1 - f1)/(b - f2)`` by differences, and the ends of the range of bids."""
    solution = AsymmetricEquilibrium.solve(SUPPORTS)
    bids, (first, second) = solution.bids, solution.inverse
    assert (bids[0], bids[-1]) == pytest.approx((0.4, 0.8))
    assert (first[0], second[0], first[-1], second[-1]) == pytest.approx((0.0, 0.0, 0.8, 0.6), abs=1e-9)
    for n in range(100, 3900, 400):
        for own, other, high in ((first, second, SUPPORTS[0]), (second, first, SUPPORTS[1])):
            slope = (own[n + 1] - own[n - 1]) / (bids[n + 1] - bids[n - 1])
            assert slope == pytest.approx((high - own[n]) / (bids[n] - other[n]), rel=1e-3)


def test_more_bidders_shade_the_more_the_more_they_err() -> None:
    assert lowest_estimate(2, SIGMA) > lowest_estimate(3, SIGMA) > lowest_estimate(10, SIGMA)
    assert equilibrium_multiple(3, 0.05) < equilibrium_multiple(3, 0.15) < equilibrium_multiple(3, 0.25)


def test_what_is_won_at_a_second_price_is_contracted_and_paid_at_it() -> None:
    scenario = textbook_tender((1.0,) * 3, commissioners=2, pathways=3, policy={"award_price": "second"})
    model = CareMarket(scenario, 2)
    bids: dict[int, list[int]] = {}
    for bid in model.run().tables["bids"].to_pylist():
        bids.setdefault(bid["procurement"], []).append(bid["price"])
    lives = [in_force for in_force in model.contracts.values() if in_force.contract.procurement >= 0]
    assert len(lives) == 6
    for in_force in lives:
        assert in_force.contract.price == sorted(bids[in_force.contract.procurement])[1]


def test_learners_of_a_second_price_come_to_ask_for_their_cost() -> None:
    """Experience-weighted learners who see what every option would have earned, over 1,200 lots one after another."""
    learning = {
        "markup_scale": "room",
        "markup_grid": (0.0, 0.25, 0.5, 0.75),
        "attraction_decay": 0.001,
        "foregone_weight": 1.0,
    }
    market = textbook_tender(
        (1.0,) * 3,
        commissioners=30,
        horizon_years=3.02,
        policy={"award_price": "second", "duration_years": 10.0},
        behaviour={
            "strategy": "experience_weighted",
            "learning": learning,
            "procurement": {"appraisal_min_months": 0.0, "appraisal_max_months": 36.0, **SHORT_STAGES},
        },
    )
    held = contests(market, 1)
    margins = [o.price - o.cost for c in held for o in c.offers]
    assert mean(margins[-600:]) < 0.3 * mean(margins[:300])
