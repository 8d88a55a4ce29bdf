"""What people need, quarter by quarter: the same for every contract and in every arm."""

from __future__ import annotations

from statistics import fmean, stdev

import pytest

from caremarket.market.forms import FORMS
from caremarket.market.pathways import Need, ServiceItem
from caremarket.market.randomness import Streams


def need(*, seed: int = 1, demand_cv: float = 0.06, case_cost_cv: float = 0.05, growth: float = 0.01) -> Need:
    return Need(Streams(seed), 42, demand_cv, case_cost_cv, growth)


def item(of: Need) -> ServiceItem:
    return ServiceItem(0, 7, 0, 0, 1, 1_000_000, 1_000_000, of)


def test_demand_of_a_quarter_is_the_same_whenever_it_is_asked_for() -> None:
    forwards, backwards = need(), need()
    quarters = range(40)
    ahead = [forwards.demand(q) for q in quarters]
    assert [backwards.demand(q) for q in reversed(quarters)] == ahead[::-1]
    assert [need(seed=2).demand(q) for q in quarters] != ahead


def test_demand_varies_around_plan_as_much_as_the_pathway_says() -> None:
    demand = need(demand_cv=0.06)
    quarters = [demand.demand(q) for q in range(4_000)]
    assert fmean(quarters) == pytest.approx(1.0, abs=0.004)
    assert stdev(quarters) == pytest.approx(0.06, rel=0.05)


def test_without_risk_demand_and_case_cost_are_as_planned() -> None:
    certain = need(demand_cv=0.0, case_cost_cv=0.0)
    assert {certain.demand(q) for q in range(20)} == {1.0}
    assert {item(certain).case_cost(Streams(1), q) for q in range(20)} == {1.0}


def test_population_grows_by_its_yearly_rate_and_plans_follow_when_bought_again() -> None:
    growing = need(growth=0.01)
    assert growing.population(0.0) == 1.0
    assert growing.population(12.0) == pytest.approx(1.01)
    service = item(growing)
    service.plan_for(24.0)
    assert service.reference_cost == round(1_000_000 * 1.01**2)


def test_a_form_says_how_much_its_holder_may_do_itself() -> None:
    assert FORMS["separate"].self_delivery_min == 1.0
    assert not FORMS["separate"].subcontracting
    assert FORMS["prime_contractor"].self_delivery_max == 0.0
    assert 0.0 < FORMS["prime_provider"].self_delivery_min < FORMS["prime_provider"].self_delivery_max
    assert all(form.self_delivery_min <= form.self_delivery_max for form in FORMS.values())
    assert all(form.subcontracting or form.self_delivery_min == 1.0 for form in FORMS.values())
