"""Content of a lot: functions, pathways and commissioners bought together, and how a bundle is split."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.procurement.patient_choice.opened_services import is_open_to_choice

if TYPE_CHECKING:
    from caremarket.agents.entities.commissioner import Commissioner
    from caremarket.agents.entities.market import Market
    from caremarket.market.levers import PolicySpec
    from caremarket.market.pathways import ServiceItem


def lots_of_one(commissioner: Commissioner, items: list[ServiceItem], policy: PolicySpec) -> list[list[ServiceItem]]:
    """Lots of a commissioner that buys alone: one function each, or one or more whole pathways to a lot.

    Items of those pathways under contracts not yet due are brought forward, except items opened to patients'
    choice, which no lead can hold.
    """
    if policy.lot_scope == "function":
        return [[i] for i in items if not i.procuring]
    lots: list[list[ServiceItem]] = []
    taken: set[int] = set()
    for item in items:
        if item.procuring or item.index in taken:
            continue
        pathways = _pathways_with(commissioner, item.pathway, policy)
        lot = [
            i
            for p in pathways
            for i in commissioner.by_pathway[p]
            if not i.procuring and i.index not in taken and not is_open_to_choice(commissioner.model, i, policy)
        ]
        taken.update(i.index for i in lot)
        lots.append(lot)
    return lots


def lots_of_several(model: Market, items: list[ServiceItem], policy: PolicySpec) -> list[list[ServiceItem]]:
    """Lots of neighbouring commissioners that buy together.

    A partner's contract joins if it ends within ``bundling_window_months``. It is then brought forward to the first
    day of the new contract, so that from the first joint round on the partners' terms end together. A contract with
    longer to run joins in a later round.
    """
    lots: list[list[ServiceItem]] = []
    taken: set[int] = set()
    latest = model.time + model.scenario_data.behaviour.procurement.bundling_window_months
    for item in items:
        if item.procuring or item.index in taken:
            continue
        home = model.commissioners[item.commissioner]
        pathways = [item.pathway]
        if policy.lot_scope == "pathway":
            pathways = _pathways_with(home, item.pathway, policy)
        lot = []
        for index in model.desk.neighbours(item.commissioner, policy.ccgs_per_lot):
            for pathway in pathways:
                for other in model.commissioners[index].by_pathway.get(pathway, ()):
                    if other.procuring or other.index in taken or is_open_to_choice(model, other, policy):
                        continue
                    if policy.lot_scope == "function" and other.function != item.function:
                        continue
                    if index == item.commissioner or all(model.contracts[n].expiry <= latest for n in other.contracts):
                        lot.append(other)
        if policy.lot_scope == "function":
            lot = [i for i in lot if i is item or i.commissioner != item.commissioner]
        taken.update(i.index for i in lot)
        lots.append(lot)
    return lots


def _pathways_with(commissioner: Commissioner, pathway: int, policy: PolicySpec) -> list[int]:
    """Pathways in the same lot as ``pathway``: the commissioner's, in order, ``pathways_per_lot`` to a lot."""
    order = sorted(commissioner.by_pathway)
    start = order.index(pathway) // policy.pathways_per_lot * policy.pathways_per_lot
    return order[start : start + policy.pathways_per_lot]


def lead_of(model: Market, items: list[ServiceItem]) -> Commissioner:
    """Commissioner that buys a lot: with several in the lot, the one with the largest population."""
    found = {i.commissioner: model.commissioners[i.commissioner] for i in items}
    return max(found.values(), key=lambda c: (c.population, -c.index))


def split_bundle(items: list[ServiceItem]) -> list[list[ServiceItem]]:
    """Split a bundle into lots by pathway, else by commissioner; a single lot if it cannot be split."""
    for part in ("pathway", "commissioner"):
        parts: dict[int, list[ServiceItem]] = {}
        for item in items:
            parts.setdefault(item.pathway if part == "pathway" else item.commissioner, []).append(item)
        if len(parts) > 1:
            return list(parts.values())
    return [items]
