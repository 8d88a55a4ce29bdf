"""What a lead offers others for a part of a lot, and what they answer (P 3.5 to 3.7, 1.10).

A lead asks those that its rule puts first (:mod:`caremarket.agents.supplier_choice`), at the usual price less what it
means to keep, then above the usual price. Who would work for an offer quotes what it would ask in a tender of its own,
and gets no more: others are asked as well, and no lead need pay more than is asked. Where nobody takes the second offer
and the lead cannot do without, it takes the first of what they ask, and the whole bid must show whether that is
affordable.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt
from typing import TYPE_CHECKING, NamedTuple

from caremarket.agents.bidding.capacity_check import Given, room_besides
from caremarket.agents.costs.achievement import expected_own_achievement
from caremarket.agents.costs.estimates import estimate_for
from caremarket.agents.costs.management import management_cost, reporting_cost
from caremarket.agents.costs.staff_transfer import foreseen_transfer
from caremarket.agents.costs.stranded_cost import stranded_by_losing, stranded_over_term
from caremarket.agents.costs.supplier_search import SupplierSearch
from caremarket.agents.entities.exposure import Exposure, Work
from caremarket.agents.entities.notices import OfferAnswered
from caremarket.agents.world.reasons import Why
from caremarket.market.outcome_rules import at_risk_below
from caremarket.market.risk import risk_premium

if TYPE_CHECKING:
    from collections.abc import Iterable

    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.tender import Tender
    from caremarket.agents.supplier_choice import Rank
    from caremarket.market.levers import PolicySpec
    from caremarket.market.pathways import ServiceItem


LEAST_PRICE_WEIGHT = 0.1
"""Weight of price, share of all criteria, at which a lead trades points for pounds where it has none (assumption)."""


@dataclass(slots=True, frozen=True)
class Answer:
    """A candidate that accepts, and at what price for the whole of the items, pence a year."""

    candidate: Provider
    price: float


class Quote(NamedTuple):
    """What a candidate would work for: at ``least``, and what it ``asks``, pence a year for the whole of the items.

    The rest is what that rests on, for the share it would do, in pence a year: ``paid`` is what reaches it of a pound
    of the price for the whole, ``cost`` the work and reporting on it, ``staff`` those who come with it, ``premium``
    what it wants for the risk, with ``variance`` in pence squared, ``elsewhere`` what the effort earns outside, and
    ``defence`` what it would be left with if others got its present work.
    """

    least: float
    asks: float
    paid: float
    cost: float
    staff: float
    premium: float
    variance: float
    elsewhere: float
    defence: float

    def taken_at(self, price: float) -> float | None:
        """What it takes if offered ``price``: no more than it asks; None if it refuses."""
        return min(price, self.asks) if price > self.least else None

    def why_not(self, price: float, reserves: int) -> Why:
        """Why it refuses ``price``: what the offer does not cover any more, in the order in which it must."""
        if self.paid <= 0.0:
            return Why("nothing_sure", round(self.cost))
        left = price * self.paid + self.defence - self.cost
        if left <= 0.0:
            return Why("below_cost", round(-left))
        left -= self.staff
        if left <= 0.0:
            return Why("staff", round(-left))
        if left <= self.premium:
            deviation = sqrt(self.variance)
            return Why("reserves", round(deviation)) if deviation > reserves else Why("risk", round(self.premium))
        return Why("better_elsewhere", round(self.elsewhere))


def quote_for(
    model: Market,
    candidate: Provider,
    items: list[ServiceItem],
    price: float,
    share: float,
    tender: Tender,
) -> Quote:
    """What a candidate would do ``share`` of ``items`` for, with the risk it bears at about ``price`` for the whole.

    At the least its certainty equivalent equals what it could earn elsewhere with the same effort: thin reserves and
    high flow-down make it want more (P 3.6, 3.7). Whoever does the work now would go below full cost by what losing it
    to the lead's other candidates would strand (P 1.6, 4.8). It asks for its cost with its usual margin and what risk
    costs it.
    """
    policy = tender.policy
    works: list[Work] = []
    cost = reference = 0.0
    for item in items:
        reference += item.reference_cost
        item_cost, sigma = estimate_for(tender, candidate, item)
        works.append((item, item_cost * share, sigma))
        cost += item_cost * share
    kept = 1.0 - policy.management_fee
    at_risk = at_risk_below(policy.outcome_rule, policy.outcome_share, policy.flow_down)
    risk = Exposure(model, policy)
    risk.delivers(works, price * share * kept, policy.flow_down, at_risk)
    expected = model.expected_achievement
    if policy.outcome_rule == "own_result":
        expected = expected_own_achievement(model, candidate, at_risk)
    variance = risk.variance()
    premium = risk_premium(candidate.risk_aversion(), variance)
    transfer = foreseen_transfer(model, candidate, cost, reference * share, tender.held_work(candidate))
    reporting = reporting_cost(model, candidate, policy.indicators, reference * share)
    staff = transfer / policy.duration_years
    # What it is paid of the price for the whole.
    paid = share * kept * (1.0 - at_risk * (1.0 - expected))
    had = promise_kept(model, policy) if share < 1.0 else 1.0
    work = cost + reporting
    if had < 1.0:
        # Of the part that it expects to be taken back it has neither pay nor work, but fixed cost until that is shed.
        idle = stranded_over_term(model, cost * (1.0 - had), candidate.fixed_share, policy.duration_years)
        work = work * had + idle / policy.duration_years
        cost *= had
        paid *= had
    needed = work + premium + staff
    elsewhere = model.scenario_data.behaviour.outside_option_margin * cost
    margin = max(elsewhere, candidate.markup * work)
    if paid <= 0.0:
        return Quote(inf, inf, paid, work, staff, premium, variance, elsewhere, 0.0)
    defence = _defence(model, candidate, items, share, tender) / policy.duration_years
    least, asks = (needed + elsewhere - defence) / paid, (needed + margin) / paid
    return Quote(least, asks, paid, work, staff, premium, variance, elsewhere, defence)


def promise_kept(model: Market, policy: PolicySpec) -> float:
    """Share of a part promised beside the lead's own that a candidate expects to get: guaranteed, or as is usual."""
    if not model.scenario_data.mechanisms.post_award_reallocation:
        return 1.0
    return max(policy.volume_guarantee, model.beliefs.promises_kept)


