"""Bidders that learn: the two rules on paper, what they find in a market, and staying out."""

from __future__ import annotations

from math import exp, log, sqrt
from typing import Any

import pytest

from caremarket.agents.entities.provider import Provider
from caremarket.agents.model import CareMarket, simulate
from caremarket.agents.strategies import PricingView
from caremarket.agents.strategies.experience_weighted import ExperienceWeightedLearner
from caremarket.agents.strategies.roth_erev import RothErevLearner
from caremarket.experiments.evidence.theory.textbook_tender import textbook_tender
from caremarket.market.parameters.learning import LearningParameters
from caremarket.market.pathways import FUNCTIONS
from caremarket.market.scenario import Scenario
from tests.agents.conftest import changed, small, without

VIEW = PricingView(cost_ratio=0.5, own_markup=0.05, bidders=3.0, belief_low=0.0, belief_high=1.0)
THREE = {"markup_grid": (0.0, 0.1, 0.2)}
LEARNING = ("roth_erev", "experience_weighted")


def test_reinforcement_follows_the_rule_by_hand() -> None:
    rule = LearningParameters(**THREE, initial_propensity=1.0, forgetting=0.1, experimentation=0.2)
    learner = RothErevLearner(rule)
    learner.learn(1, [9.0, 0.5, 9.0, 0.0])
    assert learner.propensities == pytest.approx([0.9 + 0.05, 0.9 + 0.4, 0.9 + 0.05, 0.9])
    # A loss is the worst seen: it adds nothing, and from then on staying out earns what it saves.
    learner.learn(0, [-0.2, 9.0, 9.0, 0.0])
    assert learner.propensities == pytest.approx([0.9 * q for q in (0.95, 1.3, 0.95, 0.9)])
    learner.learn(3, [-0.2, 9.0, 9.0, 0.0])
    assert learner.propensities == pytest.approx([0.81 * 0.95, 0.81 * 1.3, 0.81 * 0.95, 0.81 * 0.9 + 0.2])


def test_attractions_follow_the_rule_by_hand() -> None:
    """Camerer and Ho's equations with phi 0.9, delta 0.5, kappa 0.5."""
    learner = ExperienceWeightedLearner(
        LearningParameters(
            **THREE, attraction_decay=0.1, foregone_weight=0.5, accumulation=0.5, attraction_sensitivity=2.0
        )
    )
    learner.learn(1, [0.2, 0.4, 0.6, 0.0])
    assert learner.experience == pytest.approx(1.45)
    assert learner.attractions == pytest.approx([0.1 / 1.45, 0.4 / 1.45, 0.3 / 1.45, 0.0])
    # One tender remembered, 0.6 at stake, four options.
    precision = 2.0 * sqrt(8.0 * log(4.0)) / 0.6
    assert learner.precision == pytest.approx(precision)
    weights = [exp(precision * a) for a in learner.attractions]
    edge = (weights[0] + weights[1]) / sum(weights)
    assert learner.choose(VIEW, edge - 1e-6) == 1
    assert learner.choose(VIEW, edge + 1e-6) == 2
    before = learner.attractions
    learner.learn(3, [0.0, 0.0, 0.0, 0.0])
    assert learner.experience == pytest.approx(0.9 * 0.5 * 1.45 + 1.0)
    assert learner.attractions == pytest.approx([0.9 * 1.45 * a / learner.experience for a in before])
    assert (learner.remembered, learner.stake) == pytest.approx((1.9, 0.9 * 0.6 / 1.9))


def test_attractions_choose_alike_whatever_the_unit_of_payoffs_and_more_sharply_with_experience() -> None:
    rule = LearningParameters(**THREE)
    pence, pounds = ExperienceWeightedLearner(rule), ExperienceWeightedLearner(rule)
    assert pence.choose(VIEW, 0.3) == 1  # nothing known: all four alike
    sharp = []
    for payoffs in ([0.0, 0.4, 0.1, 0.0], [0.1, 0.2, -0.1, 0.0]) * 10:
        pence.learn(1, [100.0 * payoff for payoff in payoffs])
        pounds.learn(1, payoffs)
        assert [pence.choose(VIEW, u / 50) for u in range(50)] == [pounds.choose(VIEW, u / 50) for u in range(50)]
        sharp.append(pounds.precision * pounds.stake)
    assert sharp == sorted(set(sharp))


def test_the_grid_counts_cost_or_the_room_above_it() -> None:
    assert RothErevLearner(LearningParameters(**THREE)).markups(VIEW) == [0.0, 0.1, 0.2]
    room = RothErevLearner(LearningParameters(**THREE, markup_scale="room"))
    assert room.markups(VIEW) == pytest.approx([0.0, 0.1, 0.2])
    dear = PricingView(cost_ratio=1.2, own_markup=0.05, bidders=3.0, belief_low=0.0, belief_high=1.0)
    assert room.markups(dear) == [0.0, 0.0, 0.0]


