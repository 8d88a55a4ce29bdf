"""Who does which part of a lot: what a lead asks of others, what they answer, and what it promises.

A lead lists the functions it cannot or will not deliver, asks candidates it knows, and offers a price, volume,
flow-down and payment terms. A candidate accepts when its certainty equivalent under those terms beats its outside
option (P 3.5 to 3.7, 3.12). Being named raises a bid's social value, which is why a lead may name a small provider
for work it could do itself, and why it may later take that work back (P 1.11).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agents.estimates import estimate_cost
from agents.exposure import Exposure, Work
from agents.outcomes import expected_own_achievement
from market.outcome_rules import at_risk_below
from market.risk import risk_premium

if TYPE_CHECKING:
    from agents.model import CareMarket
    from agents.provider import Provider
    from agents.tendering import TenderProcess
    from market.levers import PolicySpec
    from market.pathways import ServiceItem

SEARCH_ROUNDS = 3
"""How many times the usual number of candidates a lead asks before it gives up."""


@dataclass(slots=True, eq=False)
class Part:
    """Items of one function given to one deliverer.

    ``price`` is what a sub-contractor gets for the whole of the items, pence a year; 0 for the lead itself.
    """

    deliverer: Provider
    items: list[ServiceItem]
    share: float
    price: float
    named: bool = False


@dataclass(slots=True, eq=False)
class SupplyPlan:
    """How a bidder would deliver a lot. Money in pence a year, variance in pence squared."""

    parts: list[Part] = field(default_factory=list)
    own_cost: float = 0.0
    quotes: float = 0.0
    management: float = 0.0
    variance: float = 0.0
    quality: float = 0.0
    social_value: float = 0.0
    integration: float = 0.0
    expected_achievement: float = 1.0


@dataclass(slots=True, frozen=True)
class Answer:
    """A candidate that accepts, and at what price for the whole of the items, pence a year."""

    candidate: Provider
    price: float


def answer_offer(
    model: CareMarket,
    candidate: Provider,
    items: list[ServiceItem],
    price: float,
    share: float,
    tender: TenderProcess,
) -> bool:
    """Does a candidate take ``share`` of ``items`` at ``price`` pence a year for the whole?

    Accepts if its certainty equivalent beats what it could earn elsewhere with the same effort: thin reserves and
    high flow-down make it refuse (P 3.6, 3.7).
    """
    policy = tender.policy
    works: list[Work] = []
    cost = 0.0
    for item in items:
        item_cost, sigma = estimate_cost(model, candidate, item, tender.engagement_months)
        works.append((item, item_cost * share, sigma))
        cost += item_cost * share
    income = price * share * (1.0 - policy.management_fee)
    at_risk = at_risk_below(policy.outcome_rule, policy.outcome_share, policy.flow_down)
    risk = Exposure(model, policy)
    risk.delivers(works, income, policy.flow_down, at_risk)
    expected = model.expected_achievement
    if policy.outcome_rule == "own_result":
        expected = expected_own_achievement(model, candidate, at_risk)
    income *= 1.0 - at_risk * (1.0 - expected)
    variance = risk.variance()
    premium = risk_premium(candidate.risk_aversion(), variance)
    outside_option = model.scenario_data.behaviour.outside_option_margin * cost
    return income - cost - premium > outside_option


def _candidates(model: CareMarket, lead: Provider, function: int, tender: TenderProcess) -> list[Provider]:
    """Those a lead asks: who can do the function there, best liked first."""
    now = model.time
    commissioner = tender.commissioner
    trust = model.trust.between
    key = lead.key
    pool = model.bidders(commissioner.area, function)
    social = tender.policy.weight_social_value
    ranked = []
    for other in pool:
        if other is lead:
            continue
        liking = trust(key, other.key, now) + other.quality - other.unit_cost[function]
        liking += social * other.social_value
        if other.area != commissioner.area:
            liking -= 0.2
        ranked.append((-liking, other.index, other))
    ranked.sort()
    return [entry[2] for entry in ranked]


def _ask(
    model: CareMarket, lead: Provider, function: int, items: list[ServiceItem], tender: TenderProcess, share: float
) -> list[Answer]:
    """Ask candidates, best liked first, to take a share of ``items``; raise the offer once if none accepts."""
    behaviour = model.scenario_data.behaviour
    usual = sum(model.record.price_ratio(i) * i.reference_cost for i in items)
    # What is usual must also pay for the lead: its margin and the cost of managing the chain.
    # So must what waits for outcomes: it is offered with what is not expected to be earned on top.
    usual /= expected_pay(model, tender.policy)
    offer = usual * (1.0 - squeeze(model, tender.policy, lead, len(tender.procurement.lot.items)))
    raised = usual * (1.0 + behaviour.subcontract_offer_raise)
    able = [c for c in _candidates(model, lead, function, tender) if all(tender.room_for(c, i, share) for i in items)]
    first = able[: behaviour.subcontract_candidates]
    accepted: list[Answer] = []
    refused: list[Provider] = []
    for candidate in first:
        if answer_offer(model, candidate, items, offer, share, tender):
            accepted.append(Answer(candidate, offer))
        else:
            refused.append(candidate)
    if not accepted:
        # Nobody at that price: offer more, to these and then to the next best liked, until one accepts.
        refused = []
        for candidate in able[: SEARCH_ROUNDS * behaviour.subcontract_candidates]:
            if answer_offer(model, candidate, items, raised, share, tender):
                accepted.append(Answer(candidate, raised))
                break
            refused.append(candidate)
    for answer in accepted:
        model.tally.offer(answer.candidate, True)
    for candidate in refused:
        model.tally.offer(candidate, False)
        model.log("refuses_subcontract", candidate.index, lead.index, procurement=tender.procurement.id)
    return accepted


def expected_pay(model: CareMarket, policy: PolicySpec) -> float:
    """Share of its price that a sub-contractor can expect: some of what waits for outcomes is not earned."""
    at_risk = at_risk_below(policy.outcome_rule, policy.outcome_share, policy.flow_down)
    return 1.0 - at_risk * (1.0 - model.expected_achievement)


def squeeze(model: CareMarket, policy: PolicySpec, lead: Provider, functions: int) -> float:
    """Share of the usual price a lead means to keep when it first asks: its margin and management (P 1.10, 2.9)."""
    margin = lead.markup / (1.0 + lead.markup)
    return min(0.5, margin + management_cost(model, policy, lead, functions, 1.0))


def diversion(model: CareMarket, terms: PolicySpec, gain: float) -> float:
    """Share of a promise a lead expects, or chooses, to take back, given its gain per pound diverted.

    Detection has probability ``monitoring * d`` and costs ``penalty_multiple * d / 2`` of the promise, so the best
    ``d`` is ``gain / (monitoring * penalty_multiple)``, at most what is not guaranteed (P 1.11, 2.6).
    """
    scenario = model.scenario_data
    if not scenario.mechanisms.post_award_reallocation or gain <= 0.0:
        return 0.0
    free = 1.0 - terms.volume_guarantee
    price_of_detection = model.policy.monitoring * scenario.behaviour.penalty_multiple
    if price_of_detection <= 0.0:
        return free
    return min(free, gain / price_of_detection)


def plan_supply_chain(model: CareMarket, lead: Provider, tender: TenderProcess) -> SupplyPlan | None:
    """Assemble a plan for the whole lot; None when some part finds nobody or the form forbids it."""
    lot = tender.procurement.lot
    form = tender.form
    by_function: dict[int, list[ServiceItem]] = {}
    for item in lot.items:
        by_function.setdefault(item.function, []).append(item)
    plan = SupplyPlan(expected_achievement=model.expected_achievement)
    own_reference = 0.0
    subcontracted = 0.0
    suppliers: set[int] = set()
    risk = Exposure(model, tender.policy, tender.policy.gain_share)
    for function in sorted(by_function):
        items = by_function[function]
        if not _plan_function(model, lead, function, items, tender, plan, risk):
            return None
    for part in plan.parts:
        reference = part.share * sum(i.reference_cost for i in part.items)
        weight = reference / lot.reference_cost
        plan.quality += weight * part.deliverer.quality
        plan.social_value += weight * part.deliverer.social_value
        if part.deliverer is lead:
            own_reference += reference
        else:
            suppliers.add(part.deliverer.index)
            subcontracted += part.price * part.share
    if own_reference < form.self_delivery_min * lot.reference_cost - 1.0:
        return None
    plan.management = management_cost(model, tender.policy, lead, len(suppliers), subcontracted)
    plan.integration = _integration(model, lead, suppliers)
    plan.variance = risk.variance()
    return plan


def management_cost(
    model: CareMarket, policy: PolicySpec, lead: Provider, suppliers: int, subcontracted: float
) -> float:
    """Yearly cost in pence of running a supply chain: grows with sub-contractors and indicators (P 3.13)."""
    if not suppliers or not model.scenario_data.mechanisms.management_cost:
        return 0.0
    behaviour = model.scenario_data.behaviour
    share = behaviour.management_cost_share * suppliers
    share += behaviour.management_cost_per_indicator * policy.indicators
    return subcontracted * share * (1.5 - lead.skill)


def _integration(model: CareMarket, lead: Provider, suppliers: set[int]) -> float:
    """How joined-up a bid looks: trust along its chain, or a sole provider's all-in-one plan at 0.7."""
    if not suppliers:
        return 0.7
    now = model.time
    organisations = model.organisations
    total = sum(model.trust.between(lead.key, organisations[s].key, now) for s in sorted(suppliers))
    return total / len(suppliers)


