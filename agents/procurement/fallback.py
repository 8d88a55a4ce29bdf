"""Fallback if the wanted form is not available: separate contracts for one term, then another attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.procurement.alliance_tender import Assembly
from caremarket.agents.procurement.opening import open_procurement
from caremarket.agents.procurement.patient_choice.opened_services import is_open_to_choice
from caremarket.agents.procurement.renewal import route_for
from caremarket.market.compatibility import fitted
from caremarket.market.procurement import ROUTES

if TYPE_CHECKING:
    from caremarket.agents.entities.commissioner import Commissioner
    from caremarket.agents.entities.tender import Tender


def fall_back(commissioner: Commissioner, tender: Tender) -> bool:
    """Buy a lot as separate contracts if no alliance could be formed or no provider accredited.

    False for forms with one holder chosen by competition, for which a second attempt makes sense. If the policy avoids
    competition, present contracts are in effect renewed (P 4.9).
    """
    if tender.form.selection not in {"assemble", "accredit"}:
        return False
    model = commissioner.model
    items = tender.procurement.lot.items
    # A service opened to choice alongside the policy's own form returns to the policy's other terms.
    opened = tender.form.patients_choose and all(is_open_to_choice(model, i, model.policy) for i in items)
    asked = model.policy if opened else tender.asked if isinstance(tender, Assembly) else tender.policy
    policy = fitted(asked, "separate")
    uncovered = [i for i in items if not i.contracts]
    if uncovered:
        model.succession.caretaker(commissioner, uncovered)
    model.log("falls_back", commissioner.index, procurement=tender.procurement.id, detail=tender.form.name)
    for item in items:
        item.procuring = True
        item.next_round()
        budget = commissioner.budget_for([item], policy)
        route = route_for(model.commissioners[item.commissioner], [item], policy) if opened else ROUTES[policy.route]
        open_procurement(model, commissioner, [item], policy=policy, route=route, attempt=1, budget=budget)
    return True
