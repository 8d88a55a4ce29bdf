"""Lots reserved for small and medium-sized enterprises, and the share a lead must promise them (P 1.11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.costs.supplier_search import SupplierSearch
from caremarket.agents.entities.notices import OfferAnswered
from caremarket.market.randomness import Purpose

if TYPE_CHECKING:
    from collections.abc import Callable

    from caremarket.agents.bidding.draft import Draft
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.plan import Part
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.tender import Tender
    from caremarket.market.pathways import ServiceItem

    Accepts = Callable[[Market, Provider, list[ServiceItem], float, float, Tender, int], float | None]


def eligible_bidders(tender: Tender, able: list[Provider]) -> list[Provider]:
    """Providers out of ``able`` that may answer a notice: only SMEs where the lot is reserved for them.

    A lot may be reserved at its first attempt, if the holder delivers all itself and some SME can deliver it.
    """
    share = tender.policy.reserved_share
    if share <= 0.0 or tender.form.subcontracting or tender.procurement.attempt > 1:
        return able
    first = tender.procurement.lot.items[0]
    if tender.model.streams.uniform(Purpose.RESERVED_LOT, first.key, 0, first.rounds) >= share:
        return able
    small = [p for p in able if p.sme]
    if small:
        tender.model.log("lot_reserved", tender.commissioner.index, procurement=tender.procurement.id)
    return small or able


def promised_to_small(parts: list[Part], reference: int) -> float:
    """Share of a lot, by reference cost, that a plan gives to SMEs, the lead included; in [0, 1]."""
    small = sum(p.share * sum(i.reference_cost for i in p.items) for p in parts if p.deliverer.sme)
    return small / reference if reference else 0.0


def required_of_leads(tender: Tender) -> float:
    """Share of the lot that a bid must promise to SMEs, in [0, 1].

    Zero where the holder delivers all itself, and from the second attempt: the commissioner then drops the requirement.
    """
    if not tender.form.subcontracting or tender.procurement.attempt > 1:
        return 0.0
    return tender.policy.reserved_share


def find_small_supplier(lead: Provider, draft: Draft, tender: Tender, accepts: Accepts) -> None:
    """Find an SME for as much as it has spare capacity, where none was found for the share that leads usually promise.

    SMEs are asked in the order of the lead's rule.
    """
    model = tender.model
    core = draft.core
    function = core.items[0].function
    behaviour = model.scenario_data.behaviour
    reference = sum(i.reference_cost for i in core.items)
    usual = sum(model.beliefs.price_ratio(i) * i.reference_cost for i in core.items)
    price = usual * (1.0 + behaviour.subcontract_offer_raise)
    pool = [
        p
        for p in model.able_to(tender.procurement.lot, function)
        if p.sme and p is not lead and p is not core.deliverer and p.spare(function) > 0
    ]
    search = SupplierSearch(model, lead, tender.commissioner, (function,), tender.policy)
    asked = behaviour.procurement.search_rounds * behaviour.subcontract_candidates
    for other in search.order(pool, search.rule.small)[:asked]:
        spare = other.spare(function)
        share = min(behaviour.promise_share, spare / (reference * (1.0 - behaviour.staff_transfer) + 1.0))
        taken = accepts(model, other, core.items, price, share, tender, len(pool) - 1)
        model.tell(OfferAnswered(other, taken is not None))
        if taken is not None:
            draft.small = type(core)(other, core.items, share, taken, named=True)
            draft.small_cost = share * (taken * (1.0 - tender.policy.management_fee) - draft.core_cost)
            return


def meet_requirement(
    lead: Provider, tender: Tender, drafts: list[Draft], accepts: Accepts, already: list[Part]
) -> bool:
    """Name SMEs, the cheapest first, until the required share is promised; False if it cannot be met.

    ``accepts`` is a candidate's answer to an offer; ``already`` holds the parts that are settled.
    """
    required = required_of_leads(tender)
    if required <= 0.0:
        return True
    lot = tender.procurement.lot
    promised = promised_to_small([*already, *(p for d in drafts for p in d.shared_parts())], lot.reference_cost)
    if promised >= required - 1e-9:
        return True
    offers = []
    for number, draft in enumerate(drafts):
        if draft.named is not None or draft.core.deliverer.sme:
            continue
        if draft.small is None:
            find_small_supplier(lead, draft, tender, accepts)
        if draft.small is not None:
            gained = promised_to_small([draft.small], lot.reference_cost)
            offers.append((draft.small_cost / max(gained, 1e-12), number, gained, draft))
    for _, _, gained, draft in sorted(offers, key=lambda o: o[:2]):
        draft.named = draft.small
        promised += gained
        if promised >= required - 1e-9:
            return True
    return False
