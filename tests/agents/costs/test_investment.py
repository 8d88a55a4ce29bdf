"""What a contract's term repays is invested, what ends too soon is lost, and no pound is pledged twice."""

from __future__ import annotations

from math import exp, log
from types import SimpleNamespace
from typing import Any

import pytest
from scipy.integrate import quad
from scipy.optimize import minimize_scalar

from caremarket.agents.bidding.consortium import meets_tests
from caremarket.agents.contracts.delivery import deliver
from caremarket.agents.contracts.ending import end_early
from caremarket.agents.contracts.price_allocation import allocate_price
from caremarket.agents.contracts.termination import consider_leaving
from caremarket.agents.costs.default_cost import pledgeable
from caremarket.agents.costs.investment import best_investment, investment_for, owed_by
from caremarket.agents.entities.contract import ContractInForce
from caremarket.agents.entities.investment import NOTHING, annuity
from caremarket.agents.entities.providers.special_purpose_vehicle import found_vehicle
from caremarket.agents.model import CareMarket, simulate
from caremarket.market.contracts import EndReason
from caremarket.market.ledger import Reason
from caremarket.market.levers import PolicySpec
from caremarket.market.scenario import Scenario
from tests.agents.conftest import changed, small, without
from tests.agents.lives import let, market, of_kind

MOST, RETURN, CHARGE = 0.1, 0.5, 0.035


@pytest.mark.parametrize("years", [2.5, 3.0, 5.0, 10.0])
def test_what_is_invested_leaves_most_over_the_term(years: float) -> None:
    """A numerical search over what could be invested finds nothing better."""
    worth = quad(lambda t: exp(-CHARGE * t), 0.0, years)[0]

    def loss(invested: float) -> float:
        return float(invested - worth * MOST * (1.0 - exp(-invested * RETURN / MOST)))

    found = minimize_scalar(loss, bounds=(0.0, 2.0), method="bounded", options={"xatol": 1e-9})
    chosen = best_investment(MOST, RETURN, CHARGE, years)
    assert chosen.instalment * worth == pytest.approx(found.x, abs=1e-6)
    assert (chosen.saves - chosen.instalment) * worth == pytest.approx(-found.fun, abs=1e-9)
    assert chosen.factor == pytest.approx(1.0 + found.fun / worth)


def test_longer_terms_make_work_cheaper_and_short_ones_repay_nothing() -> None:
    factors = [best_investment(MOST, RETURN, CHARGE, years).factor for years in (1.0, 2.0, 3.0, 5.0, 10.0)]
    assert factors[0] == factors[1] == 1.0
    assert factors[1:] == sorted(factors[1:], reverse=True)
    assert len(set(factors[1:])) == 4
    assert factors[-1] > 1.0 - MOST
    assert best_investment(0.0, RETURN, CHARGE, 10.0) == best_investment(MOST, 0.0, CHARGE, 10.0) == NOTHING
    assert best_investment(MOST, RETURN, 0.0, 10.0).factor < factors[-1]
    model = CareMarket(small(mechanisms=without("investment")), 1)
    assert investment_for(model, 10.0) == NOTHING


def test_instalments_pay_the_debt_back_by_the_end_of_the_term() -> None:
    """Interest on what is owed, less the instalment, is how what is owed changes; none is left at the end."""
    chosen = best_investment(MOST, RETURN, CHARGE, 10.0)
    invested = MOST / RETURN * log(annuity(CHARGE, 10.0) * RETURN)
    assert chosen.owed(10.0) == pytest.approx(invested)
    step = 1e-5
    for left in (0.5, 4.0, 9.0):
        change = (chosen.owed(left - step) - chosen.owed(left)) / step
        assert change == pytest.approx(CHARGE * chosen.owed(left) - chosen.instalment, abs=1e-5)
    assert chosen.owed(0.0) == chosen.owed(-1.0) == 0.0


def led(years: float = 10.0, **sections: Any) -> tuple[CareMarket, ContractInForce]:
    """A trust that leads a contract of some years and buys the community part from another."""
    model = CareMarket(market(**sections), 1)
    acute, community = of_kind(model, "acute_trust"), of_kind(model, "community_trust")
    parts = [(acute, "acute"), (community, "community")]
    return model, let(model, acute, parts, form="prime_provider", lot_scope="pathway", duration_years=years)


