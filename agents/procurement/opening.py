"""Opening of a procurement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.money.pooled_budget import pooled_budget_for
from caremarket.agents.procurement.alliance_tender import Assembly
from caremarket.agents.procurement.call_off import CallOff
from caremarket.agents.procurement.patient_choice.accreditation import Accreditation
from caremarket.agents.procurement.tender_process import TenderProcess
from caremarket.market.forms import FORMS
from caremarket.market.procurement import Lot, Procurement, Route, State

if TYPE_CHECKING:
    from caremarket.agents.entities.commissioner import Commissioner
    from caremarket.agents.entities.market import Market
    from caremarket.market.levers import PolicySpec
    from caremarket.market.pathways import ServiceItem


def process_class(selection: str) -> type[TenderProcess]:
    """Class of the process that finds the holders of a contract form."""
    return {"accredit": Accreditation, "assemble": Assembly, "call_off": CallOff}.get(selection, TenderProcess)


def open_procurement(
    model: Market,
    commissioner: Commissioner,
    items: list[ServiceItem],
    *,
    policy: PolicySpec,
    route: Route,
    attempt: int,
    budget: int,
    budget_known: bool = False,
) -> TenderProcess:
    """Start buying ``items`` on the terms of ``policy`` by ``route``; ``budget`` is pence a year.

    ``budget_known``: bidders have been told the budget, even if it is not published.
    """
    for item in items:
        item.plan_for(model.time)
    pooled_budget = pooled_budget_for(model, commissioner, items, policy)
    lot = Lot(
        id=model.next_id("lot"),
        commissioner=commissioner.index,
        items=items,
        reference_cost=sum(i.reference_cost for i in items),
        budget=budget,
        round=max(i.rounds for i in items),
        joint=pooled_budget is not None and any(i.commissioner != commissioner.index for i in items),
    )
    procurement = Procurement(id=model.next_id("procurement"), lot=lot, route=route, opened=model.time, attempt=attempt)
    process = process_class(FORMS[policy.form].selection)(
        model, commissioner, procurement, policy, on_market=route.competitive
    )
    process.budget_known |= budget_known
    process.pooled_budget = pooled_budget
    model.processes[procurement.id] = process
    procurement.history.append((model.time, State.APPRAISAL))
    process.begin()
    return process
