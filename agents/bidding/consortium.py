"""Search for consortium partners (P 3.8, 3.9, 4.2).

A provider looks for partners if it could do the work but would fail the turnover or guarantee test alone, or lacks the
capacity for all of it. Partners are in the same position. Together they meet the tests, and share the work in
proportion to spare capacity. Whether the joint bid is worth making: :mod:`caremarket.agents.bidding.joint_bid`.
"""

from __future__ import annotations

from heapq import nlargest
from typing import TYPE_CHECKING

from caremarket.agents.bidding.capacity_check import room_for_all
from caremarket.agents.bidding.joint_bid import bids_through_vehicle, worth_bidding_together
from caremarket.agents.bidding.work_share import seat_for
from caremarket.agents.costs.default_cost import pledgeable
from caremarket.agents.costs.supplier_search import SupplierSearch
from caremarket.agents.entities.consortium import Consortium, Seat
from caremarket.agents.entities.submission import Submission

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.tender import Tender
    from caremarket.market.pathways import ServiceItem


def room_share(tender: Tender, provider: Provider, items: list[ServiceItem], needed: float) -> float:
    """Share of ``items``, all of one function, that a provider has spare capacity for, in [0, 1].

    ``needed`` is the capacity they take beyond the staff that transfers with them, pence of reference cost a year.
    """
    function = items[0].function
    if not provider.unit_cost[function]:
        return 0.0
    spare = provider.capacity[function] - provider.committed[function] - provider.bound[function]
    # A present deliverer has staff for the work already.
    if needed <= spare or (provider.index in tender.held and room_for_all(tender, provider, items)):
        return 1.0
    return spare / needed if spare > 0 else 0.0


def meets_tests(tender: Tender, members: list[Provider]) -> bool:
    """True if ``members`` pass the tests of turnover, guarantee and experience of leading together (P 2.5, 3.8)."""
    policy = tender.policy
    budget = tender.procurement.lot.budget
    if tender.leading_asked and sum([m.led for m in members]) < tender.leading_asked:
        return False
    if sum([m.turnover for m in members]) < policy.turnover_ratio * budget:
        return False
    return policy.guarantee_share <= 0.0 or sum([pledgeable(m) for m in members]) >= policy.guarantee_share * budget


def add_consortia(model: Market, tender: Tender, able: list[Provider], willing: list[Submission]) -> list[Submission]:
    """Submissions for a notice: ``willing`` ones, and those of consortia formed by providers that could not bid alone.

    A willing provider that joins a consortium no longer bids alone.
    """
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
    if len(room) < 2 or not _pool_suffices(tender, room, settings.consortium_partners + 1):
        return willing
    search = _Search(model, tender, lots, {p.index: shares for p, shares in room.items()})
    pool = sorted(room, key=lambda p: (-p.skill, p.index))
    taken: set[int] = set()
    joint: list[Submission] = []
    # The providers with most contracting skill try to lead; each tries once.
    for lead in pool[: settings.consortium_attempts]:
        if lead.index not in taken:
            found = search.form_consortium(lead, [p for p in pool if p.index not in taken and p is not lead])
            if found is not None:
                taken |= {m.index for m in found.members}
                response = Submission(model, tender, lead)
                response.consortium = found
                joint.append(response)
    return [r for r in willing if r.bidder.index not in taken] + joint


def _needed(tender: Tender, lots: list[list[ServiceItem]]) -> list[tuple[list[ServiceItem], float]]:
    """Items of each function, with the capacity they take beyond the staff that transfers with them (pence a year)."""
    brought = 1.0 - tender.model.scenario_data.behaviour.staff_transfer
    return [(items, brought * sum([i.reference_cost for i in items])) for items in lots]


def _room_of_partners(
    tender: Tender, able: list[Provider], willing: list[Submission], lots: list[list[ServiceItem]]
) -> dict[Provider, list[float]]:
    """Shares of each function that possible partners have spare capacity for.

    Possible partners would fail the tests alone, or have capacity for a part only, above the least share worth joining.
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
    """Shares of each function that possible sponsors of a vehicle have spare capacity for.

    For a lot whose holder may not deliver. As a partner, a sponsor has at least the least share worth joining.
    """
    needed = _needed(tender, lots)
    area = tender.commissioner.area
    functions = [items[0].function for items in lots]
    found = {p.index: p for f in functions for p in model.bidders(area, f) if p.spare(f) > 0}
    pool = [p for _, p in sorted(found.items()) if p.bids_in_hand < p.bid_limit]
    least = model.scenario_data.behaviour.collaboration.consortium_least_share
    room = {p: [room_share(tender, p, items, n) for items, n in needed] for p in pool}
    return {p: shares for p, shares in room.items() if max(shares) >= least}


def _pool_suffices(tender: Tender, room: dict[Provider, list[float]], most: int) -> bool:
    """True if the ``most`` largest of a pool meet the tests, and those with most spare capacity cover each function.

    If not, no group of that size would suffice, and there is no search for partners.
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
        """Reference cost, pence a year, of the work covered by the given shares of each function."""
        return sum([w if r >= 1.0 else w * r for w, r in zip(self.weights, room, strict=True)])

    def form_consortium(self, lead: Provider, others: list[Provider]) -> Consortium | None:
        """Consortium that a lead forms; None if it cannot meet tests and capacity, or it is not worth it.

        The lead asks the provider that adds most capacity; among equals, one with experience of leading if that is
        asked for, then the one its rule puts first.
        """
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
            most: tuple[int, bool, bool] | None = None
            for other in others:  # in the lead's order: of two that add as much, the first is asked
                if other in members:
                    continue
                sums = [a + b for a, b in zip(together, room[other.index], strict=True)]
                has_led = tender.leading_asked > 0.0 and other.led > 0.0
                worth = (round(self._covered(sums) - done), has_led, other.turnover > 0)
                if most is None or worth > most:
                    best, most = other, worth
            if best is None:
                return None
            members.append(best)
            together = [a + b for a, b in zip(together, room[best.index], strict=True)]
            done = self._covered(together)
        seats = self._seats(members, together)
        if seats is None:
            return None
        vehicle = bids_through_vehicle(model, tender, members, seats)
        if vehicle is None or not worth_bidding_together(model, tender, members, seats, vehicle=vehicle):
            return None
        return Consortium(members, seats, vehicle=vehicle)

    def _seats(self, members: list[Provider], together: list[float]) -> list[Seat] | None:
        """Seats of the members: each function is shared in proportion to spare capacity; None if not all is covered."""
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