def _plan_function(
    model: CareMarket,
    lead: Provider,
    function: int,
    items: list[ServiceItem],
    tender: TenderProcess,
    plan: SupplyPlan,
    risk: Exposure,
) -> bool:
    """Add the parts for one function to ``plan``; False when nobody can be found."""
    form = tender.form
    policy = tender.policy
    can_self = (
        form.self_delivery_max > 0.0 and lead.unit_cost[function] > 0.0 and all(tender.room_for(lead, i) for i in items)
    )
    if not can_self and not form.subcontracting:
        return False
    own_cost = 0.0
    own: list[Work] = []
    if can_self:
        for item in items:
            cost, sigma = estimate_cost(model, lead, item, tender.engagement_months)
            own.append((item, cost, sigma))
            own_cost += cost
    # Who can do the work itself asks others only for the part it might promise them.
    share = model.scenario_data.behaviour.promise_share if can_self else 1.0
    answers = _ask(model, lead, function, items, tender, share) if form.subcontracting and share > 0.0 else []
    if not can_self and not answers:
        return False
    answers.sort(key=lambda a: (a.price, -a.candidate.quality, a.candidate.index))
    if can_self:
        core = Part(lead, items, 1.0, 0.0)
        core_cost = own_cost
        marginal = own_cost * (1.0 - lead.fixed_share)
        rest = answers
    else:
        first = answers[0]
        core = Part(first.candidate, items, 1.0, first.price)
        core_cost = marginal = first.price * expected_pay(model, policy)
        rest = answers[1:]
    plan.parts.append(core)
    named = _name_small_provider(model, core, core_cost, marginal, rest, tender)
    if named is not None:
        core.share = 1.0 - named.share
        plan.parts.append(named)
    if core.deliverer is lead:
        cost = core_cost * core.share
        plan.own_cost += cost
        mine = [(item, each * core.share, sigma) for item, each, sigma in own]
        risk.delivers(mine, cost, 1.0, policy.outcome_share)
    for part in plan.parts[-2:] if named is not None else plan.parts[-1:]:
        if part.deliverer is not lead:
            quote = part.price * part.share
            plan.quotes += quote * (1.0 - policy.management_fee) * expected_pay(model, policy)
            risk.buys(items, quote)
    return True


