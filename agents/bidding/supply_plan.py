"""Totals of a supply plan: quality, integration, risk and cost of management, and whether the form allows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.costs.management import management_cost, reporting_cost
from caremarket.agents.costs.staff_transfer import foreseen_transfer
from caremarket.agents.entities.exposure import Exposure, Work
from caremarket.agents.entities.plan import SupplyPlan

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.tender import Tender
    from caremarket.market.levers import PolicySpec


def new_plan(model: Market, policy: PolicySpec) -> SupplyPlan:
    """Empty supply plan on the terms of ``policy``."""
    risk = Exposure(model, policy, policy.gain_share)
    return SupplyPlan(risk, expected_achievement=model.expected_achievement)


def delivery_variance(model: Market, policy: PolicySpec, works: list[Work], price: float) -> float:
    """Variance of a year's net cash flow, pence squared, for a provider that does ``works`` with all contract risk.

    ``price`` is pence a year for all of them.
    """
    risk = Exposure(model, policy)
    risk.delivers(works, price, 1.0, policy.outcome_share)
    return risk.variance()


def complete_plan(
    model: Market,
    lead: Provider,
    own: set[int],
    tender: Tender,
    plan: SupplyPlan,
    *,
    vehicle: bool = False,
) -> bool:
    """Compute a plan's quality, integration and management cost; False if the form forbids the plan.

    Args:
        model: the market.
        lead: the bidder.
        own: indices of the bidder and its partners, whose work counts as the bidder's own.
        tender: the tender.
        plan: the supply plan; completed here.
        vehicle: whether a vehicle will hold the contract; all deliverers are then its sub-contractors.
    """
    lot = tender.procurement.lot
    form = tender.form
    own_reference = 0.0
    subcontracted = 0.0
    suppliers: set[int] = set()
    for part in plan.parts:
        reference = part.share * sum(i.reference_cost for i in part.items)
        weight = reference / lot.reference_cost
        plan.quality += weight * part.deliverer.quality
        plan.social_value += weight * part.deliverer.social_value
        if part.deliverer.index in own:
            own_reference += reference
        if vehicle or part.deliverer is not lead:
            suppliers.add(part.deliverer.index)
            subcontracted += part.price * part.share
    if own_reference < form.self_delivery_min * lot.reference_cost - 1.0:
        plan.lacks = "too_little_itself"
        return False
    if form.lead_functions:
        # The lead must do part of the middle of the pathway itself (P 4.19).
        middle = form.lead_indices
        if not any(p.deliverer.index in own and p.items[0].function in middle for p in plan.parts):
            plan.lacks = "not_central"
            return False
    done_by_lead = sum(p.share * i.reference_cost for p in plan.parts if p.deliverer is lead for i in p.items)
    plan.transfer = foreseen_transfer(model, lead, plan.own_cost, done_by_lead, tender.held_work(lead))
    plan.variance += plan.risk.variance()
    plan.management = management_cost(model, tender.policy, lead, len(suppliers), subcontracted)
    if not vehicle:
        plan.management += reporting_cost(model, lead, tender.policy.indicators, done_by_lead)
    plan.integration = _integration(model, lead, suppliers - {lead.index})
    if tender.dialogue_months:
        # Bidders and commissioner work out the plan together in dialogue (P 5.3).
        plan.integration += model.scenario_data.behaviour.procurement.dialogue_integration * (1.0 - plan.integration)
    return True


def _integration(model: Market, lead: Provider, suppliers: set[int]) -> float:
    """Integration score of a bid, in [0, 1]: mean trust between lead and suppliers; a constant if it has none."""
    if not suppliers:
        return model.scenario_data.behaviour.procurement.sole_provider_integration
    now = model.time
    organisations = model.organisations
    total = sum(model.trust.between(lead.key, organisations[s].key, now) for s in sorted(suppliers))
    return total / len(suppliers)
