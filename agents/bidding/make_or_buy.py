"""Who does which part of a lot: what a lead asks of others, what they answer, and what it promises.

A lead lists the functions it cannot or will not deliver, asks candidates it knows, and offers a price, volume,
flow-down and payment terms. A candidate accepts when its certainty equivalent under those terms beats its outside
option (P 3.5 to 3.7, 3.12). Being named raises a bid's social value, which is why a lead may name a small provider
for work it could do itself, and why it may later take that work back (P 1.11).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.bidding.capacity_check import Given, room_besides
from caremarket.agents.bidding.draft import Draft
from caremarket.agents.bidding.sme_quota import meet_requirement
from caremarket.agents.bidding.subcontract_offers import (
    Answer,
    answer_offer,
    ask,
    best_first,
    expected_pay,
    worth_of_a_point,
)
from caremarket.agents.costs.criteria import award_points_gained, consents
from caremarket.agents.costs.diversion import diversion
from caremarket.agents.costs.estimates import estimate_for
from caremarket.agents.costs.management import management_cost, reporting_cost
from caremarket.agents.costs.staff_transfer import foreseen_transfer
from caremarket.agents.costs.supplier_search import SupplierSearch
from caremarket.agents.entities.exposure import Exposure, Work
from caremarket.agents.entities.plan import Part, SupplyPlan

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.tender import Tender
    from caremarket.agents.supplier_choice import Rank
    from caremarket.market.levers import PolicySpec
    from caremarket.market.pathways import ServiceItem


def new_plan(model: Market, policy: PolicySpec) -> SupplyPlan:
    """A plan to be filled in, on the terms of ``policy``."""
    risk = Exposure(model, policy, policy.gain_share)
    return SupplyPlan(risk, expected_achievement=model.expected_achievement)


def delivery_variance(model: Market, policy: PolicySpec, works: list[Work], price: float) -> float:
    """Variance in pence squared of a year's net cash flow of whoever does ``works`` with all the contract's risk.

    ``price`` is pence a year over all of them.
    """
    risk = Exposure(model, policy)
    risk.delivers(works, price, 1.0, policy.outcome_share)
    return risk.variance()


def plan_supply_chain(model: Market, lead: Provider, tender: Tender) -> SupplyPlan:
    """Assemble a plan for the whole lot; it ``lacks`` something when some part finds nobody or the form forbids it."""
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
    """Add to a plan who does these functions, with the share for SMEs that is asked of leads; False if that fails."""
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


def complete_plan(
    model: Market,
    lead: Provider,
    own: set[int],
    tender: Tender,
    plan: SupplyPlan,
    *,
    vehicle: bool = False,
) -> bool:
    """Work out a plan's quality, integration and cost of management; False if the form forbids it.

    Args:
        model: the market.
        lead: who bids.
        own: those whose work counts as the bidder's own: itself, and its partners.
        tender: what is bid for.
        plan: who does what; completed here.
        vehicle: whether a vehicle will hold the contract, to which everyone is a sub-contractor.
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
        # Worked out together, month after month (P 5.3).
        plan.integration += model.scenario_data.behaviour.procurement.dialogue_integration * (1.0 - plan.integration)
    return True


def _integration(model: Market, lead: Provider, suppliers: set[int]) -> float:
    """How joined-up a bid looks: trust along its chain, or a sole provider's all-in-one plan."""
    if not suppliers:
        return model.scenario_data.behaviour.procurement.sole_provider_integration
    now = model.time
    organisations = model.organisations
    total = sum(model.trust.between(lead.key, organisations[s].key, now) for s in sorted(suppliers))
    return total / len(suppliers)


def _draft_function(
    model: Market, lead: Provider, function: int, items: list[ServiceItem], tender: Tender
) -> list[Draft]:
    """Who would do one function: one provider for all of it, or where none can, one a pathway; none if nobody can."""
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
    """Who would do all of some items of a function; None when nobody can be found."""
    form = tender.form
    able = form.self_delivery_max > 0.0 and lead.unit_cost[function] > 0.0
    can_self = able and room_besides(tender, lead, items, 1.0, given)
    if not can_self and not form.subcontracting:
        return None
    own_cost = 0.0
    own: list[Work] = []
    if can_self:
        for item in items:
            cost, sigma = estimate_for(tender, lead, item)
            own.append((item, cost, sigma))
            own_cost += cost
    # Who can do the work itself asks others only for the part it might promise them.
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
    # Whoever is named has a hand in writing the bid, and lends it to no rival that can do without.
    rest = [a for a in rest if a.candidate.bids_in_hand < a.candidate.bid_limit]
    if rest:
        rivals = tender.rivals()
        rest = [a for a in rest if a.candidate.index not in rivals]
    draft = Draft(core, core_cost, own)
    _name_small_provider(lead, draft, marginal, rest, tender)
    return draft


def _settle_function(draft: Draft, lead: Provider, tender: Tender, plan: SupplyPlan) -> None:
    """Add the parts for one function to ``plan``, with what they cost and what risk they bring."""
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
    """Name a small provider for part of a function when the points it brings outweigh what it will cost.

    The points are worth their price equivalent: a pound off the price earns ``weight_price / price``. What the
    named work will cost is counted after what the lead expects to take back (P 1.11). Of several small providers the
    lead's rule chooses, given that cost and that worth.
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
