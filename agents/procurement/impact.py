"""Impact assessment: effect of an award on providers that lose the work, before signature (P 1.6, 2.9.2, 4.8)."""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING

from caremarket.agents.costs.stranded_cost import stranded_until_shed
from caremarket.market.randomness import Purpose

if TYPE_CHECKING:
    from caremarket.agents.entities.plan import SupplyPlan
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.tender import Tender


def stranded_ratio(tender: Tender, loser: Provider, lost: float) -> float:
    """Ratio of the fixed cost stranded by losing ``lost`` pence a year of work, until shed, to the loser's reserves.

    It is the commissioner's estimate, with an error that falls with the quality of its data. The test is whether the
    award would push the provider into deficit: the ratio is zero for a provider without positive reserves.
    """
    model = tender.model
    behaviour = model.scenario_data.behaviour
    stranded = stranded_until_shed(model, lost, loser.fixed_share)
    first = tender.procurement.lot.items[0]
    sigma = behaviour.procurement.impact_noise * (1.0 - tender.commissioner.data_quality)
    if sigma:
        error = model.streams.normal(Purpose.AWARD_REVIEW, loser.key, first.key, first.rounds)
        stranded *= exp(sigma * error)
    means = loser.reserves
    return stranded / means if means > 0 else 0.0


def endangered(tender: Tender, plan: SupplyPlan) -> Provider | None:
    """Losing incumbent that the award would ruin, so that it must not be signed; None if it may be signed.

    With the policy: an incumbent with a stranded ratio above ``impact_line``. Without it, only the extreme case: a
    ratio above ``impact_extreme_line``, and more work elsewhere than the award moves. A lot is withdrawn for this
    once; by the next round the loser has had notice.
    """
    model = tender.model
    if not tender.held:
        return None
    lot = tender.procurement.lot
    spared = model.desk.spared
    if any(i.index in spared for i in lot.items):
        return None
    parameters = model.scenario_data.behaviour.procurement
    policy = model.policy.impact_assessment
    line = parameters.impact_line if policy else parameters.impact_extreme_line
    keeps: dict[int, float] = {}
    for part in plan.parts:
        reference = part.share * sum(i.reference_cost for i in part.items)
        keeps[part.deliverer.index] = keeps.get(part.deliverer.index, 0.0) + reference
    for index, held in tender.held.items():
        lost = held - keeps.get(index, 0.0)
        loser = model.provider(index)
        if lost <= 0.0 or not loser.alive:
            continue
        if not policy and sum(loser.committed) - held <= lot.reference_cost:
            continue
        if stranded_ratio(tender, loser, lost) > line:
            return loser
    return None
