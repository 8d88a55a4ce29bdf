"""Best response: bidders and suppliers price by their beliefs about rivals and budget, and may offer more quality."""

from __future__ import annotations

from typing import Any

import pytest

from caremarket.agents.bidding.bid_decision import prepare_bid
from caremarket.agents.bidding.subcontract_quotes import Quote, highest_offer, quote_for
from caremarket.agents.contracts.lifecycle import begin
from caremarket.agents.contracts.outcomes import outcome_index
from caremarket.agents.contracts.signing import sign_contract
from caremarket.agents.costs.raised_quality import cost_of_raising
from caremarket.agents.entities.contract import ContractInForce
from caremarket.agents.entities.plan import SupplyPlan
from caremarket.agents.entities.provider import Provider
from caremarket.agents.model import CareMarket
from caremarket.agents.procurement.tender_process import TenderProcess
from caremarket.market.procurement import ROUTES, Bid, Lot, Procurement
from caremarket.market.scenario import Scenario
from tests.agents.conftest import months, small, without
from tests.agents.lives import items_of, market, of_kind

RESPONDS = {"strategy": "best_response"}
PUBLISHED = {"route": "two_stage", "publish_budget": True, "turnover_ratio": 0.0, "outcome_share": 0.0}
QUALITY = {"weight_price": 0.4, "weight_quality": 0.4, "weight_social_value": 0.1, "weight_integration": 0.1}


def invitation(invited: int, *, budget: float = 1.1, **sections: Any) -> tuple[Provider, TenderProcess]:
    """A trust that is invited with others to tender for community care that it does not deliver now.

    It knows its cost, 0.75 times reference cost before local fit. ``invited`` counts the trust itself; ``budget`` is a
    multiple of reference cost.
    """
    policy = PUBLISHED | sections.pop("policy", {})
    certain = {"mechanisms": without("estimate_error") | sections.pop("mechanisms", {})}
    behaviour = RESPONDS | sections.pop("behaviour", {})
    model = CareMarket(market(policy=policy, behaviour=behaviour, **certain, **sections), 1)
    (item,) = items_of(model, "community")
    item.contracts.clear()
    lot = Lot(0, item.commissioner, [item], item.reference_cost, round(budget * item.reference_cost), 1)
    procurement = Procurement(id=0, lot=lot, route=ROUTES[model.policy.route], opened=0.0, attempt=1)
    commissioner = model.commissioners[item.commissioner]
    tender = TenderProcess(model, commissioner, procurement, model.policy, on_market=True)
    tender.record_present_work()
    tender.invited = invited
    bidder = of_kind(model, "community_trust")
    bidder.unit_cost = [0.75 if cost else 0.0 for cost in bidder.unit_cost]
    return bidder, tender


def bid_of(invited: int, **sections: Any) -> tuple[Bid, SupplyPlan, TenderProcess]:
    bidder, tender = invitation(invited, **sections)
    decided = prepare_bid(tender.model, bidder, tender)
    assert decided is not None
    return *decided, tender


# Price ------------------------------------------------------------------------------------------------


def test_a_bidder_asks_less_the_more_rivals_are_invited() -> None:
    bids = [bid_of(invited)[0] for invited in (1, 2, 3, 5, 9)]
    prices = [bid.price for bid in bids]
    assert prices == sorted(set(prices), reverse=True)
    assert [bid.believed_rivals for bid in bids] == pytest.approx([0.0, 0.8, 1.6, 3.2, 6.4])
    chances = [bid.believed_chance for bid in bids]
    assert chances == sorted(set(chances), reverse=True)


@pytest.mark.parametrize("budget", [1.1, 1.5])
def test_a_bidder_that_is_invited_alone_asks_the_published_budget(budget: float) -> None:
    bid, plan, tender = bid_of(1, budget=budget, policy=QUALITY)
    assert bid.price == tender.procurement.lot.budget == bid.believed_affordable
    assert bid.believed_chance == 1.0
    # It wins with its usual quality as well.
    assert all(part.raised == 0.0 for part in plan.parts)


def test_a_bidder_that_is_invited_alone_does_not_know_a_budget_that_is_not_published() -> None:
    bid, _, tender = bid_of(1, policy={"publish_budget": False})
    assert bid.believed_affordable == pytest.approx(tender.usual_price, abs=1)
    assert 0.0 < bid.believed_chance < 1.0


