"""Bidding together: consortia under a bidding agreement, and vehicles (P 3.8, 3.9, 4.2).

Whoever could do the work but would fail the turnover or guarantee test, or has not the capacity for all of it, looks
for partners in the same position. Together they meet the tests and share the work by room. They bid when what
they expect to earn is worth the bid, the agreement and the cost of managing one another; alone they would earn nothing.

Sponsors put a vehicle between themselves and the lot when the loss it keeps from them is worth more than setting it up:
the larger, longer and riskier the lot, the likelier. Where the holder may not deliver, it must be one.
"""

from __future__ import annotations

from heapq import nlargest
from math import sqrt
from typing import TYPE_CHECKING

from caremarket.agents.bidding.bid_decision import bid_cost, chance_to_win, hoped_gain
from caremarket.agents.bidding.capacity_check import room_for_all
from caremarket.agents.bidding.make_or_buy import delivery_variance
from caremarket.agents.bidding.work_share import seat_for
from caremarket.agents.costs.default_cost import pledgeable
from caremarket.agents.costs.management import management_cost
from caremarket.agents.costs.supplier_search import SupplierSearch
from caremarket.agents.entities.consortium import Consortium, Seat
from caremarket.agents.entities.notices import JointBidMade
from caremarket.agents.entities.plan import SupplyPlan
from caremarket.agents.entities.special_purpose_vehicle import found_vehicle
from caremarket.agents.entities.submission import Submission
from caremarket.market.ledger import WORLD, Reason, split_pence
from caremarket.market.risk import loss_beyond

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import ContractInForce
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.submission import Submission
    from caremarket.agents.entities.tender import Tender
    from caremarket.market.pathways import ServiceItem


def room_share(tender: Tender, provider: Provider, items: list[ServiceItem], needed: float) -> float:
    """Share of ``items``, all of one function, that a provider has room for.

    ``needed`` is the capacity they take besides the staff that comes with them, pence of reference cost a year.
    """
    function = items[0].function
    if not provider.unit_cost[function]:
        return 0.0
    spare = provider.capacity[function] - provider.committed[function] - provider.bound[function]
    # Who does the work now has staff for it already.
    if needed <= spare or (provider.index in tender.held and room_for_all(tender, provider, items)):
        return 1.0
    return spare / needed if spare > 0 else 0.0


def meets_tests(tender: Tender, members: list[Provider]) -> bool:
    """Would these pass the turnover and guarantee tests together? (P 2.5, 3.8)"""
    policy = tender.policy
    budget = tender.procurement.lot.budget
    if sum([m.turnover for m in members]) < policy.turnover_ratio * budget:
        return False
    return policy.guarantee_share <= 0.0 or sum([pledgeable(m) for m in members]) >= policy.guarantee_share * budget


def with_partners(model: Market, tender: Tender, able: list[Provider], willing: list[Submission]) -> list[Submission]:
    """Those who answer the notice: ``willing`` ones alone, and consortia of those who could not alone."""
    policy = tender.policy
    form = tender.form
    must = form.self_delivery_max <= 0.0
    if not (policy.consortium_bids or policy.vehicles) or (must and not policy.vehicles):
        return willing
    groups: dict[int, list[ServiceItem]] = {}
    for item in tender.procurement.lot.items:
        groups.setdefault(item.function, []).append(item)
    lots = [groups[f] for f in sorted(groups)]
    room = _room_of_sponsors(model, tender, lots) if must else _room_of_partners(tender, able, willing, lots)
    settings = model.scenario_data.behaviour.collaboration
    if len(room) < 2 or not _could_do_it(tender, room, settings.consortium_partners + 1):
        return willing
    search = _Search(model, tender, lots, {p.index: shares for p, shares in room.items()})
    pool = sorted(room, key=lambda p: (-p.skill, p.index))
    taken: set[int] = set()
    joint: list[Submission] = []
    # The most skilled writers take the lead; each tries once.
    for lead in pool[: settings.consortium_attempts]:
        if lead.index not in taken:
            found = search.bring_together(lead, [p for p in pool if p.index not in taken and p is not lead])
            if found is not None:
                taken |= {m.index for m in found.members}
                response = Submission(model, tender, lead)
                response.consortium = found
                joint.append(response)
    return [r for r in willing if r.bidder.index not in taken] + joint