def _name_small_provider(
    model: CareMarket,
    core: Part,
    core_cost: float,
    marginal: float,
    answers: list[Answer],
    tender: TenderProcess,
) -> Part | None:
    """Name a small provider for part of a function when the points it brings outweigh what it will cost.

    The points are worth their price equivalent: a pound off the price earns ``weight_price / price``. What the
    named work will cost is counted after what the lead expects to take back (P 1.11).
    """
    scenario = model.scenario_data
    policy = tender.policy
    share = scenario.behaviour.promise_share
    best: Part | None = None
    most = 0.0
    paid = (1.0 - policy.management_fee) * expected_pay(model, policy)
    lot_price = tender.usual_price
    reference = sum(i.reference_cost for i in core.items)
    weight = reference / tender.procurement.lot.reference_cost
    for answer in answers:
        other = answer.candidate
        if not other.sme or other is core.deliverer or share <= 0.0:
            continue
        points = policy.weight_social_value * (other.social_value - core.deliverer.social_value)
        points += policy.weight_quality * (other.quality - core.deliverer.quality)
        points *= weight * share
        worth = points / policy.weight_price * lot_price if policy.weight_price else points * lot_price * 10.0
        net_price = answer.price * paid
        gain_rate = max(0.0, (net_price - marginal) / net_price) if net_price else 0.0
        kept = 1.0 - diversion(model, policy, gain_rate)
        extra = share * kept * (net_price - core_cost)
        if worth - extra > most:
            most = worth - extra
            best = Part(other, core.items, share, answer.price, named=True)
    return best