def contests(strategy: str, bidders: int) -> Scenario:
    """The stripped market of the check against theory, bought again every year."""
    return textbook_tender(
        (1.0,) * bidders,
        commissioners=5,
        pathways=20,
        horizon_years=10.0,
        policy={"duration_years": 1.0, "publish_budget": True},
        behaviour={
            "strategy": strategy,
            "learning": {"markup_scale": "room", "markup_grid": [n / 10 for n in range(11)]},
        },
    )


def yearly_prices(scenario: Scenario, seed: int) -> dict[int, float]:
    """Mean price over reference cost of the contracts of each round."""
    paid: dict[int, list[float]] = {}
    for row in simulate(scenario, seed).tables["procurements"].to_pylist():
        if row["outcome"] == "awarded":
            paid.setdefault(row["round"], []).append(row["price"] / row["reference_cost"])
    return {n: sum(prices) / len(prices) for n, prices in paid.items() if len(prices) > 50}


@pytest.mark.parametrize("strategy", LEARNING)
@pytest.mark.parametrize("bidders", [5])
def test_learning_approaches_the_first_price_equilibrium(strategy: str, bidders: int) -> None:
    """Check 1: from bidding at random towards ``2/(n + 1)``, as those who know the equilibrium bid for these costs."""
    scenario = contests(strategy, bidders)
    known = yearly_prices(changed(scenario, behaviour={"strategy": "equilibrium"}), 1)
    learned = yearly_prices(scenario, 1)
    last = sorted(learned)[-4:]
    at_last = sum(learned[n] for n in last) / len(last)
    knowing = sum(known[n] for n in last) / len(last)
    assert knowing == pytest.approx(2.0 / (bidders + 1.0), rel=0.08)
    # Bidding at random over the grid costs so much more; most of that is unlearned.
    at_random = 0.45
    assert abs(at_last - knowing) < 0.6 * (at_random - knowing)


def market(strategy: str, **sections: Any) -> Scenario:
    alone = {"consortium_bids": False, "vehicles": False}
    policy = {"route": "single_stage", "duration_years": 1.0, "turnover_ratio": 0.0} | alone
    return changed(small(policy=policy, behaviour={"strategy": strategy}), **sections)


@pytest.mark.parametrize("strategy", LEARNING)
def test_learners_take_part_in_the_market_and_some_stay_out(strategy: str) -> None:
    model = CareMarket(market(strategy), 1)
    result = model.run()
    assert (result.summary["awards"] or 0) > 10
    assert result.summary["ledger_imbalance_pence"] == 0
    learners = [o.learner for o in model.organisations if isinstance(o, Provider)]
    assert all(learner is not None for learner in learners)
    assert len({id(learner) for learner in learners}) == len(learners)
    markups = {bid["markup"] for bid in result.tables["bids"].to_pylist()}
    assert len(markups & set(LearningParameters().markup_grid)) > 3
    kinds = [event["kind"] for event in result.tables["events"].to_pylist()]
    assert kinds.count("no_bid") > kinds_of("cost_plus").count("no_bid")


def kinds_of(strategy: str) -> list[str]:
    return [event["kind"] for event in simulate(market(strategy), 1).tables["events"].to_pylist()]


@pytest.mark.parametrize("strategy", LEARNING)
def test_learning_draws_the_same_for_the_same_seed(strategy: str) -> None:
    first, second = (simulate(market(strategy), 4).summary for _ in range(2))
    assert first == second


def margins(scenario: Scenario) -> tuple[float, float, int]:
    """Mean margin that winners bid for, and that they get by their true cost, as shares of price."""
    bid_for = got = 0.0
    count = 0
    for seed in (1, 2, 3):
        model = CareMarket(scenario, seed)
        result = model.run()
        names = {p.name: n for n, p in enumerate(model.pathways)}
        items = {(i.commissioner, i.pathway, FUNCTIONS[i.function]): i for i in model.items}
        bought = {row["id"]: row for row in result.tables["procurements"].to_pylist()}
        for bid in result.tables["bids"].to_pylist():
            row = bought[bid["procurement"]]
            if bid["won"] and row["bids"] >= 3:
                item = items[row["commissioner"], names[row["pathways"]], row["functions"]]
                truth = model.provider(bid["bidder"]).true_cost(item) / item.reference_cost * row["reference_cost"]
                bid_for += 1.0 - bid["cost_estimate"] / bid["price"]
                got += 1.0 - truth / bid["price"]
                count += 1
    return bid_for / count, got / count, count


def test_winners_earn_less_than_they_bid_for_only_while_they_can_err() -> None:
    """The winner's curse (S on asymmetry): it is gone when everyone knows its cost."""
    scenario = market("cost_plus", behaviour={"estimate_sigma": 0.2}, mechanisms=without("mergers", "management_cost"))
    bid_for, got, count = margins(scenario)
    assert count > 30
    assert got < bid_for - 0.02
    off = without("mergers", "management_cost", "estimate_error")
    bid_for, got, count = margins(changed(scenario, mechanisms=off))
    assert count > 30
    assert got == pytest.approx(bid_for, abs=1e-6)
