"""Whether what ends is bought anew on the market or agreed with who is there."""

from __future__ import annotations

from typing import Any

import pytest

from caremarket.agents.contracts.price_allocation import allocate_price
from caremarket.agents.entities.contract import Failure
from caremarket.agents.model import CareMarket, simulate
from caremarket.agents.procurement.renewal import DIRECT, competition_pays, route_for
from caremarket.market.levers import PolicySpec
from caremarket.market.pathways import ServiceItem
from caremarket.market.procurement import ROUTES
from caremarket.market.scenario import Scenario
from tests.agents.conftest import small

WEIGHED = {"renewal": "if_it_pays"}


def weighed(reluctance: float = 0.0, **policy: Any) -> Scenario:
    return small(policy=WEIGHED | policy, behaviour={"procurement": {"tender_reluctance": reluctance}})


@pytest.fixture
def model() -> CareMarket:
    made = CareMarket(weighed(), 1)
    made.run_until(1.0)
    return made


def first(model: CareMarket) -> tuple[ServiceItem, PolicySpec]:
    return next(item for item in model.items if item.contracts), model.policy


def pays(model: CareMarket, item: ServiceItem, **changes: Any) -> bool:
    policy = model.policy.model_copy(update=changes)
    return competition_pays(model.commissioners[item.commissioner], [item], policy, ROUTES[policy.route])


def price(model: CareMarket, item: ServiceItem, factor: float) -> None:
    """Let what is paid for an item now be the usual price times ``factor``."""
    (number,) = item.contracts
    in_force = model.contracts[number]
    in_force.contract.price = round(model.beliefs.price_ratio(item) * item.reference_cost * factor)
    allocate_price(in_force)


def test_a_competition_is_held_where_it_should_save_more_than_it_costs(model: CareMarket) -> None:
    item, policy = first(model)
    buyer = model.commissioners[item.commissioner]
    price(model, item, 2.0)
    assert route_for(buyer, [item], policy) is ROUTES[policy.route]
    price(model, item, 0.5)
    assert route_for(buyer, [item], policy) is DIRECT
    assert route_for(buyer, [item], policy.model_copy(update={"renewal": "tender"})) is ROUTES[policy.route]


def test_a_longer_contract_spreads_the_cost_of_a_competition(model: CareMarket) -> None:
    item, _ = first(model)
    factors = [1.0 + 0.01 * n for n in range(200)]

    def least(years: float) -> float:
        for factor in factors:
            price(model, item, factor)
            if pays(model, item, duration_years=years):
                return factor
        return float("inf")

    assert least(10.0) < least(1.0)


def test_failing_work_and_work_nobody_does_go_to_the_market(model: CareMarket) -> None:
    item, _ = first(model)
    price(model, item, 0.9)
    assert not pays(model, item, duration_years=5.0)
    (number,) = item.contracts
    in_force = model.contracts[number]
    allocation = next(a for a in in_force.allocations if a.item is item)
    allocation.failure = Failure(in_force, allocation)
    assert not pays(model, item, duration_years=5.0)
    allocation.failure.known = True
    assert pays(model, item, duration_years=5.0)
    in_force.failures.clear()
    kept, item.contracts = item.contracts, []
    assert pays(model, item)
    item.contracts = kept


def test_the_more_reluctant_commissioners_are_the_less_is_tendered() -> None:
    scenarios = [small(), *(weighed(reluctance) for reluctance in (0.0, 0.2, 50.0))]
    always, seldom, less, hardly = (simulate(scenario, 1).summary["tenders"] or 0 for scenario in scenarios)
    assert always >= seldom > less > hardly
