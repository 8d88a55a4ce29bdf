"""Budgets bind: forecasts, deficits, surpluses, what may be carried over, and cuts of allocations."""

from __future__ import annotations

from types import MethodType
from typing import Any

import pytest

from caremarket.agents.contracts.extension import extend_if_agreed, price_asked
from caremarket.agents.entities.commissioner import Commissioner
from caremarket.agents.model import CareMarket, simulate
from caremarket.agents.money.budget_forecast import forecast
from caremarket.agents.money.commissioner_accounts import contracts_of, position
from caremarket.agents.procurement.budgets.price_weight import weigh_price
from caremarket.agents.procurement.budgets.put_off import buy_what_it_can_afford, close_least_valuable, close_service
from caremarket.agents.procurement.budgets.yearly_budget import close_books, cut_allocation
from caremarket.market.ledger import Reason
from caremarket.market.scenario import Scenario
from tests.agents.conftest import changed, small, without
from tests.agents.lives import let, market, of_kind


def commissioner_of(scenario: Scenario, month: float = 0.01, seed: int = 1) -> tuple[CareMarket, Commissioner]:
    model = CareMarket(scenario, seed)
    model.run_until(month)
    return model, next(iter(model.commissioners.values()))


def short_of(commissioner: Commissioner, share: float) -> None:
    """Leave a commissioner ``share`` of its yearly spending short, and plan anew."""
    plan = forecast(commissioner)
    commissioner.allocation = round((1.0 - share) * plan.spending)
    commissioner.plan = forecast(commissioner)


def at_year_ends(scenario: Scenario, seed: int, years: int) -> list[list[tuple[int, int]]]:
    """What each commissioner carried over, and its allocation, at the end of each year."""
    model = CareMarket(scenario, seed)
    found = []
    for year in range(1, years + 1):
        model.run_until(12.0 * year + 0.01)
        found.append([(c.carried, c.allocation) for c in model.commissioners.values()])
    model.ledger.check()
    return found


# Carrying over ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("strategy", ["cost_plus", "best_response"])
def test_balances_stay_within_a_twentieth_of_a_year_where_allocations_follow_need(strategy: str) -> None:
    scenario = small(behaviour={"strategy": strategy}, horizon_years=10)
    last = at_year_ends(scenario, 1, 10)[-1]
    assert sum(abs(c) for c, _ in last) < 0.05 * sum(a for _, a in last)
    off = changed(scenario, mechanisms=without("balanced_budgets"))
    piled = at_year_ends(off, 1, 10)[-1]
    assert sum(c for c, _ in piled) > 0.1 * sum(a for _, a in piled)


def test_what_exceeds_the_limit_goes_to_those_who_wait_and_back_to_the_centre() -> None:
    model, commissioner = commissioner_of(small(), 6.0)
    limit = int(0.01 * commissioner.allocation)
    first = commissioner.items[0]
    (allocation, *_) = [a for a in model.contracts[first.contracts[0]].allocations if a.item is first]
    allocation.waiting = 0.01
    before = list(model.ledger.totals)
    surplus = position(commissioner)
    assert surplus > limit
    MethodType(close_books, commissioner)()
    cared_for = model.ledger.totals[Reason.WAITING_CARE] - before[Reason.WAITING_CARE]
    returned = model.ledger.totals[Reason.ALLOCATION_RETURNED] - before[Reason.ALLOCATION_RETURNED]
    assert cared_for > 0
    assert cared_for + returned == surplus - limit
    assert allocation.waiting == pytest.approx(0.0)
    assert position(commissioner) == commissioner.carried == limit
    model.ledger.check()


def test_a_deficit_is_the_first_charge_on_the_next_allocation_and_is_repaid_over_some_years() -> None:
    model, commissioner = commissioner_of(small(), 11.9)
    commissioner.carried = -300
    plan = forecast(commissioner)
    commissioner.carried = 0
    assert plan.repayment == pytest.approx(100.0)
    model.ledger.post(model.time, commissioner.account, 0, 10**10, Reason.TRANSACTION)
    owing = position(commissioner)
    assert owing < 0
    MethodType(close_books, commissioner)()
    assert commissioner.carried == owing
    assert model.ledger.totals[Reason.ALLOCATION_RETURNED] == 0


