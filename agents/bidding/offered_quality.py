"""Quality offered in a bid above the bidder's usual quality: more staff time, at a cost, as in a scoring auction.

A bidder offers quality until another unit costs as much as the price that the same points are worth (Che 1993; Asker
and Cantillon 2008). It delivers what it offers for the term of the contract.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.costs.raised_quality import cost_of_raising

if TYPE_CHECKING:
    from caremarket.agents.entities.contest import Contest
    from caremarket.agents.entities.plan import SupplyPlan
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.tender import Tender


def options(tender: Tender, bidder: Provider, plan: SupplyPlan, contest: Contest) -> list[float]:
    """Amounts by which the bidder may raise the quality of its own work, on the scale of quality.

    None, the amount at which a further unit costs what its points are worth, and half of that: an affordable price may
    leave no room for all of it.
    """
    model = tender.model
    if not model.scenario_data.mechanisms.offered_quality or not any(p.deliverer is bidder for p in plan.parts):
        return [0.0]
    weight = tender.policy.weight_quality
    price = tender.usual_price / tender.procurement.lot.reference_cost
    best = price * weight / (contest.sharpness * model.scenario_data.behaviour.quality_cost)
    best = min(best, max(0.0, 1.0 - bidder.quality))
    return [0.0, 0.5 * best, best] if best > 0.0 else [0.0]


def own_work(plan: SupplyPlan, bidder: Provider) -> float:
    """Reference cost of the work in a plan that the bidder does itself, pence a year."""
    return sum([p.share * i.reference_cost for p in plan.parts if p.deliverer is bidder for i in p.items])


def raise_quality(plan: SupplyPlan, bidder: Provider, amount: float, lot_cost: int) -> None:
    """Put the quality offered into the plan: ``amount`` on the scale of quality, ``lot_cost`` in pence a year."""
    work = own_work(plan, bidder)
    plan.quality = min(1.0, plan.quality + amount * work / lot_cost)
    plan.own_cost += cost_of_raising(bidder.model, amount) * work
    for part in plan.parts:
        if part.deliverer is bidder:
            part.raised = amount
