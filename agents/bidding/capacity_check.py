"""Capacity for work that is bid for, awarded and signed: committed work never exceeds capacity.

Part of the staff comes with the work (TUPE, P 3.19), and a present deliverer has its staff already. Awards that are
not live yet are counted, so that no provider wins several lots with the same staff.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from caremarket.agents.bidding.sme_quota import required_of_leads
from caremarket.agents.costs.criteria import award_points_gained, consents
from caremarket.agents.costs.supplier_search import SupplierSearch

if TYPE_CHECKING:
    from caremarket.agents.entities.plan import Part, SupplyPlan
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.tender import Tender
    from caremarket.market.pathways import ServiceItem


Given = dict[int, list["ServiceItem"]]
"""Items of one function that a plan has already allotted, by index of provider."""


def room_beside_given(tender: Tender, provider: Provider, items: list[ServiceItem], share: float, given: Given) -> bool:
    """True if there is spare capacity for a share of ``items`` of a function after the work already allotted."""
    already = given.get(provider.index)
    if not already:
        return room_for_all(tender, provider, items, share)
    return room_for_all(tender, provider, [*already, *items])


def room_for_all(tender: Tender, bidder: Provider, items: list[ServiceItem], share: float = 1.0) -> bool:
    """True if a bidder has spare capacity for a share of all ``items`` of one function together."""
    if len(items) == 1:
        return tender.room_for(bidder, items[0], share)
    return capacity_needed(tender, bidder, items, share) <= max(bidder.spare(items[0].function), 0)


def capacity_needed(tender: Tender, bidder: Provider, items: list[ServiceItem], share: float = 1.0) -> float:
    """Own capacity of ``bidder`` that a share of ``items`` would take, in pence of reference cost a year."""
    model = tender.model
    total = 0.0
    incumbent = bidder.index in tender.held
    for item in items:
        wanted = share
        if incumbent:
            wanted -= sum(model.contracts[number].share_of(bidder, item) for number in item.contracts)
        if wanted > 0.0:
            total += wanted * item.reference_cost
    return total * (1.0 - model.scenario_data.behaviour.staff_transfer)


def fits(tender: Tender, deliverer: Provider, part: Part, given: dict[tuple[int, int], float]) -> bool:
    """True if ``deliverer`` has spare capacity today for a part of a plan after the work already allotted.

    ``given`` is the capacity allotted, pence of reference cost a year by provider and function.
    """
    function = part.items[0].function
    needed = given.get((deliverer.index, function), 0.0) + capacity_needed(tender, deliverer, part.items, part.share)
    # Plans are rounded to the penny item by item.
    return needed <= max(deliverer.spare(function), 0) + len(part.items)


def give(tender: Tender, deliverer: Provider, part: Part, given: dict[tuple[int, int], float]) -> None:
    """Add the capacity that a part takes of ``deliverer`` to ``given``."""
    key = (deliverer.index, part.items[0].function)
    given[key] = given.get(key, 0.0) + capacity_needed(tender, deliverer, part.items, part.share)


def replace_where_full(tender: Tender, lead: Provider, plan: SupplyPlan, ahead: float) -> bool:
    """Replace deliverers of a plan that no longer have capacity; True if every part then has a deliverer with capacity.

    A deliverer that has won other work since the bid is replaced, on the same terms, by the provider with capacity that
    the lead's rule ranks first. A lead cannot be replaced. A deliverer that counts towards the SME share required of
    leads is replaced by an SME. One that was named for its award points is replaced by a small provider that would have
    earned at least as many. Without such a provider, the deliverer of the rest of the work does that part too, if the
    bid without those points is still the best.

    Args:
        tender: the tender.
        lead: the bidder.
        plan: its supply plan; changed here if necessary.
        ahead: lead of the bid over the next best, as a share of all points.
    """
    model = tender.model
    found: list[tuple[Part, Provider]] = []
    dropped: list[tuple[Part, Part]] = []
    given: dict[tuple[int, int], float] = {}
    required = required_of_leads(tender) > 0.0
    for part in plan.parts:
        deliverer = part.deliverer
        if deliverer.alive and fits(tender, deliverer, part, given):
            give(tender, deliverer, part, given)
            continue
        if deliverer is lead:
            return False
        function = part.items[0].function
        small = part.named or (deliverer.sme and required)
        taken = {p.deliverer.index for p in plan.parts if p.items[0].function == function}
        others = [
            p
            for p in model.able_to(tender.procurement.lot, function)
            if p is not lead
            and p.index not in taken
            and (p.sme or not small)
            and (not part.named or consents(tender.policy, deliverer, p))
            and fits(tender, p, part, given)
        ]
        if others:
            search = SupplierSearch(model, lead, tender.commissioner, (function,), tender.policy)
            supplier = search.order(others, search.rule.replaces)[0]
            give(tender, supplier, part, given)
            found.append((part, supplier))
            continue
        main = next((p for p in plan.parts if part.named and p is not part and p.items == part.items), None)
        if main is None or required or not main.deliverer.alive or not fits(tender, main.deliverer, part, given):
            return False
        ahead -= points_of(tender, part, main.deliverer)
        if ahead < 0.0:
            return False
        give(tender, main.deliverer, part, given)
        dropped.append((part, main))
    for part, supplier in found:
        part.deliverer = supplier
    for part, main in dropped:
        main.share += part.share
        plan.parts.remove(part)
    return True


def points_of(tender: Tender, part: Part, other: Provider) -> float:
    """Points that a bid would lose if ``other`` did a part instead, as a share of all points."""
    points = award_points_gained(tender.policy, other, part.deliverer)
    lot = tender.procurement.lot
    return points * part.share * sum([i.reference_cost for i in part.items]) / lot.reference_cost


def bind(tender: Tender, plan: SupplyPlan) -> None:
    """Reserve the capacity for the plan of the preferred bidder."""
    for part in plan.parts:
        function = part.items[0].function
        needed = ceil(capacity_needed(tender, part.deliverer, part.items, part.share))
        part.deliverer.bound[function] += needed
        tender.bound.append((part.deliverer, function, needed))


def unbind(tender: Tender) -> None:
    """Release reserved capacity: the contract begins, or there will be none."""
    for deliverer, function, needed in tender.bound:
        deliverer.bound[function] -= needed
    tender.bound.clear()