def test_forecasts_are_near_what_is_spent() -> None:
    model = CareMarket(small(), 2)
    for year in range(1, 6):
        model.run_until(12.0 * year - 11.99)
        plans = {c.index: c.plan for c in model.commissioners.values()}
        model.run_until(12.0 * year - 0.01)
        for commissioner in model.commissioners.values():
            plan = plans[commissioner.index]
            assert plan is not None
            spent = plan.carried + commissioner.allocation - position(commissioner)
            assert plan.spending == pytest.approx(spent, rel=0.1)


# Deficit and surplus ------------------------------------------------------------------------------------


def test_a_commissioner_in_deficit_offers_less_than_usual_but_not_less_than_anyone_could_do_it_for() -> None:
    model, commissioner = commissioner_of(small(), 13.0)
    items = commissioner.items[:1]
    whole = commissioner.budget_for(items, model.policy)
    offers = []
    for share in (0.02, 0.05, 0.5):
        short_of(commissioner, share)
        offers.append(commissioner.budget_for(items, model.policy))
        assert commissioner.most_for(offers[-1]) == offers[-1]
    assert whole > offers[0] > offers[1] >= offers[2]
    assert offers[0] < commissioner.usual_price(items)
    assert offers[2] == int(commissioner.least_price(items))
    short_of(commissioner, -0.2)
    assert commissioner.budget_for(items, model.policy) == whole
    assert commissioner.most_for(whole) == pytest.approx(1.1 * whole)


def test_money_is_spent_once() -> None:
    _, commissioner = commissioner_of(small())
    short_of(commissioner, -0.1)
    assert commissioner.plan is not None
    room = commissioner.plan.headroom
    commissioner.commit(0.75 * room)
    assert commissioner.plan.headroom == pytest.approx(0.25 * room)
    commissioner.commit(room)
    assert commissioner.plan.headroom == 0.0


def test_price_weighs_more_in_deficit_and_less_in_surplus_and_all_weights_sum_to_one() -> None:
    model, commissioner = commissioner_of(small())
    found = []
    for share in (0.1, 0.0, -0.1):
        short_of(commissioner, share)
        policy = weigh_price(commissioner, model.policy)
        found.append(policy.weight_price)
        total = policy.weight_price + policy.weight_quality + policy.weight_social_value + policy.weight_integration
        assert total == pytest.approx(1.0)
        assert policy.weight_quality / policy.weight_social_value == pytest.approx(
            model.policy.weight_quality / model.policy.weight_social_value
        )
    assert found[0] > found[1] > found[2]
    commissioner.plan = None
    assert weigh_price(commissioner, model.policy) is model.policy


def test_an_extension_in_deficit_is_at_a_lower_price_or_not_at_all() -> None:
    def extended(margin: float) -> tuple[bool, int, int]:
        model = CareMarket(market(policy={"extension_years": 2.0}), 1)
        holder = of_kind(model, "acute_trust")
        in_force = let(model, holder, [(holder, "acute")], margin=margin, duration_years=3.0)
        in_force.contract.outcome = 1.0
        model.run_until(0.01)
        short_of(in_force.commissioner, 0.04)
        before = in_force.contract.price
        asked = price_asked(in_force)
        return extend_if_agreed(in_force), in_force.contract.price, min(asked, before)

    agreed, price, asked = extended(1.04)
    assert agreed
    assert price == asked < round(1.04 * 10**9)
    refused, _, _ = extended(0.6)
    assert not refused


# New services -------------------------------------------------------------------------------------------


def renewed(**sections: Any) -> Scenario:
    return small(behaviour={"procurement": {"new_services": 0.5}}, **sections)


def test_new_services_wait_until_they_can_be_afforded() -> None:
    model, commissioner = commissioner_of(renewed())
    new = [i for i in commissioner.items if i.new]
    assert new
    short_of(commissioner, 0.05)
    model.succession.buy_again(commissioner, new)
    assert commissioner.put_off == new
    assert not any(i.procuring for i in new)
    buy_what_it_can_afford(commissioner)
    assert commissioner.put_off == new
    short_of(commissioner, -0.9)
    buy_what_it_can_afford(commissioner)
    assert not commissioner.put_off
    assert all(i.procuring for i in new)


