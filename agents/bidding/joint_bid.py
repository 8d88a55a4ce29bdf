"""The joint bid of a consortium: its worth, the choice of a special purpose vehicle, and submission (P 3.8, 3.9, 4.2).

Members bid when the expected earnings exceed the cost of the bid, the agreement and managing one another; alone they
would earn nothing. They agree on a vehicle when the loss it keeps from them is worth more than the set-up cost: the
larger, longer and riskier the lot, the likelier. Where the holder may not deliver, it must be a vehicle.

The consortium bids, and founds the vehicle only once its bid is preferred. Set-up and equity are thus no cost of
bidding: the price foresees the set-up cost, and the equity returns to the sponsors.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

from caremarket.agents.bidding.bid_value import bid_cost, chance_to_win, hoped_gain
from caremarket.agents.bidding.record_beliefs import record_beliefs
from caremarket.agents.bidding.supply_plan import delivery_variance
from caremarket.agents.costs.management import management_cost
from caremarket.agents.entities.incumbency import count_as_holder
from caremarket.agents.entities.notices import JointBidMade
from caremarket.agents.entities.providers.special_purpose_vehicle import found_vehicle
from caremarket.agents.entities.submission import Submission
from caremarket.market.ledger import WORLD, Reason, split_pence
from caremarket.market.risk import loss_beyond

if TYPE_CHECKING:
    from caremarket.agents.entities.consortium import Seat
    from caremarket.agents.entities.contract import ContractInForce
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.plan import SupplyPlan
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.submission import Submission
    from caremarket.agents.entities.tender import Tender


def worth_bidding_together(
    model: Market, tender: Tender, members: list[Provider], seats: list[Seat], *, vehicle: bool
) -> bool:
    """True if expected joint earnings exceed the cost of bid and agreement; alone, members would earn nothing.

    With a ``vehicle``, earnings are net of its set-up cost, as far as that exceeds the loss it keeps from the members.
    """
    lead = members[0]
    policy = tender.policy
    usual = dict(zip((i.index for i in tender.procurement.lot.items), tender.usual, strict=True))
    done = {i.index for s in seats for i in s.items}
    partners = sum(s.cost for s in seats if s.member is not lead)
    cost = sum(s.cost for s in seats) + sum(price for index, price in usual.items() if index not in done)
    cost += management_cost(model, policy, lead, len(members) - 1, partners) + sum(s.reporting for s in seats)
    if vehicle:
        relief = relief_through_vehicle(model, tender, members, seats)
        cost += max(0.0, setup_cost(model) - relief) / policy.duration_years
    quality = sum(s.cost * s.member.quality for s in seats) / sum(s.cost for s in seats)
    if lead.strategy.price is not None:
        social = sum(s.cost * s.member.social_value for s in seats) / sum(s.cost for s in seats)
        integration = model.scenario_data.behaviour.procurement.sole_provider_integration
        beliefs = record_beliefs(lead, members, tender, quality, social, integration)
        least = (bid_cost(lead, tender) + agreement_cost(model)) / policy.duration_years
        return beliefs.surplus(cost, least) > least
    gain = tender.usual_price - cost
    gain = hoped_gain(model, lead, gain, cost)
    chance = chance_to_win(model, tender, 1.0, quality, tender.expected_bidders)
    return chance * gain * policy.duration_years > bid_cost(lead, tender) + agreement_cost(model)


def agreement_cost(model: Market) -> int:
    """Cost of a bidding agreement in pence (P 3.9)."""
    if not model.scenario_data.mechanisms.bid_cost:
        return 0
    return int(model.scenario_data.behaviour.collaboration.bidding_agreement_gbp * 100.0)


def setup_cost(model: Market) -> int:
    """Cost of setting up a vehicle in pence, paid once its consortium's bid is preferred (P 3.8, 4.2)."""
    if not model.scenario_data.mechanisms.bid_cost:
        return 0
    return int(model.scenario_data.behaviour.collaboration.vehicle_setup_gbp * 100.0)


def vehicle_equity(tender: Tender) -> int:
    """Equity of a vehicle that would hold the lot, pence."""
    return int(tender.model.scenario_data.behaviour.collaboration.vehicle_equity_share * tender.procurement.lot.budget)


