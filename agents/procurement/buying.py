"""Buying by a commissioner: lots and terms, the route, and the next step after a failed procurement."""

from __future__ import annotations

from functools import partial
from math import inf
from typing import TYPE_CHECKING

from caremarket.agents.procurement.budgets.price_weight import weigh_price
from caremarket.agents.procurement.budgets.put_off import without_put_off
from caremarket.agents.procurement.fallback import fall_back
from caremarket.agents.procurement.lots import lead_of, lots_of_one, lots_of_several, split_bundle
from caremarket.agents.procurement.opening import open_procurement
from caremarket.agents.procurement.overarching_agreement import phase
from caremarket.agents.procurement.patient_choice.opened_services import choice_terms, separate_opened_items
from caremarket.agents.procurement.renewal import DIRECT, route_for
from caremarket.market.levers import APPRAISE
from caremarket.market.procurement import ROUTES, State

if TYPE_CHECKING:
    from caremarket.agents.entities.commissioner import Commissioner
    from caremarket.agents.entities.tender import Tender
    from caremarket.market.levers import PolicySpec
    from caremarket.market.pathways import ServiceItem


def procure(
    commissioner: Commissioner,
    items: list[ServiceItem],
    *,
    attempt: int = 1,
    budget: int | None = None,
    policy: PolicySpec | None = None,
    budget_known: bool = False,
) -> None:
    """Start procurements for items that are due and not already being procured.

    A later attempt is made on the terms of the first, ``policy``; ``budget_known`` if bidders have been told why
    the previous attempt failed. A provider asked directly is told the budget.
    """
    model = commissioner.model
    if policy is None:
        if attempt == 1:
            opened, items = separate_opened_items(model, items, model.policy)
            for item in opened:
                procure(model.commissioners[item.commissioner], [item], policy=choice_terms(model.policy))
            if not items:
                return
            items = without_put_off(commissioner, items)
            if not items:
                return
        policy = _choose_policy(commissioner, items)
    if attempt == 1 and policy.ccgs_per_lot == 1 and any(i.commissioner != commissioner.index for i in items):
        # These commissioners bought together before and now buy separately.
        for index in dict.fromkeys(i.commissioner for i in items):
            procure(model.commissioners[index], [i for i in items if i.commissioner == index])
        return
    lots = _lots_for(commissioner, items, policy) if attempt == 1 else [[i for i in items if not i.procuring]]
    for lot in lots:
        if not lot or (attempt == 1 and phase(commissioner, lot, policy)):
            continue
        for item in lot:
            item.procuring = True
            item.next_round()
        ceiling = commissioner.budget_for(lot, policy) if budget is None else budget
        buyer = lead_of(model, lot)
        if attempt == 1:
            route = route_for(buyer, lot, policy)
        else:
            route = ROUTES[policy.route] if attempt <= commissioner.parameters.max_attempts else DIRECT
        told = budget_known or (model.scenario_data.mechanisms.budget_binds and not route.competitive)
        open_procurement(
            model, buyer, lot, policy=policy, route=route, attempt=attempt, budget=ceiling, budget_known=told
        )


def _choose_policy(commissioner: Commissioner, items: list[ServiceItem]) -> PolicySpec:
    """Terms on which to buy ``items``: the current policy, with the form chosen by appraisal if left open."""
    model = commissioner.model
    if model.policy.form == APPRAISE and model.appraiser is not None:
        return weigh_price(commissioner, model.appraiser.choose(commissioner, items))
    return weigh_price(commissioner, model.policy)


def _lots_for(commissioner: Commissioner, items: list[ServiceItem], policy: PolicySpec) -> list[list[ServiceItem]]:
    """Group items that are due into lots of functions or pathways, alone or with neighbouring commissioners."""
    if policy.ccgs_per_lot > 1:
        return lots_of_several(commissioner.model, items, policy)
    return lots_of_one(commissioner, items, policy)


def procurement_failed(commissioner: Commissioner, tender: Tender) -> None:
    """Continue the service under the present contract and try again, with a larger budget if price was the cause."""
    model = commissioner.model
    procurement = tender.procurement
    lot = procurement.lot
    for item in lot.items:
        item.procuring = False
    if model.appraiser is not None:
        model.appraiser.failed(tender)
    if tender.setback == "impact":
        _after_impact_assessment(commissioner, lot.items)
        return
    most = commissioner.parameters.max_attempts
    attempt = procurement.attempt + 1
    if tender.setback == "challenge":
        # The award was withdrawn, but a competition is possible: hold it again.
        attempt = min(attempt, most)
    budget = lot.budget
    beyond = told = False
    if procurement.state is State.OVER_BUDGET:
        cheapest = min(b.price for b in procurement.bids)
        line = commissioner.most_for(lot.budget)
        beyond = cheapest > line
        # Bidders are told the budget; it is raised only if no bid then comes within it.
        told = model.scenario_data.mechanisms.budget_binds
        if tender.budget_known or not told:
            budget = max(budget, int(min(cheapest * (1.0 + commissioner.parameters.over_budget_raise), line)))
            commissioner.commit(budget - lot.budget)
    if fall_back(commissioner, tender):
        return
    uncovered = [i for i in lot.items if not i.contracts]
    if attempt > most + 1:
        # No provider wants the work at this price: an able provider must continue it temporarily, at cost.
        model.succession.caretaker(commissioner, lot.items, at_most=partial(_affordable, commissioner))
        return
    if uncovered and attempt <= most:
        model.succession.caretaker(commissioner, uncovered)
    if beyond or procurement.state is State.NO_BIDS:
        parts = split_bundle(lot.items)
        if len(parts) > 1:
            # No provider could deliver the whole bundle, or not within the budget.
            why = "too_dear" if beyond else "nobody"
            model.log("unbundled", commissioner.index, procurement=procurement.id, detail=why)
            for part in parts:
                procure(commissioner, part, attempt=min(attempt, most), policy=tender.policy, budget_known=told)
            return
    procure(commissioner, lot.items, attempt=attempt, budget=budget, policy=tender.policy, budget_known=told)


def _affordable(commissioner: Commissioner, items: list[ServiceItem]) -> float:
    """Highest price it pays, in pence a year, for care with no cheaper offer; infinite if budgets do not bind."""
    if not commissioner.model.scenario_data.mechanisms.budget_binds:
        return inf
    return commissioner.most_for(commissioner.budget_for(items, commissioner.model.policy))


def _after_impact_assessment(commissioner: Commissioner, items: list[ServiceItem]) -> None:
    """Buy a bundle in parts, each of which moves less work; if it cannot be split, extend now and buy again later."""
    model = commissioner.model
    model.desk.spared.update(i.index for i in items)
    parts = split_bundle(items)
    if len(parts) == 1:
        model.succession.caretaker(commissioner, items)
        return
    for part in parts:
        procure(commissioner, part, attempt=commissioner.parameters.max_attempts)