def _defence(model: Market, candidate: Provider, items: list[ServiceItem], share: float, tender: Tender) -> float:
    """What a candidate would be left with, in pence, if the lead won and gave its present work to somebody else."""
    if candidate.index not in tender.held:
        return 0.0
    contracts = model.contracts
    held = sum(min(share, contracts[n].share_of(candidate, i)) * i.reference_cost for i in items for n in i.contracts)
    return stranded_by_losing(model, candidate, held, tender.policy.duration_years)


def answer_offer(
    model: Market,
    candidate: Provider,
    items: list[ServiceItem],
    price: float,
    share: float,
    tender: Tender,
) -> float | None:
    """What a candidate takes ``share`` of ``items`` for, at most the ``price`` offered; None if it refuses.

    Prices are pence a year for the whole.
    """
    return quote_for(model, candidate, items, price, share, tender).taken_at(price)


def candidates(
    model: Market, lead: Provider, function: int, tender: Tender, pool: Iterable[Provider]
) -> list[Provider]:
    """Those of ``pool`` but the lead itself, in the order in which the lead asks them for an offer."""
    search = SupplierSearch(model, lead, tender.commissioner, (function,), tender.policy)
    return search.order((p for p in pool if p is not lead), search.rule.asks)


def ask(
    model: Market,
    lead: Provider,
    function: int,
    items: list[ServiceItem],
    tender: Tender,
    share: float,
    given: Given,
    *,
    must: bool,
) -> list[Answer]:
    """Ask candidates, in the lead's order, to take a share of ``items``; raise the offer once if none accepts.

    ``given`` is what the lead's plan gives to providers of this function already. Where the lead ``must`` have somebody
    and nobody accepts, whoever it takes first at what that one asks.
    """
    behaviour = model.scenario_data.behaviour
    usual = sum(model.beliefs.price_ratio(i) * i.reference_cost for i in items)
    # What is usual must also pay for the lead: its margin and the cost of managing the chain.
    # So must what waits for outcomes: it is offered with what is not expected to be earned on top.
    usual /= expected_pay(model, tender.policy)
    offer = usual * (1.0 - squeeze(model, tender.policy, lead, len(tender.procurement.lot.items)))
    raised = usual * (1.0 + behaviour.subcontract_offer_raise)
    able = [
        c
        for c in model.able_to(tender.procurement.lot, function)
        if c is not lead and room_besides(tender, c, items, share, given)
    ]
    able = candidates(model, lead, function, tender, able)
    accepted: list[Answer] = []
    refused: list[tuple[Provider, Quote]] = []
    last = offer
    for candidate in able[: behaviour.subcontract_candidates]:
        quote = quote_for(model, candidate, items, offer, share, tender)
        price = quote.taken_at(offer)
        if price is None:
            refused.append((candidate, quote))
        else:
            accepted.append(Answer(candidate, price))
    fair = not accepted
    asking: list[Answer] = []
    if fair:
        # Nobody at that price: offer more, to these and then to the next in order, until one accepts.
        refused = []
        last = raised
        for candidate in able[: behaviour.procurement.search_rounds * behaviour.subcontract_candidates]:
            quote = quote_for(model, candidate, items, raised, share, tender)
            price = quote.taken_at(raised)
            if price is not None:
                accepted.append(Answer(candidate, price))
                break
            refused.append((candidate, quote))
            asking.append(Answer(candidate, quote.asks))
    _remember(model, lead, (tender.commissioner.area, function), accepted, [r[0] for r in refused], fair=fair)
    if model.records_events:
        for candidate, quote in refused:
            why = quote.why_not(last, candidate.reserves)
            number = tender.procurement.id
            model.log(
                "refuses_subcontract",
                candidate.index,
                lead.index,
                procurement=number,
                amount=why.amount,
                detail=why.code,
            )
    if must and not accepted:
        return best_first(lead, asking, items, tender)[:1]
    return accepted


