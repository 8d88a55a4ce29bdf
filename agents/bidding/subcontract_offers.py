"""Offers of a lead to possible sub-contractors for a part of a lot (P 3.5 to 3.7, 1.10).

A lead asks the candidates that its rule puts first (:mod:`caremarket.agents.supplier_choice`), at the usual price less
its margin, then above the usual price. A candidate that accepts is paid no more than it would ask in a tender of its
own, because several are asked. If no candidate takes the second offer and the lead cannot do without, it takes the
first of the prices asked; the whole bid then shows whether that is affordable.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from caremarket.agents.bidding.capacity_check import Given, room_beside_given
from caremarket.agents.bidding.subcontract_quotes import Quote, expected_pay, quote_for
from caremarket.agents.costs.management import management_cost
from caremarket.agents.costs.supplier_search import SupplierSearch
from caremarket.agents.entities.contest import LEAST_PRICE_WEIGHT
from caremarket.agents.entities.notices import OfferAnswered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.tender import Tender
    from caremarket.agents.supplier_choice import Rank
    from caremarket.market.levers import PolicySpec
    from caremarket.market.pathways import ServiceItem


@dataclass(slots=True, frozen=True)
class Answer:
    """A candidate that accepts, and its price for the whole of the items, pence a year."""

    candidate: Provider
    price: float


def candidates(
    model: Market, lead: Provider, function: int, tender: Tender, pool: Sequence[Provider]
) -> list[Provider]:
    """Candidates in ``pool``, which is without the lead, in the order in which the lead asks them."""
    search = SupplierSearch(model, lead, tender.commissioner, (function,), tender.policy)
    return search.order(pool, search.rule.asks)


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

    ``given`` holds the work of this function that the plan has already allotted. Where the lead ``must`` have a
    sub-contractor and none accepts, it takes the first in its order at the price asked.
    """
    behaviour = model.scenario_data.behaviour
    usual = sum(model.beliefs.price_ratio(i) * i.reference_cost for i in items)
    # The usual price must also pay for the lead's margin and the cost of managing the chain.
    # The part of outcome pay that is not expected to be earned is added.
    usual /= expected_pay(model, tender.policy)
    offer = usual * (1.0 - squeeze(model, tender.policy, lead, len(tender.procurement.lot.items)))
    raised = usual * (1.0 + behaviour.subcontract_offer_raise)
    able = [
        c
        for c in model.able_to(tender.procurement.lot, function)
        if c is not lead and room_beside_given(tender, c, items, share, given)
    ]
    able = candidates(model, lead, function, tender, able)
    rivals = len(able) - 1
    accepted: list[Answer] = []
    refused: list[tuple[Provider, Quote]] = []
    last = offer
    for candidate in able[: behaviour.subcontract_candidates]:
        quote = quote_for(model, candidate, items, offer, share, tender, rivals)
        price = quote.taken_at(offer)
        if price is None:
            refused.append((candidate, quote))
        else:
            accepted.append(Answer(candidate, price))
    fair = not accepted
    asking: list[Answer] = []
    if fair:
        # No candidate accepts: offer more, to these and then to the next in order, until one accepts.
        refused = []
        last = raised
        for candidate in able[: behaviour.procurement.search_rounds * behaviour.subcontract_candidates]:
            quote = quote_for(model, candidate, items, raised, share, tender, rivals)
            price = quote.taken_at(raised)
            if price is not None:
                accepted.append(Answer(candidate, price))
                break
            refused.append((candidate, quote))
            asking.append(Answer(candidate, quote.asks))
    _report_answers(model, lead, function, tender, last, accepted, refused, fair=fair)
    if must and not accepted:
        return best_first(lead, asking, items, tender)[:1]
    return accepted


def _report_answers(
    model: Market,
    lead: Provider,
    function: int,
    tender: Tender,
    last: float,
    accepted: list[Answer],
    refused: list[tuple[Provider, Quote]],
    *,
    fair: bool,
) -> None:
    """Report final answers to offers, for the lead, the measures and the regulator; refusals are logged.

    ``last`` is the last price offered for the whole, pence a year. ``fair`` tells whether it was above the usual price;
    refusing such an offer is a refusal to supply.
    """
    market = (tender.commissioner.area, function)
    for candidate, yes in [*((a.candidate, True) for a in accepted), *((c, False) for c, _ in refused)]:
        model.tell(OfferAnswered(candidate, yes, lead, market, fair))
    if model.records_events:
        for candidate, quote in refused:
            why = quote.why_not(last, candidate.reserves)
            model.log(
                "refuses_subcontract",
                candidate.index,
                lead.index,
                procurement=tender.procurement.id,
                amount=why.amount,
                detail=why.code,
            )


def best_first(lead: Provider, answers: list[Answer], items: list[ServiceItem], tender: Tender) -> list[Answer]:
    """Answers in the order in which a lead prefers them.

    Its rule sees the price, and the worth of the candidate's quality and social value to the bid.
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
    """Price equivalent, pence a year for the lot, of a whole point of another criterion's score.

    A pound off the price earns ``weight_price / price``. Where price has no weight, :data:`LEAST_PRICE_WEIGHT` is used.
    """
    return tender.usual_price / (tender.policy.weight_price or LEAST_PRICE_WEIGHT)


def squeeze(model: Market, policy: PolicySpec, lead: Provider, functions: int) -> float:
    """Share of the usual price that a lead keeps in its first offer, for margin and management (P 1.10, 2.9)."""
    margin = lead.markup / (1.0 + lead.markup) if model.scenario_data.mechanisms.margin_on_margin else 0.0
    return min(0.5, margin + management_cost(model, policy, lead, functions, 1.0))
