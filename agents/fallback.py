"""When the form a commissioner wants cannot be had: separate contracts for a term, and then it tries again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.alliance import Assembly
from agents.opening import open_procurement
from market.compatibility import fitted
from market.procurement import ROUTES

if TYPE_CHECKING:
    from agents.commissioner import Commissioner
    from agents.tendering import TenderProcess


def fall_back(commissioner: Commissioner, tender: TenderProcess) -> bool:
    """Buy a lot for which no alliance could be formed, or nobody accredited, as separate contracts.

    False for forms with one holder chosen by competition: there a second attempt makes sense. Where the policy avoids
    competition the contracts that are there are in effect renewed (P 4.9).
    """
    if tender.form.selection not in {"assemble", "accredit"}:
        return False
    model = commissioner.model
    policy = fitted(tender.asked if isinstance(tender, Assembly) else tender.policy, "separate")
    items = tender.procurement.lot.items
    uncovered = [i for i in items if not i.contracts]
    if uncovered:
        model.caretaker(commissioner, uncovered)
    model.log("falls_back", commissioner.index, procurement=tender.procurement.id, detail=tender.form.name)
    for item in items:
        item.procuring = True
        item.next_round()
        budget = commissioner.budget_for([item], policy)
        route = ROUTES[policy.route]
        open_procurement(model, commissioner, [item], policy=policy, route=route, attempt=1, budget=budget)
    return True
