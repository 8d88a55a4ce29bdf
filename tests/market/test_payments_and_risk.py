"""What payment models pay for, and what risk costs (check 4)."""

from __future__ import annotations

from math import exp, inf
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caremarket.market.outcome_rules import at_risk_below, reach_of_pool
from caremarket.market.payments import PAYMENTS, PaymentModel, misfit
from caremarket.market.risk import absolute_risk_aversion, bearable_shares, first_price_bid, risk_premium

relative = st.floats(min_value=0.5, max_value=2.0)


def variance(
    model: PaymentModel,
    price: float,
    cost: float,
    demand_cv: float,
    case_cv: float,
    patients_cv: float = 0.0,
    severity_cv: float = 0.0,
) -> float:
    """Variance of a year's net cash flow that bidders calculate: of four quarters that are independent."""
    demand = model.demand_exposure(price, cost, demand_cv, patients_cv)
    case = model.case_exposure(price, cost, case_cv, severity_cv)
    return (demand * demand + case * case) / 4.0


@given(activity=relative, population=relative)
def test_each_model_pays_for_what_it_says(activity: float, population: float) -> None:
    paid = {name: model.factor(activity, population) for name, model in PAYMENTS.items()}
    assert paid["block"] == 1.0
    assert paid["tariff"] == pytest.approx(activity)
    assert paid["capitated"] == pytest.approx(population)
    assert paid["programme_budget"] == 1.0
    assert paid["bundle"] == paid["episode"] == pytest.approx(activity)
    assert paid["year_of_care"] == 1.0


@given(cases=relative, patients=relative, intensity=relative, severity=relative)
def test_a_unit_a_case_a_patient_and_an_episode_are_paid_apart(
    cases: float, patients: float, intensity: float, severity: float
) -> None:
    paid = {name: model.factor(cases, 1.0, patients, intensity, severity) for name, model in PAYMENTS.items()}
    assert paid["tariff"] == pytest.approx(cases * intensity)
    assert paid["bundle"] == pytest.approx(cases)
    assert paid["episode"] == pytest.approx(cases * severity)
    assert paid["year_of_care"] == pytest.approx(patients)
    assert paid["block"] == paid["capitated"] == paid["programme_budget"] == 1.0


@pytest.mark.parametrize("model", PAYMENTS.values(), ids=PAYMENTS)
def test_at_plan_every_model_pays_the_price(model: PaymentModel) -> None:
    assert model.factor(1.0, 1.0) == 1.0


@pytest.mark.parametrize(("name", "expected"), [("block", 25.25), ("capitated", 25.25), ("tariff", 0.5)])
def test_the_variance_of_a_year_is_worked_by_hand(name: str, expected: float) -> None:
    """Cost 100, price 110, demand 10% a quarter, cost a case 1%: (exposed * 0.1)^2 / 4 + 1 / 4."""
    assert variance(PAYMENTS[name], 110.0, 100.0, 0.1, 0.01) == pytest.approx(expected)


@pytest.mark.parametrize("model", PAYMENTS.values(), ids=PAYMENTS)
def test_the_variance_is_that_of_simulated_years(model: PaymentModel) -> None:
    """Net cash flow of four quarters whose demand and cost a case are independent."""
    price, cost, demand_cv, case_cv = 120.0, 100.0, 0.06, 0.05
    draws = np.random.default_rng(1).standard_normal((2, 100_000, 4))
    activity, case_cost = 1.0 + demand_cv * draws[0], 1.0 + case_cv * draws[1]
    income = price / 4.0 * model.factor(activity, 1.0)
    flow = (income - cost / 4.0 * activity * case_cost).sum(axis=1)
    assert variance(model, price, cost, demand_cv, case_cv) == pytest.approx(float(flow.var()), rel=0.02)


@pytest.mark.parametrize("model", PAYMENTS.values(), ids=PAYMENTS)
def test_income_and_variance_agree_where_patients_and_severity_count(model: PaymentModel) -> None:
    """Half of demand's variation is the number of patients, half of cost a case its severity."""
    price, cost, demand_cv, case_cv = 120.0, 100.0, 0.06, 0.05
    draws = np.random.default_rng(3).standard_normal((2, 100_000, 4))
    cases, case_cost = 1.0 + demand_cv * draws[0], 1.0 + case_cv * draws[1]
    patients, severity = 1.0 + 0.5 * (cases - 1.0), 1.0 + 0.5 * (case_cost - 1.0)
    factor = np.vectorize(model.factor)(cases, 1.0, patients, 1.0, severity)
    flow = (price / 4.0 * factor - cost / 4.0 * cases * case_cost).sum(axis=1)
    expected = variance(model, price, cost, demand_cv, case_cv, 0.5 * demand_cv, 0.5 * case_cv)
    assert expected == pytest.approx(float(flow.var()), rel=0.02)


def test_budgets_that_pay_for_no_activity_are_rebased_unless_they_follow_the_population() -> None:
    for model in PAYMENTS.values():
        assert model.rebased == (not model.activity and not model.population)


def test_money_follows_patients_where_they_choose_and_a_budget_has_one_holder() -> None:
    for model in PAYMENTS.values():
        why = misfit(model, patients_choose=True, whole_pathway=False, one_plan=False)
        assert (why is None) == (model.follows_activity and not model.population_budget)
    assert misfit(PAYMENTS["bundle"], patients_choose=False, whole_pathway=True, one_plan=False)
    for model in PAYMENTS.values():
        assert misfit(model, patients_choose=False, whole_pathway=True, one_plan=True) is None


