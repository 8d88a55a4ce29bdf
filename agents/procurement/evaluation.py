"""Evaluation of bids: selection tests, judged quality, compliance and ranking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.bidding.consortium import meets_tests
from caremarket.agents.bidding.sme_quota import promised_to_small, required_of_leads
from caremarket.agents.costs.default_cost import pledgeable
from caremarket.agents.entities.notices import SelectionTested
from caremarket.agents.procurement.conflicts_of_interest import panel_skill
from caremarket.agents.procurement.exclusion import chance_of_old_fault, excludes
from caremarket.agents.world.reasons import Why
from caremarket.market.procurement import score_bids
from caremarket.market.randomness import Purpose

if TYPE_CHECKING:
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.submission import Submission
    from caremarket.agents.entities.tender import Tender
    from caremarket.market.procurement import Bid


def passes_selection(tender: Tender, response: Submission) -> bool:
    """True if a bidder meets the tests (P 2.5, 3.8) and is not excluded for a default.

    The tests are of turnover, guarantee and, where the holder leads, experience of leading.
    """
    model = tender.model
    bidder = response.bidder
    members = response.members
    response.qualified = meets_tests(tender, members) and not excludes(tender, members)
    for member in members:
        model.tell(SelectionTested(member, response.qualified))
    if response.qualified:
        tender.qualified += 1
        if model.records_events and chance_of_old_fault(tender, members) > 0.0:
            model.log("admitted_after_default", bidder.index, procurement=tender.procurement.id)
    elif model.records_events:
        why = _turned_away(tender, members)
        number = tender.procurement.id
        model.log("fails_selection", bidder.index, procurement=number, amount=why.amount, detail=why.code)
    return response.qualified


def _turned_away(tender: Tender, members: list[Provider]) -> Why:
    """First selection test that unqualified bidders fail, and the shortfall in pence."""
    policy = tender.policy
    budget = tender.procurement.lot.budget
    lacking = policy.turnover_ratio * budget - sum([m.turnover for m in members])
    if lacking > 0.0:
        return Why("turnover", round(lacking))
    lacking = policy.guarantee_share * budget - sum([pledgeable(m) for m in members])
    if policy.guarantee_share > 0.0 and lacking > 0.0:
        return Why("guarantee", round(lacking))
    if tender.leading_asked and sum([m.led for m in members]) < tender.leading_asked:
        return Why("experience")
    return Why("default")


def decisive_criterion(tender: Tender, best: Bid, ranked: list[Bid]) -> str:
    """Criterion on which the best bid gained most points over the runner-up; ``only_bid`` without a runner-up."""
    rivals = [b for b in ranked if b is not best]
    if not rivals:
        return "only_bid"
    policy = tender.policy
    second = rivals[0]
    others = {
        "quality": policy.weight_quality * (best.quality - second.quality),
        "social_value": policy.weight_social_value * (best.social_value - second.social_value),
        "integration": policy.weight_integration * (best.integration - second.integration),
    }
    # Of two equal scores, the cheaper bid ranks first.
    ahead = {"price": best.score - second.score - sum(others.values()), **others}
    return max(ahead, key=lambda criterion: ahead[criterion])


def judged_quality(tender: Tender, bidder: Provider, quality: float, skill: float) -> float:
    """Quality as a panel judges it, in [0, 1]; the less skill it has, the more gloss and noise distort it."""
    model = tender.model
    behaviour = model.scenario_data.behaviour
    first = tender.procurement.lot.items[0]
    noise = model.streams.normal(Purpose.EVALUATION, bidder.key, first.key, first.rounds)
    gloss = behaviour.bid_writing_gloss * (bidder.skill - 0.5) + behaviour.evaluation_noise * noise
    judged = quality + (1.0 - skill) * gloss
    return 0.0 if judged < 0.0 else 1.0 if judged > 1.0 else judged


def shortlisted(tender: Tender, passed: list[Submission]) -> list[Submission]:
    """Best of the bidders that passed selection, as many as the route invites; the others can prepare other bids."""
    limit = tender.procurement.route.shortlist
    if not limit or len(passed) <= limit:
        return passed
    skill = panel_skill(tender, passed)
    passed.sort(key=lambda r: (-judged_quality(tender, r.bidder, r.bidder.quality, skill), r.bidder.index))
    for response in passed[limit:]:
        response.bidder.bids_in_hand -= 1
    return passed[:limit]


def ranked_bids(tender: Tender) -> list[Bid]:
    """Judge every bid and rank the compliant ones: within budget and with the share for SMEs required of leads."""
    model = tender.model
    lot = tender.procurement.lot
    required = required_of_leads(tender)
    skill = panel_skill(tender, list(tender.responses.values()))
    for bid in tender.procurement.bids:
        response = tender.responses[bid.bidder]
        bid.compliant = bid.price <= lot.budget and response.bidder.alive
        if model.regulation is not None and any(model.regulation.bars(m, lot) for m in response.members):
            bid.compliant = False
        if required and response.plan is not None:
            bid.compliant &= promised_to_small(response.plan.parts, lot.reference_cost) >= required - 1e-9
        bid.quality = judged_quality(tender, response.bidder, bid.quality, skill)
    return score_bids(tender.procurement.bids, tender.policy)
