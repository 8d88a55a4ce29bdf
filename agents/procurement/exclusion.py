"""Exclusion for an earlier default: a commissioner decides on each bidder, case by case.

A significant or persistent deficiency that led to the early end of a contract is a discretionary ground for exclusion,
for at most three years from the event, and a bidder may show that it has put things right (Public Contracts Regulations
2015, regulation 57(8)(g) and (12) to (15)). A commissioner weighs the harm to be expected from a bidder that may fail
again against what one bidder more is worth to the competition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.costs.default_cost import cost_of_change
from caremarket.agents.costs.termination_choice import months_of_notice

if TYPE_CHECKING:
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.submission import Submission
    from caremarket.agents.entities.tender import Tender


def chance_of_old_fault(tender: Tender, members: list[Provider]) -> float:
    """Probability, in [0, 1], that a fault behind an earlier default with the buyer is still in one of the bidders."""
    model = tender.model
    spent_after = model.scenario_data.behaviour.life.exclusion_months
    sound = 1.0
    for member in members:
        default = member.defaults.get(tender.commissioner.index)
        if default is not None:
            sound *= 1.0 - default.weight(model.time, spent_after)
    return 1.0 - sound


def soundest_first(tender: Tender, responses: list[Submission]) -> list[Submission]:
    """Applicants in the order in which they are tested: those without a default, then by the chance of an old fault."""
    return sorted(responses, key=lambda r: chance_of_old_fault(tender, r.members))


def excludes(tender: Tender, members: list[Provider]) -> bool:
    """True if the commissioner excludes bidders for an earlier default with it.

    It does so if the harm of a fault that is still there, times the chance that they win, exceeds what they add to
    competition. Of bidders that have qualified so far, or are expected to, each has the same chance.
    """
    fault = chance_of_old_fault(tender, members)
    if fault <= 0.0:
        return False
    others = float(tender.qualified)
    if not tender.procurement.route.questionnaire:
        others = max(others, tender.expected_bidders - 1.0)
    return fault * harm_of_fault(tender) / (others + 1.0) > worth_of_bidder(tender, others)


def worth_of_bidder(tender: Tender, others: float) -> float:
    """Worth to the commissioner of one bidder beside ``others``, pence over the term.

    Costs are believed uniform between the same bounds as in every tender, so the best of ``n`` is expected at
    ``low + (high - low) / (n + 1)``. Without any bidder the care is bridged at a premium and bought once more.
    """
    model = tender.model
    behaviour = model.scenario_data.behaviour
    spread = behaviour.belief_high - behaviour.belief_low
    reference = tender.procurement.lot.reference_cost
    fall = spread * (1.0 / (others + 1.0) - 1.0 / (others + 2.0)) * reference * tender.policy.duration_years
    if others >= 1.0:
        return fall
    bridging = behaviour.life.bridging_premium * reference * behaviour.bridge_months / 12.0
    again = tender.commissioner.cost_of_procuring(tender.procurement.route)
    return fall + (1.0 - others) * (bridging + again)


def harm_of_fault(tender: Tender) -> float:
    """Harm of a contract with a provider whose fault is still there, pence over the term.

    The failing lasts the whole term, or until the commissioner has seen it, tried its remedies and ended the contract
    at the cost of changing, whichever costs less.
    """
    model = tender.model
    life = model.scenario_data.behaviour.life
    price = tender.usual_price
    yearly = life.failure_harm * price
    whole = yearly * tender.policy.duration_years
    attention = tender.policy.monitoring if model.scenario_data.mechanisms.detection else 0.0
    if attention <= 0.0:
        return whole
    months = life.detection_months / attention + 2.0 * life.remedy_months + months_of_notice(model)
    if model.scenario_data.mechanisms.reporting_lag:
        months += life.reporting_lag_months
    return min(whole, yearly * months / 12.0 + cost_of_change(model, tender.commissioner, price))