def test_work_that_is_let_costs_what_its_term_makes_worth_while() -> None:
    for years in (2.0, 10.0):
        model, in_force = led(years, mechanisms=without("volume_response", "cream_skimming", "own_margin_motive"))
        factor = best_investment(MOST, RETURN, CHARGE, years).factor
        for allocation in in_force.allocations:
            plain = allocation.deliverer.true_cost(allocation.item)
            assert allocation.full_cost == pytest.approx(factor * plain)
        before = list(model.ledger.totals)
        in_force.last_delivery -= 3.0
        deliver(in_force)
        care = model.ledger.totals[Reason.CARE] - before[Reason.CARE]
        assert care == pytest.approx(sum(a.full_cost for a in in_force.allocations) / 4.0, abs=2)
    # What was there before the run began was promised to nobody for a term.
    first = next(c for c in CareMarket(market(), 1).contracts.values() if c.contract.procurement < 0)
    assert first.investment == NOTHING


def test_bidders_count_on_it_in_what_they_bid_and_what_they_ask_of_a_lead() -> None:
    """Of the same works by the same bidders in the first round, the estimates fall by what the term saves."""
    estimates: dict[bool, dict[tuple[Any, ...], float]] = {}
    for on in (True, False):
        off = without("estimate_error", "budget_binds", "margin_on_margin", "offered_quality")
        scenario = market(mechanisms={**off, "investment": on}, policy={"duration_years": 10.0, "form": "separate"})
        tables = simulate(scenario, 3).tables
        rows = [p for p in tables["procurements"].to_pylist() if p["round"] == p["attempt"] == 1]
        first = {p["id"]: (p["commissioner"], p["functions"], p["reference_cost"]) for p in rows}
        bids = [b for b in tables["bids"].to_pylist() if b["procurement"] in first]
        estimates[on] = {(b["bidder"], *first[b["procurement"]]): b["cost_estimate"] for b in bids}
    both = estimates[True].keys() & estimates[False].keys()
    assert len(both) > 5
    factor = best_investment(MOST, RETURN, CHARGE, 10.0).factor
    for bid in both:
        assert estimates[True][bid] / estimates[False][bid] == pytest.approx(factor, rel=1e-3)


def test_what_ends_too_soon_has_to_be_paid_back_at_once() -> None:
    model, in_force = led()
    owed = {a.deliverer: owed_by(in_force, a.deliverer) for a in in_force.allocations}
    rate = best_investment(MOST, RETURN, CHARGE, 10.0)
    for allocation in in_force.allocations:
        plain = allocation.full_cost / rate.factor
        assert owed[allocation.deliverer] == pytest.approx(plain * rate.owed(10.0))
        assert owed_by(in_force, allocation.deliverer, 60.0) == pytest.approx(plain * rate.owed(5.0))
        assert owed_by(in_force, allocation.deliverer, 120.0) == 0.0
    before = model.ledger.totals[Reason.INVESTMENT_LOST]
    end_early(in_force, EndReason.POOR_PERFORMANCE)
    lost = model.ledger.totals[Reason.INVESTMENT_LOST] - before
    assert lost == sum(int(pence) for pence in owed.values()) > 0
    model.ledger.check()


def test_nothing_is_lost_at_the_agreed_end_or_without_the_mechanism() -> None:
    model, in_force = led(3.0)
    model.run_until(in_force.repaid_at)
    before = model.ledger.totals[Reason.INVESTMENT_LOST]
    assert all(owed_by(in_force, a.deliverer) == 0.0 for a in in_force.allocations)
    if in_force.contract.running:
        end_early(in_force, EndReason.POOR_PERFORMANCE)
    assert model.ledger.totals[Reason.INVESTMENT_LOST] == before
    # Many fail, and some contracts therefore end early.
    strict = {"life": {"performance_standard": 0.5, "form_sd": 0.12}}
    watched = {"duration_years": 8.0, "monitoring": 0.8}
    off = small("policy=prime_provider", policy=watched, behaviour=strict, mechanisms=without("investment"))
    on = changed(off, mechanisms={"investment": True})
    lost = [sum(p["amount"] for p in postings_of(s) if p["reason"] == "investment_lost") for s in (on, off)]
    assert lost[0] > 0 == lost[1]


def postings_of(scenario: Scenario) -> list[dict[str, Any]]:
    return list(simulate(scenario, 1).tables["postings"].to_pylist())


def test_limited_liability_caps_what_can_be_paid_back() -> None:
    model, in_force = led()
    for allocation in in_force.allocations:
        allocation.deliverer.limited_liability = True
        reserves = allocation.deliverer.reserves
        model.ledger.post(model.time, allocation.deliverer.account, 0, max(0, reserves - 5_000), Reason.OVERHEAD)
    before = model.ledger.totals[Reason.INVESTMENT_LOST]
    end_early(in_force, EndReason.POOR_PERFORMANCE)
    assert model.ledger.totals[Reason.INVESTMENT_LOST] - before == 2 * 5_000


