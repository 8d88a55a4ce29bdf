"""When the form a commissioner wants cannot be had: separate contracts for a term, and then it tries again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.procurement.alliance_assembly import Assembly
from caremarket.agents.procurement.opened_services import is_open_to_choice
from caremarket.agents.procurement.opening import open_procurement
from caremarket.agents.procurement.renewal import route_for
from caremarket.market.compatibility import fitted
from caremarket.market.procurement import ROUTES

if TYPE_CHECKING:
    from caremarket.agents.entities.commissioner import Commissioner
    from caremarket.agents.entities.tender import Tender


def fall_back(commissioner: Commissioner, tender: Tender) -> bool:
    """Buy a lot for which no alliance could be formed, or nobody accredited, as separate contracts.

    False for forms with one holder chosen by competition: there a second attempt makes sense. Where the policy avoids
    competition the contracts that are there are in effect renewed (P 4.9).
    """
    if tender.form.selection not in {"assemble", "accredit"}:
        return False
    model = commissioner.model
    items = tender.procurement.lot.items
    # What was opened to choice beside the policy's own form goes back to the policy's other terms.
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