def can_afford(tender: Tender, members: list[Provider]) -> bool:
    """True if ``members`` have the equity of a vehicle together, and each of them has reserves."""
    return sum([m.reserves for m in members]) >= vehicle_equity(tender) and all(m.reserves > 0 for m in members)


def relief_through_vehicle(model: Market, tender: Tender, members: list[Provider], seats: list[Seat]) -> float:
    """Worth of a vehicle in pence: the expected loss beyond equity and guarantee, which it keeps from sponsors."""
    policy = tender.policy
    cost = sum(s.cost for s in seats)
    variance = sum(delivery_variance(model, policy, s.works, s.cost) for s in seats)
    years = policy.duration_years
    stake = vehicle_equity(tender) + policy.guarantee_share * tender.procurement.lot.budget
    return loss_beyond(members[0].markup * cost * years, sqrt(variance * years), stake)


def bids_through_vehicle(model: Market, tender: Tender, members: list[Provider], seats: list[Seat]) -> bool | None:
    """True to bid for a special-purpose vehicle, False for a lead with partners; None if neither is possible."""
    policy = tender.policy
    must = tender.form.self_delivery_max <= 0.0
    if policy.vehicles and can_afford(tender, members):
        if must:
            return True
        setup = model.scenario_data.behaviour.collaboration.vehicle_setup_gbp * 100.0
        if relief_through_vehicle(model, tender, members, seats) > setup:
            return True
    return False if policy.consortium_bids and not must else None


def submit_jointly(response: Submission, cost: int) -> None:
    """Submit the joint bid under a bidding agreement: partners pay their part of ``cost``, pence, and of the agreement.

    The lead submits it, whether or not a vehicle is to hold the contract.
    """
    model = response.model
    consortium = response.consortium
    if consortium is None:
        raise RuntimeError("a joint bid needs a consortium")
    lead = consortium.members[0]
    weights = consortium.weights()
    cost += agreement_cost(model)
    for member, part in zip(consortium.members, split_pence(cost, weights), strict=True):
        if member is not lead:
            model.ledger.post(model.time, member.account, lead.account, part, Reason.JOINT_CONTRIBUTION)
        member.market_cost += part
    model.ledger.post(model.time, lead.account, WORLD, cost, Reason.BID_COST)
    model.tell(JointBidMade(lead))
    number = response.tender.procurement.id
    model.log("joint_bid", lead.index, procurement=number, amount=len(consortium.members))


def obstacle_to_vehicle(response: Submission) -> str:
    """Code of the reason why a consortium cannot found its vehicle any more; empty if it can, or needs none."""
    if not response.through_vehicle:
        return ""
    if not all(m.alive for m in response.members):
        return "gone"
    return "" if can_afford(response.tender, response.members) else "no_equity"


def incorporate(response: Submission) -> None:
    """Found the vehicle of a consortium whose bid is preferred; it takes the lead's place in tender and bid.

    Members pay the set-up cost and put equity in, each its part. Without a vehicle to found, nothing happens.
    """
    consortium, bid = response.consortium, response.bid
    if consortium is None or bid is None or not consortium.vehicle:
        return
    model, tender = response.model, response.tender
    weights = consortium.weights()
    for member, part in zip(consortium.members, split_pence(setup_cost(model), weights), strict=True):
        model.ledger.post(model.time, member.account, WORLD, part, Reason.OVERHEAD)
        member.market_cost += part
    lot = tender.procurement.lot
    vehicle = found_vehicle(
        model,
        consortium.members,
        weights,
        lot.items[0].key,
        lot.items[0].rounds,
        equity=vehicle_equity(tender),
        guarantee=int(tender.policy.guarantee_share * bid.price),
        procurement=tender.procurement.id,
    )
    del tender.responses[bid.bidder]
    response.bidder = vehicle
    bid.bidder = vehicle.index
    tender.responses[vehicle.index] = response
    count_as_holder(response)


def mark_agreed_parts(in_force: ContractInForce, plan: SupplyPlan) -> None:
    """Mark partners' sub-contracts as agreed: the lead cannot move that work on its own (P 3.9)."""
    agreed = {p.deliverer.index for p in plan.parts if p.agreed}
    for sub in in_force.contract.subcontracts:
        sub.agreed = sub.supplier in agreed
