"""Make or buy: which functions of a lot a lead delivers itself, and which it buys from sub-contractors.

A lead asks candidates it knows for the functions it cannot or will not deliver, and offers a price, volume,
flow-down and payment terms. A candidate accepts when its certainty equivalent under those terms exceeds its outside
option (P 3.5 to 3.7, 3.12). Naming a small provider raises a bid's social value. So a lead may name one for work it
could do itself, and may later take that work back (P 1.11).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.bidding.capacity_check import Given, room_beside_given
from caremarket.agents.bidding.draft import Draft
from caremarket.agents.bidding.sme_quota import meet_requirement
from caremarket.agents.bidding.subcontract_offers import Answer, ask, best_first, worth_of_a_point
from caremarket.agents.bidding.subcontract_quotes import answer_offer, expected_pay
from caremarket.agents.bidding.supply_plan import complete_plan, new_plan
from caremarket.agents.costs.criteria import award_points_gained, consents
from caremarket.agents.costs.diversion import diversion
from caremarket.agents.costs.estimates import estimate_for
from caremarket.agents.costs.supplier_search import SupplierSearch
from caremarket.agents.entities.plan import Part, SupplyPlan

if TYPE_CHECKING:
    from caremarket.agents.entities.exposure import Work
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.tender import Tender
    from caremarket.agents.supplier_choice import Rank
    from caremarket.market.pathways import ServiceItem


def plan_supply_chain(model: Market, lead: Provider, tender: Tender) -> SupplyPlan:
    """Supply plan for the whole lot; ``lacks`` is set when a part finds no deliverer or the form forbids the plan."""
    lot = tender.procurement.lot
    by_function: dict[int, list[ServiceItem]] = {}
    for item in lot.items:
        by_function.setdefault(item.function, []).append(item)
    plan = new_plan(model, tender.policy)
    if add_functions(model, lead, by_function, tender, plan):
        complete_plan(model, lead, {lead.index}, tender, plan)
    return plan


def add_functions(
    model: Market,
    lead: Provider,
    by_function: dict[int, list[ServiceItem]],
    tender: Tender,
    plan: SupplyPlan,
) -> bool:
    """Add deliverers for these functions to a plan, with the share required for SMEs; False if that fails."""
    drafts: list[Draft] = []
    for function in sorted(by_function):
        found = _draft_function(model, lead, function, by_function[function], tender)
        if not found:
            plan.lacks = "no_partner"
            return False
        drafts += found
    if not meet_requirement(lead, tender, drafts, answer_offer, already=plan.parts):
        plan.lacks = "no_small_partner"
        return False
    for draft in drafts:
        _settle_function(draft, lead, tender, plan)
    return True


def _draft_function(
    model: Market, lead: Provider, function: int, items: list[ServiceItem], tender: Tender
) -> list[Draft]:
    """Drafts for one function: one provider for all of it, or else one for each pathway; empty if that fails."""
    given: Given = {}
    whole = _draft(model, lead, function, items, tender, given)
    if whole is not None:
        return [whole]
    pathways: dict[int, list[ServiceItem]] = {}
    for item in items:
        pathways.setdefault(item.pathway, []).append(item)
    drafts: list[Draft] = []
    for part in pathways.values() if len(pathways) > 1 else ():
        draft = _draft(model, lead, function, part, tender, given)
        if draft is None:
            return []
        drafts.append(draft)
        for deliverer in (draft.core.deliverer, draft.small.deliverer if draft.small else None):
            if deliverer is not None:
                given.setdefault(deliverer.index, []).extend(part)
    return drafts


def _draft(
    model: Market,
    lead: Provider,
    function: int,
    items: list[ServiceItem],
    tender: Tender,
    given: Given,
) -> Draft | None:
    """Draft for all of some items of a function; None when no deliverer can be found."""
    form = tender.form
    able = form.self_delivery_max > 0.0 and lead.unit_cost[function] > 0.0
    can_self = able and room_beside_given(tender, lead, items, 1.0, given)
    if not can_self and not form.subcontracting:
        return None
    own_cost = 0.0
    own: list[Work] = []
    if can_self:
        for item in items:
            cost, sigma = estimate_for(tender, lead, item)
            own.append((item, cost, sigma))
            own_cost += cost
    # A lead that can do the work itself asks others only for the part it might promise them.
    share = model.scenario_data.behaviour.promise_share if can_self else 1.0
    answers: list[Answer] = []
    if form.subcontracting and share > 0.0:
        answers = ask(model, lead, function, items, tender, share, given, must=not can_self)
    if not can_self and not answers:
        return None
    answers = best_first(lead, answers, items, tender)
    if can_self:
        core = Part(lead, items, 1.0, 0.0)
        core_cost = own_cost
        marginal = own_cost * (1.0 - lead.fixed_share)
        rest = answers
    else:
        first = answers[0]
        core = Part(first.candidate, items, 1.0, first.price)
        core_cost = marginal = first.price * expected_pay(model, tender.policy)
        rest = answers[1:]
    # A named provider helps to write the bid, so it must have staff free, and is named by no rival it competes with.
    rest = [a for a in rest if a.candidate.bids_in_hand < a.candidate.bid_limit]
    if rest:
        rivals = tender.rivals()
        rest = [a for a in rest if a.candidate.index not in rivals]
    draft = Draft(core, core_cost, own)
    _name_small_provider(lead, draft, marginal, rest, tender)
    return draft


def _settle_function(draft: Draft, lead: Provider, tender: Tender, plan: SupplyPlan) -> None:
    """Add the parts for one function to ``plan``, with their cost and risk."""
    policy = tender.policy
    core = draft.core
    items = core.items
    parts = draft.shared_parts()
    plan.parts += parts
    if core.deliverer is lead:
        cost = draft.core_cost * core.share
        plan.own_cost += cost
        mine = [(item, each * core.share, sigma) for item, each, sigma in draft.own]
        plan.risk.delivers(mine, cost, 1.0, policy.outcome_share)
    for part in parts:
        if part.deliverer is not lead:
            quote = part.price * part.share
            plan.quotes += quote * (1.0 - policy.management_fee) * expected_pay(tender.model, policy)
            plan.risk.buys(items, quote)


def _name_small_provider(
    lead: Provider,
    draft: Draft,
    marginal: float,
    answers: list[Answer],
    tender: Tender,
) -> None:
    """Name a small provider for part of a function when the points it brings are worth more than its cost.

    Points are valued at their price equivalent: a pound off the price earns ``weight_price / price``. The cost of the
    named work is net of the work that the lead expects to take back (P 1.11). Of several small providers the lead's
    rule chooses, given that cost and that worth. ``marginal`` is the lead's marginal cost, pence a year.
    """
    model = tender.model
    policy = tender.policy
    share = model.scenario_data.behaviour.promise_share
    core = draft.core
    least: Rank | None = None
    paid = (1.0 - policy.management_fee) * expected_pay(model, policy)
    point = worth_of_a_point(tender)
    reference = sum(i.reference_cost for i in core.items)
    weight = reference / tender.procurement.lot.reference_cost
    search = SupplierSearch(model, lead, tender.commissioner, (core.items[0].function,), policy)
    for answer in answers:
        other = answer.candidate
        if not other.sme or other is core.deliverer or share <= 0.0:
            continue
        worth = award_points_gained(policy, core.deliverer, other) * (weight * share) * point
        net_price = answer.price * paid
        gain_rate = max(0.0, (net_price - marginal) / net_price) if net_price else 0.0
        if policy.consent_right and not consents(policy, other, core.deliverer):
            gain_rate = 0.0
        kept = 1.0 - diversion(model, policy, gain_rate)
        extra = share * kept * (net_price - draft.core_cost)
        rank = search.rule.takes(search.view(other), extra, worth)
        if least is None or rank < least:
            least = rank
            draft.small = Part(other, core.items, share, answer.price, named=True)
            draft.small_cost = extra - worth
    if least is not None and draft.small_cost < 0.0:
        draft.named = draft.small