# Quality ----------------------------------------------------------------------------------------------


def raised(weight: float, **sections: Any) -> float:
    """Quality that the trust offers above its usual quality, given the weight of quality among the criteria."""
    policy = {"weight_price": 0.9 - weight, "weight_quality": weight, "weight_social_value": 0.1}
    _, plan, _ = bid_of(4, policy=policy | {"weight_integration": 0.0}, **sections)
    (part,) = plan.parts
    return part.raised


def test_a_bidder_offers_more_quality_the_more_it_counts_and_the_less_it_costs() -> None:
    offered = [raised(weight) for weight in (0.0, 0.1, 0.3, 0.5)]
    assert offered == sorted(set(offered))
    assert offered[0] == 0.0
    assert raised(0.3, behaviour={"quality_cost": 40.0}) < raised(0.3) < raised(0.3, behaviour={"quality_cost": 10.0})
    assert raised(0.5, mechanisms=without("offered_quality")) == 0.0


def signed(*, offers: bool) -> tuple[ContractInForce, SupplyPlan]:
    bid, plan, tender = bid_of(4, policy=QUALITY, mechanisms={"offered_quality": offers})
    tender.procurement.price = bid.price
    in_force = sign_contract(tender.model, tender, bid, plan, {})
    begin(in_force)
    return in_force, plan


def test_quality_that_was_offered_is_delivered_and_costs_money() -> None:
    (usual, without_it), (better, with_it) = signed(offers=False), signed(offers=True)
    (before,), (after,) = usual.allocations, better.allocations
    assert (before.raised, after.raised) == (0.0, with_it.parts[0].raised)
    assert after.raised > 0.0
    more = cost_of_raising(better.model, after.raised) * after.item.reference_cost
    assert after.full_cost - before.full_cost == pytest.approx(more)
    assert with_it.own_cost - without_it.own_cost == pytest.approx(more)
    assert with_it.quality - without_it.quality == pytest.approx(after.raised)
    assert after.performance_margin - before.performance_margin == pytest.approx(after.raised)
    gain = better.model.scenario_data.behaviour.outcome_quality * after.raised
    assert outcome_index(better) - outcome_index(usual) == pytest.approx(gain)


def highest_raised(scenario: Scenario) -> float:
    return max(
        allocation.raised
        for model in months(scenario, 1, step=12.0)
        for in_force in model.contracts.values()
        for allocation in in_force.allocations
    )


def test_quality_is_raised_only_while_it_may_be_offered() -> None:
    policy = {"duration_years": 1.0, "turnover_ratio": 0.0}
    assert highest_raised(small(policy=policy, behaviour=RESPONDS, horizon_years=3)) > 0.0
    assert (
        highest_raised(small(policy=policy, behaviour=RESPONDS, horizon_years=3, mechanisms=without("offered_quality")))
        == 0.0
    )


# Suppliers --------------------------------------------------------------------------------------------


def quote(rivals: int) -> tuple[Quote, float]:
    """Quote of a community trust for a prime's community care, and the most that leads offer."""
    bidder, tender = invitation(3, policy={"form": "prime_contractor", "lot_scope": "pathway"})
    (item,) = tender.procurement.lot.items
    most = highest_offer(tender.model, tender.policy, [item])
    return quote_for(tender.model, bidder, [item], float(item.reference_cost), 1.0, tender, rivals), most


def test_a_sole_supplier_holds_out_for_the_highest_offer() -> None:
    sole, most = quote(0)
    assert sole.least < most
    assert (sole.asks, sole.alone) == (most, 1.0)
    below = 0.999 * most
    assert sole.taken_at(below) is None
    why = sole.why_not(below, 10**12)
    assert (why.code, why.amount) == ("holds_out", round(most - below))
    assert sole.taken_at(most) == most


def test_one_supplier_among_many_takes_any_offer_that_is_acceptable() -> None:
    many, most = quote(12)
    assert many.asks < most
    offer = many.least + 0.1 * (many.asks - many.least)
    assert many.taken_at(offer) == offer
    assert many.taken_at(many.least) is None


def test_a_supplier_asks_less_the_more_others_there_are() -> None:
    asks = [quote(rivals)[0].asks for rivals in (2, 4, 8, 16)]
    assert asks == sorted(set(asks), reverse=True)