@pytest.mark.parametrize(
    ("rule", "expected"), [("flow_down", 0.05), ("own_result", 0.05), ("pooled", 0.2), ("lead_keeps", 0.0)]
)
def test_what_waits_for_outcomes_below_the_lead_follows_the_rule(rule: Any, expected: float) -> None:
    assert at_risk_below(rule, 0.2, 0.25) == pytest.approx(expected)


def test_a_pool_dulls_effort_the_more_the_smaller_the_member() -> None:
    assert reach_of_pool(0.2, 1.0, 0.5) == pytest.approx(0.2)
    assert reach_of_pool(0.2, 0.25, 0.5) == pytest.approx(0.125)
    assert reach_of_pool(0.2, 0.25, 0.0) == pytest.approx(0.2)


@given(price=st.floats(1.0, 200.0), cost=st.floats(1.0, 200.0), demand=st.floats(0.0, 0.5), case=st.floats(0.0, 0.5))
def test_variance_is_never_negative_and_certainty_has_none(
    price: float, cost: float, demand: float, case: float
) -> None:
    for model in PAYMENTS.values():
        assert variance(model, price, cost, demand, case) >= 0.0
        assert variance(model, price, cost, 0.0, 0.0) == 0.0


def test_income_that_follows_activity_leaves_less_risk_than_a_block() -> None:
    risk = {name: variance(model, 100.0, 98.0, 0.1, 0.0) for name, model in PAYMENTS.items()}
    assert risk["tariff"] < 0.01 * risk["block"]
    assert risk["capitated"] == risk["block"]


@given(st.floats(0.0, 10.0), st.floats(0.0, 1e6))
def test_the_premium_is_half_of_aversion_times_variance(aversion: float, variance: float) -> None:
    assert risk_premium(aversion, variance) == pytest.approx(aversion / 2.0 * variance)


def test_the_premium_is_the_certainty_equivalent_of_exponential_utility() -> None:
    """For normal risk, ``E[-exp(-a X)]`` equals the utility of the mean less the premium (check 4)."""
    aversion, mean, sd = 0.8, 3.0, 1.2
    flows = mean + sd * np.random.default_rng(2).standard_normal(1_000_000)
    expected_utility = float(-np.exp(-aversion * flows).mean())
    certain = mean - risk_premium(aversion, sd * sd)
    assert expected_utility == pytest.approx(-exp(-aversion * certain), rel=0.01)


def test_aversion_falls_with_wealth_and_the_penniless_are_not_asked() -> None:
    assert absolute_risk_aversion(3.0, 600.0) == pytest.approx(0.005)
    assert absolute_risk_aversion(3.0, 1_200.0) == pytest.approx(0.0025)
    assert absolute_risk_aversion(3.0, 0.0) == 0.0


@given(cost=st.floats(0.0, 1.0), bidders=st.integers(1, 50))
def test_a_first_price_bid_is_cost_and_the_hope_of_the_rest(cost: float, bidders: int) -> None:
    assert first_price_bid(cost, 0.0, 1.0, bidders) == pytest.approx(cost + (1.0 - cost) / bidders)


@given(cost=st.floats(0.0, 2.0), bidders=st.floats(1.0, 50.0))
def test_nobody_bids_below_cost_and_more_rivals_mean_lower_bids(cost: float, bidders: float) -> None:
    price = first_price_bid(cost, 0.85, 1.25, bidders)
    assert price >= cost or price == pytest.approx(cost)
    assert first_price_bid(cost, 0.85, 1.25, bidders + 1.0) <= price
    assert first_price_bid(cost + 0.01, 0.85, 1.25, bidders) >= price - 1e-12
    if cost > 1.25:
        assert price == cost


parties = st.lists(st.tuples(st.floats(0.01, 1.0), st.floats(0.0, 2.0)), min_size=1, max_size=8)


@given(parties)
def test_nobody_bears_more_than_leaves_it_best_off_and_together_they_bear_the_whole(
    who: list[tuple[float, float]],
) -> None:
    total = sum(part for part, _ in who)
    work = {n: part / total for n, (part, _) in enumerate(who)}
    best = {n: bearable for n, (_, bearable) in enumerate(who)}
    found = bearable_shares(work, best)
    if found is None:
        assert sum(best.values()) <= 1.0 + 1e-9
        return
    assert sum(found.values()) == pytest.approx(1.0)
    assert all(found[n] <= best[n] + 1e-12 for n in work)
    # Those who are not at their limit share what is left as they share the work.
    ratios = [found[n] / work[n] for n in work if found[n] < best[n] - 1e-9]
    assert all(ratio == pytest.approx(ratios[0]) for ratio in ratios)
    assert all(found[n] / work[n] <= max(ratios, default=inf) + 1e-9 for n in work)


def test_risk_is_shared_as_the_work_where_all_can_bear_it() -> None:
    assert bearable_shares({1: 0.7, 2: 0.3}, {1: inf, 2: 0.5}) == pytest.approx({1: 0.7, 2: 0.3})
    assert bearable_shares({1: 0.7, 2: 0.3}, {1: inf, 2: 0.1}) == pytest.approx({1: 0.9, 2: 0.1})
    assert bearable_shares({1: 0.7, 2: 0.3}, {1: 0.8, 2: 0.1}) is None
