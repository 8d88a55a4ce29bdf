"""The joint bid of a consortium: its worth, the choice of a special purpose vehicle, and submission (P 3.8, 3.9, 4.2).

Members bid when the expected earnings exceed the cost of the bid, the agreement and managing one another; alone they
would earn nothing. They set up a vehicle when the loss it keeps from them is worth more than the set-up cost: the
larger, longer and riskier the lot, the likelier. Where the holder may not deliver, it must be a vehicle.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

from caremarket.agents.bidding.bid_value import bid_cost, chance_to_win, hoped_gain
from caremarket.agents.bidding.record_beliefs import record_beliefs
from caremarket.agents.bidding.supply_plan import delivery_variance
from caremarket.agents.costs.management import management_cost
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


def worth_bidding_together(model: Market, tender: Tender, members: list[Provider], seats: list[Seat]) -> bool:
    """True if expected joint earnings exceed the cost of bid and agreement; alone, members would earn nothing."""
    lead = members[0]
    policy = tender.policy
    usual = dict(zip((i.index for i in tender.procurement.lot.items), tender.usual, strict=True))
    done = {i.index for s in seats for i in s.items}
    partners = sum(s.cost for s in seats if s.member is not lead)
    cost = sum(s.cost for s in seats) + sum(price for index, price in usual.items() if index not in done)
    cost += management_cost(model, policy, lead, len(members) - 1, partners) + sum(s.reporting for s in seats)
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


def bids_through_vehicle(model: Market, tender: Tender, members: list[Provider], seats: list[Seat]) -> bool | None:
    """True to bid through a special-purpose vehicle, False through a consortium; None if neither is possible.

    Worth of a vehicle: the expected loss over the contract beyond equity and guarantee, which it keeps from sponsors.
    """
    policy = tender.policy
    settings = model.scenario_data.behaviour.collaboration
    budget = tender.procurement.lot.budget
    must = tender.form.self_delivery_max <= 0.0
    equity = settings.vehicle_equity_share * budget
    affordable = sum(m.reserves for m in members) >= equity and all(m.reserves > 0 for m in members)
    if policy.vehicles and affordable:
        if must:
            return True
        cost = sum(s.cost for s in seats)
        variance = sum(delivery_variance(model, policy, s.works, s.cost) for s in seats)
        years = policy.duration_years
        stake = equity + policy.guarantee_share * budget
        relief = loss_beyond(members[0].markup * cost * years, sqrt(variance * years), stake)
        if relief > settings.vehicle_setup_gbp * 100.0:
            return True
    return False if policy.consortium_bids and not must else None


def submit_jointly(response: Submission, cost: int) -> None:
    """Submit the joint bid: partners pay their part of bid and agreement, and a vehicle takes the lead's place.

    ``cost`` is the cost of the bid in pence.
    """
    model = response.model
    consortium = response.consortium
    bid = response.bid
    if consortium is None or bid is None:
        raise RuntimeError("a joint bid needs a consortium and a bid")
    tender = response.tender
    lead = consortium.members[0]
    weights = consortium.weights()
    cost += agreement_cost(model)
    settings = model.scenario_data.behaviour.collaboration
    if consortium.vehicle and model.scenario_data.mechanisms.bid_cost:
        cost += int(settings.vehicle_setup_gbp * 100.0)
    for member, part in zip(consortium.members, split_pence(cost, weights), strict=True):
        if member is not lead:
            model.ledger.post(model.time, member.account, lead.account, part, Reason.JOINT_CONTRIBUTION)
        member.market_cost += part
    model.ledger.post(model.time, lead.account, WORLD, cost, Reason.BID_COST)
    model.tell(JointBidMade(lead))
    model.log("joint_bid", lead.index, procurement=tender.procurement.id, amount=len(consortium.members))
    if consortium.vehicle:
        lot = tender.procurement.lot
        vehicle = found_vehicle(
            model,
            consortium.members,
            weights,
            lot.items[0].key,
            lot.items[0].rounds,
            equity=int(settings.vehicle_equity_share * lot.budget),
            guarantee=int(tender.policy.guarantee_share * bid.price),
            procurement=tender.procurement.id,
        )
        lead.bids_in_hand -= 1
        vehicle.bids_in_hand += 1
        response.bidder = vehicle
        bid.bidder = vehicle.index


def mark_agreed_parts(in_force: ContractInForce, plan: SupplyPlan) -> None:
    """Mark partners' sub-contracts as agreed: the lead cannot move that work on its own (P 3.9)."""
    agreed = {p.deliverer.index for p in plan.parts if p.agreed}
    for sub in in_force.contract.subcontracts:
        sub.agreed = sub.supplier in agreed