def test_the_least_valuable_new_service_is_closed_where_lower_offers_do_not_suffice() -> None:
    model, commissioner = commissioner_of(small())
    closing, other = contracts_of(commissioner)[:2]
    for in_force, outcome in ((closing, 0.3), (other, 0.9)):
        in_force.contract.outcome = outcome
        for item in in_force.contract.items:
            item.new = True
    short_of(commissioner, 0.5)
    assert commissioner.plan is not None
    commissioner.plan.uncovered = 1.0
    close_least_valuable(commissioner)
    assert closing.noticed
    assert not other.noticed
    MethodType(close_service, closing)()
    assert not closing.contract.running
    assert commissioner.put_off == list(closing.contract.items)
    assert all(not i.contracts for i in closing.contract.items)
    model.ledger.check()


# Lagging allocations ------------------------------------------------------------------------------------


def test_more_are_in_deficit_the_further_allocations_lag() -> None:
    def deficits(growth: float) -> float:
        scenario = small(behaviour={"budget_growth": growth})
        return sum(simulate(scenario, seed).summary["commissioners_in_deficit"] or 0.0 for seed in (1, 2))

    assert deficits(0.0) <= deficits(-0.02) <= deficits(-0.04)
    assert deficits(0.0) < deficits(-0.04)


def test_a_cut_takes_money_and_lowers_prices_and_changes_nothing_before() -> None:
    shock = {"cut": {"month": 36.0, "kind": "allocation", "count": 100, "share": 0.1}}

    def prices(**sections: Any) -> list[float]:
        rows = simulate(small(horizon_years=8, **sections), 1).tables["yearly"].to_pylist()
        return [r["value"] for r in rows if r["dimension"] == "nation" and r["measure"] == "price_to_reference"]

    plain, cut = prices(), prices(shocks=shock)
    assert plain[:3] == cut[:3]
    assert cut[-1] < plain[-1]
    # Without the mechanism no decision reads the allocation.
    off = {"mechanisms": without("balanced_budgets")}
    assert prices(**off) == prices(shocks=shock, **off)


def test_a_cut_within_a_year_takes_back_the_rest_of_it() -> None:
    model, commissioner = commissioner_of(small(), 6.0)
    before, had = commissioner.reserves, commissioner.allocation
    cut_allocation(commissioner, 0.1)
    assert before - commissioner.reserves == pytest.approx(0.05 * had, abs=1)
    assert had - commissioner.allocation == before - commissioner.reserves
    model.run_until(12.01)
    due = commissioner.first_allocation * commissioner.growth() * 0.9
    assert commissioner.allocation == pytest.approx(due, rel=1e-4)
    model.ledger.check()


# The ratchet --------------------------------------------------------------------------------------------


def test_the_next_block_is_set_from_what_was_done_and_the_next_capitated_budget_is_not() -> None:
    model = CareMarket(market(mechanisms=without("balanced_budgets")), 1)
    holder = of_kind(model, "acute_trust")
    in_force = let(model, holder, [(holder, "acute")], duration_years=3.0)
    (item,) = in_force.contract.items
    commissioner = in_force.commissioner
    block = model.policy.model_copy(update={"payment": "block"})
    capitated = model.policy.model_copy(update={"payment": "capitated"})
    whole = commissioner.budget_for([item], capitated)
    assert commissioner.budget_for([item], block) == whole
    item.record(1000.0, 1.0, 0.9, 0.0)
    less = commissioner.budget_for([item], block)
    assert less == pytest.approx((1.0 - 0.1 * commissioner.data_quality) * whole, rel=1e-6)
    # Every patient turned away comes back as a bill.
    item.record(1000.0, 1.0, 0.9, 0.1)
    assert commissioner.budget_for([item], block) < less
    assert commissioner.budget_for([item], capitated) == whole
    # A contract that has just begun has no record yet: that of the last one counts.
    begun = let(model, holder, [(holder, "acute")], duration_years=3.0)
    assert begun.contract.items == [item]
    assert item.needed == 0.0
    assert commissioner.budget_for([item], block) < less