def _needed(tender: Tender, lots: list[list[ServiceItem]]) -> list[tuple[list[ServiceItem], float]]:
    """Items of each function with the capacity they take besides the staff that comes with them."""
    brought = 1.0 - tender.model.scenario_data.behaviour.staff_transfer
    return [(items, brought * sum([i.reference_cost for i in items])) for items in lots]


def _room_of_partners(
    tender: Tender, able: list[Provider], willing: list[Submission], lots: list[list[ServiceItem]]
) -> dict[Provider, list[float]]:
    """Room of those who might look for partners: who would fail the tests alone, and who has room for a part only.

    A part too small is not worth a place at the table.
    """
    needed = _needed(tender, lots)
    least = tender.model.scenario_data.behaviour.collaboration.consortium_least_share
    room: dict[Provider, list[float]] = {}
    single = [response.bidder for response in willing]
    for provider in single:
        if not meets_tests(tender, [provider]):
            room[provider] = [room_share(tender, provider, items, n) for items, n in needed]
    for provider in able:
        if provider.bids_in_hand < provider.bid_limit and provider not in single:
            shares = [room_share(tender, provider, items, n) for items, n in needed]
            for share in shares:
                if least <= share < 1.0:
                    room[provider] = shares
                    break
    return room


def _room_of_sponsors(model: Market, tender: Tender, lots: list[list[ServiceItem]]) -> dict[Provider, list[float]]:
    """Room of providers that might sponsor a vehicle for a lot whose holder may not deliver."""
    needed = _needed(tender, lots)
    area = tender.commissioner.area
    functions = [items[0].function for items in lots]
    found = {p.index: p for f in functions for p in model.bidders(area, f) if p.spare(f) > 0}
    pool = [p for _, p in sorted(found.items()) if p.bids_in_hand < p.bid_limit]
    return {p: [room_share(tender, p, items, n) for items, n in needed] for p in pool}


def _could_do_it(tender: Tender, room: dict[Provider, list[float]], most: int) -> bool:
    """Could the ``most`` largest of a pool meet the tests, and those with most room cover each function?

    If not, nobody need look for partners: no group of that size would do.
    """
    policy = tender.policy
    if policy.guarantee_share <= 0.0:
        largest = nlargest(most, [p.turnover for p in room])
        if sum(largest) < policy.turnover_ratio * tender.procurement.lot.budget:
            return False
    if tender.form.subcontracting:
        return True
    return all(sum(nlargest(most, shares)) >= 1.0 - 1e-9 for shares in zip(*room.values(), strict=True))