def test_what_is_invested_keeps_a_holder_in_a_contract_that_loses_a_little() -> None:
    """The dearer it is to leave, the larger the loss it takes to leave."""

    def least_loss(*, invests: bool) -> float:
        for loss in [0.01 * n for n in range(1, 60)]:
            _, in_force = led(10.0, mechanisms={"investment": invests})
            costs = sum(a.full_cost for a in in_force.allocations if a.sub is None)
            bought = sum(s.price for s in in_force.contract.subcontracts)
            in_force.contract.price = round((1.0 - loss) * (costs + bought))
            allocate_price(in_force)
            consider_leaving(in_force)
            if in_force.noticed or not in_force.contract.running:
                return loss
        return 1.0

    assert least_loss(invests=True) > least_loss(invests=False)


def test_who_goes_on_under_a_direct_agreement_keeps_what_it_invested() -> None:
    model = CareMarket(market(), 1)
    acute, community = of_kind(model, "acute_trust"), of_kind(model, "community_trust")
    parts = [(acute, "acute"), (community, "community")]
    terms = {"form": "prime_provider", "lot_scope": "pathway", "duration_years": 10.0, "direct_agreement": True}
    in_force = let(model, acute, parts, margin=1.5, **terms)
    supplier = next(a for a in in_force.allocations if a.sub is not None)
    cost, item = supplier.full_cost, supplier.item
    before = supplier.deliverer.reserves
    end_early(in_force, EndReason.POOR_PERFORMANCE)
    (number,) = item.contracts
    successor = model.contracts[number]
    assert successor.holder is supplier.deliverer
    assert successor.allocations[0].full_cost == cost
    assert successor.repaid_at == in_force.repaid_at
    assert successor.holder.reserves == before


# Guarantees -----------------------------------------------------------------------------------------------


def test_reserves_are_pledged_once() -> None:
    _, in_force = led()
    holder = in_force.holder
    free = pledgeable(holder)
    assert free == holder.reserves - int(in_force.guarantee_share * in_force.contract.price) == holder.reserves
    in_force.guarantee_share = 0.01
    assert pledgeable(holder) == free - int(0.01 * in_force.contract.price)
    in_force.guarantee_share = 1e6
    assert pledgeable(holder) == 0


def test_contracts_from_before_the_run_are_not_guaranteed() -> None:
    model = CareMarket(small(policy={"guarantee_share": 0.2}), 1)
    assert {in_force.guarantee_share for in_force in model.contracts.values()} == {0.0}


def test_support_is_no_money_to_pledge() -> None:
    model = CareMarket(small(), 1)
    trust = of_kind(model, "acute_trust")
    model.ledger.post(model.time, trust.account, 0, trust.reserves + 1, Reason.OVERHEAD)
    trust.receivable = 0
    trust.check_reserves()
    assert trust.reserves > 0 < trust.support
    assert pledgeable(trust) == 0


def test_sponsors_have_pledged_what_they_guarantee_for_their_vehicle() -> None:
    model = CareMarket(small(), 1)
    sponsors = [of_kind(model, "acute_trust"), of_kind(model, "community_trust")]
    before = [pledgeable(s) for s in sponsors]
    found_vehicle(model, sponsors, [1.0, 3.0], 1, 0, equity=0, guarantee=4_000, procurement=-1)
    assert [b - pledgeable(s) for b, s in zip(before, sponsors, strict=True)] == [1_000, 3_000]


def test_who_has_pledged_its_reserves_fails_the_next_selection() -> None:
    model, in_force = led()
    bidder = in_force.holder
    budget = int(bidder.reserves / 0.2)
    asked = PolicySpec(turnover_ratio=0.0, guarantee_share=0.2)
    lot = SimpleNamespace(budget=budget)
    tender: Any = SimpleNamespace(policy=asked, procurement=SimpleNamespace(lot=lot), leading_asked=0.0)
    assert meets_tests(tender, [bidder])
    in_force.guarantee_share = 0.2
    assert not meets_tests(tender, [bidder])
    assert meets_tests(tender, [bidder, of_kind(model, "mental_health_trust")])
    in_force.guarantee_share = 0.0
    bidder.support = 1
    assert not meets_tests(tender, [bidder])
