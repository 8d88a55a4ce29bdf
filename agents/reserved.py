"""Lots reserved for small and medium-sized enterprises, and the share a lead must promise them (P 1.11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from market.randomness import Purpose

if TYPE_CHECKING:
    from agents.provider import Provider
    from agents.supply_chain import Draft, Part
    from agents.tendering import TenderProcess


def open_to(tender: TenderProcess, able: list[Provider]) -> list[Provider]:
    """Who may answer a notice: SMEs alone where the lot is reserved for them.

    A lot is reserved at its first attempt, where the holder delivers itself and some SME can.
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
    """Share of a lot, by reference cost, that a plan gives to SMEs, the lead included."""
    small = sum(p.share * sum(i.reference_cost for i in p.items) for p in parts if p.deliverer.sme)
    return small / reference if reference else 0.0


def required_of_leads(tender: TenderProcess) -> float:
    """Share of the lot that a bid must promise to SMEs: none where the holder delivers all itself."""
    return tender.policy.reserved_share if tender.form.subcontracting else 0.0


def meet_requirement(tender: TenderProcess, drafts: list[Draft]) -> bool:
    """Name SMEs, the least dear first, until the required share is promised; False if it cannot be."""
    required = required_of_leads(tender)
    if required <= 0.0:
        return True
    lot = tender.procurement.lot
    parts = [p for d in drafts for p in d.parts()]
    promised = promised_to_small(parts, lot.reference_cost)
    if promised >= required - 1e-9:
        return True
    offers = []
    for number, draft in enumerate(drafts):
        if draft.named is None and draft.small is not None and not draft.core.deliverer.sme:
            gained = promised_to_small([draft.small], lot.reference_cost)
            if gained > 0.0:
                offers.append((draft.small_cost / gained, number, gained, draft))
    for _, _, gained, draft in sorted(offers, key=lambda o: o[:2]):
        draft.named = draft.small
        promised += gained
        if promised >= required - 1e-9:
            return True
    return False
