"""Conflicts of interest: general practices are members of the commissioner and may own a bidder.

A federation that bids to a commissioner of which its practices are members invites a challenge. It also does so, in
proportion to its part of the lot, under a lead that is not a trust. Working under a trust avoids that. Declaring
interests avoids it too: members with an interest stay out of the decision, and the panel lacks its clinicians
(K, site A; P 3.20).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.entities.general_practice.practice_group import GPFederation

if TYPE_CHECKING:
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.submission import Submission
    from caremarket.agents.entities.tender import Tender


def holds_interest(tender: Tender, provider: Provider) -> bool:
    """True if ``provider`` is a federation of practices that are members of the commissioner."""
    if not isinstance(provider, GPFederation):
        return False
    commissioners = tender.model.commissioners
    buyers = {i.commissioner for i in tender.procurement.lot.items}
    return any(provider.at_home(commissioners[b]) for b in sorted(buyers))


def interest_in(tender: Tender, response: Submission) -> float:
    """Interest of the commissioner's members in an award, in [0, 1]: 1 as bidder, 0 under a trust, else their part.

    In a vehicle they have their part, whoever leads it and whether or not it exists yet.
    """
    if not tender.model.scenario_data.mechanisms.conflict_of_interest:
        return 0.0
    bidder, plan = response.bidder, response.plan
    if response.through_vehicle:
        if plan is None:
            return _sponsored(tender, response)
    elif holds_interest(tender, bidder):
        return 1.0
    elif bidder.is_trust or plan is None:
        return 0.0
    reference = tender.procurement.lot.reference_cost
    if not reference:
        return 0.0
    part = 0.0
    for p in plan.parts:
        if holds_interest(tender, p.deliverer):
            part += p.share * sum(i.reference_cost for i in p.items)
    return part / reference


def _sponsored(tender: Tender, response: Submission) -> float:
    """Part of a consortium, by weight of its members, that has an interest, in [0, 1]."""
    together = response.consortium
    if together is None:
        return 0.0
    weights = together.weights()
    return sum(w for m, w in zip(together.members, weights, strict=True) if holds_interest(tender, m)) / sum(weights)


def undeclared_interest(tender: Tender, response: Submission) -> float:
    """Undeclared interest in an award, in [0, 1]."""
    return 0.0 if tender.policy.interest_declaration else interest_in(tender, response)


def panel_skill(tender: Tender, responses: list[Submission]) -> float:
    """Skill of the panel, in [0, 1]: lower if members with a declared interest stay out."""
    skill = tender.commissioner.skill
    if tender.policy.interest_declaration and any(interest_in(tender, r) > 0.0 for r in responses):
        skill *= 1.0 - tender.model.scenario_data.behaviour.procurement.recusal_skill_loss
    return skill