def _remember(
    model: Market,
    lead: Provider,
    market: tuple[str, int],
    accepted: list[Answer],
    refused: list[Provider],
    *,
    fair: bool,
) -> None:
    """Count final answers to offers, for the lead, the measures and the regulator.

    Who refuses a squeezed price refuses a bargain; who refuses more than is usual refuses to supply.
    """
    for candidate, yes in [*((a.candidate, True) for a in accepted), *((c, False) for c in refused)]:
        model.tell(OfferAnswered(candidate, yes, lead, market, fair))


def best_first(lead: Provider, answers: list[Answer], items: list[ServiceItem], tender: Tender) -> list[Answer]:
    """Answers in the order in which a lead takes them.

    Its rule knows the price and what the candidate's quality and social value are worth to the bid.
    """
    if len(answers) < 2:
        return answers
    policy = tender.policy
    part = sum([i.reference_cost for i in items]) / tender.procurement.lot.reference_cost
    point = part * worth_of_a_point(tender)
    search = SupplierSearch(tender.model, lead, tender.commissioner, (items[0].function,), policy)

    def rank(answer: Answer) -> tuple[Rank, int]:
        other = answer.candidate
        points = policy.weight_quality * other.quality + policy.weight_social_value * other.social_value
        return search.rule.takes(search.view(other), answer.price, points * point), other.index

    return sorted(answers, key=rank)


def worth_of_a_point(tender: Tender) -> float:
    """Pence a year off the price of the lot that earn as much as a whole point of another criterion's score.

    A pound off the price earns ``weight_price / price``. Where price does not count, the weight it is taken to have is
    :data:`LEAST_PRICE_WEIGHT`.
    """
    return tender.usual_price / (tender.policy.weight_price or LEAST_PRICE_WEIGHT)


def expected_pay(model: Market, policy: PolicySpec) -> float:
    """Share of its price that a sub-contractor can expect: some of what waits for outcomes is not earned."""
    at_risk = at_risk_below(policy.outcome_rule, policy.outcome_share, policy.flow_down)
    return 1.0 - at_risk * (1.0 - model.expected_achievement)


def squeeze(model: Market, policy: PolicySpec, lead: Provider, functions: int) -> float:
    """Share of the usual price a lead means to keep when it first asks: its margin and management (P 1.10, 2.9)."""
    margin = lead.markup / (1.0 + lead.markup) if model.scenario_data.mechanisms.margin_on_margin else 0.0
    return min(0.5, margin + management_cost(model, policy, lead, functions, 1.0))