class _Search:
    """The search for partners in one tender.

    Args:
        model: the market.
        tender: the tender.
        lots: the lot's items by function.
        room: share of each function's items that a provider has room for, by organisation.
    """

    __slots__ = ("lots", "model", "room", "tender", "weights")

    def __init__(
        self, model: Market, tender: Tender, lots: list[list[ServiceItem]], room: dict[int, list[float]]
    ) -> None:
        self.model = model
        self.tender = tender
        self.lots = lots
        self.room = room
        self.weights = [float(sum([i.reference_cost for i in items])) for items in lots]

    def _covered(self, room: list[float]) -> float:
        """Reference cost of what those who have so much room together can do."""
        return sum([w if r >= 1.0 else w * r for w, r in zip(self.weights, room, strict=True)])

    def bring_together(self, lead: Provider, others: list[Provider]) -> Consortium | None:
        """A lead asks whoever adds most and its rule puts first until tests and capacity are met; else None."""
        model, tender, room = self.model, self.tender, self.room
        settings = model.scenario_data.behaviour.collaboration
        others = [p for p in others if any(room[p.index])]
        functions = [items[0].function for items in self.lots]
        search = SupplierSearch(model, lead, tender.commissioner, functions, tender.policy)
        others = search.order(others, search.rule.partners)[: settings.consortium_asked]
        enough = 0.0 if tender.form.subcontracting else sum(self.weights) - 1.0
        members = [lead]
        together = room[lead.index]
        done = self._covered(together)
        while len(members) == 1 or done < enough or not meets_tests(tender, members):
            if len(members) > settings.consortium_partners:
                return None
            best: Provider | None = None
            most: tuple[int, bool] | None = None
            for other in others:  # in the lead's order: of two that add as much, the first is asked
                if other in members:
                    continue
                sums = [a + b for a, b in zip(together, room[other.index], strict=True)]
                worth = (round(self._covered(sums) - done), other.turnover > 0)
                if most is None or worth > most:
                    best, most = other, worth
            if best is None:
                return None
            members.append(best)
            together = [a + b for a, b in zip(together, room[best.index], strict=True)]
            done = self._covered(together)
        seats = self._seats(members, together)
        if seats is None or not _worth_it(model, tender, members, seats):
            return None
        vehicle = _through_vehicle(model, tender, members, seats)
        return None if vehicle is None else Consortium(members, seats, vehicle=vehicle)

    def _seats(self, members: list[Provider], together: list[float]) -> list[Seat] | None:
        """Who does what: a function that members have room for is shared by room; None if the lot is not covered."""
        seats: list[Seat] = []
        for place, items in enumerate(self.lots):
            total = together[place]
            if total < 1.0 - 1e-9:
                if self.tender.form.subcontracting:
                    continue
                return None
            for member in members:
                share = self.room[member.index][place] / total
                if share > 0.0:
                    seats.append(seat_for(self.model, member, items, share, self.tender))
        return seats or None


def _worth_it(model: Market, tender: Tender, members: list[Provider], seats: list[Seat]) -> bool:
    """Is what they expect to earn together worth the bid and the agreement? Alone they would earn nothing."""
    lead = members[0]
    policy = tender.policy
    usual = dict(zip((i.index for i in tender.procurement.lot.items), tender.usual, strict=True))
    done = {i.index for s in seats for i in s.items}
    partners = sum(s.cost for s in seats if s.member is not lead)
    cost = sum(s.cost for s in seats) + sum(price for index, price in usual.items() if index not in done)
    cost += management_cost(model, policy, lead, len(members) - 1, partners) + sum(s.reporting for s in seats)
    gain = tender.usual_price - cost
    gain = hoped_gain(model, lead, gain, cost)
    quality = sum(s.cost * s.member.quality for s in seats) / sum(s.cost for s in seats)
    chance = chance_to_win(model, tender, 1.0, quality, tender.expected_bidders)
    return chance * gain * policy.duration_years > bid_cost(lead, tender) + agreement_cost(model)


def agreement_cost(model: Market) -> int:
    """Cost of a bidding agreement in pence (P 3.9)."""
    if not model.scenario_data.mechanisms.bid_cost:
        return 0
    return int(model.scenario_data.behaviour.collaboration.bidding_agreement_gbp * 100.0)


def _through_vehicle(model: Market, tender: Tender, members: list[Provider], seats: list[Seat]) -> bool | None:
    """Whether a vehicle is worth setting up; None if they may do neither.

    What it is worth: the expected loss over the contract beyond equity and guarantee, which sponsors would else bear.
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
    """Hand the joint bid in: partners pay their part of bid and agreement, and a vehicle takes the lead's place."""
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


def keep_agreement(life: ContractInForce, plan: SupplyPlan) -> None:
    """Partners have their parts by agreement: the lead cannot move them at will (P 3.9)."""
    agreed = {p.deliverer.index for p in plan.parts if p.agreed}
    for sub in life.contract.subcontracts:
        sub.agreed = sub.supplier in agreed
