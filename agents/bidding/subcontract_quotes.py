"""Quotes of sub-contractors: lowest acceptable price, price asked, and answer to an offer (P 3.5 to 3.7)."""

from __future__ import annotations

from math import inf, sqrt
from typing import TYPE_CHECKING, NamedTuple

from caremarket.agents.costs.achievement import expected_own_achievement
from caremarket.agents.costs.estimates import estimate_for
from caremarket.agents.costs.management import reporting_cost
from caremarket.agents.costs.staff_transfer import foreseen_transfer
from caremarket.agents.costs.stranded_cost import stranded_by_losing, stranded_over_term
from caremarket.agents.entities.exposure import Exposure, Work
from caremarket.agents.strategies import Opportunity
from caremarket.agents.world.reasons import Why
from caremarket.market.outcome_rules import at_risk_below
from caremarket.market.risk import risk_premium

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.tender import Tender
    from caremarket.market.levers import PolicySpec
    from caremarket.market.pathways import ServiceItem


class Quote(NamedTuple):
    """A candidate's quote. Prices are pence a year for the whole of the items, amounts pence a year for its share.

    Attributes:
        least: price it must exceed to accept.
        asks: price it asks.
        paid: share of the price for the whole that it expects to be paid.
        cost: cost of the work and of reporting on it.
        staff: cost of taking over staff.
        premium: risk premium.
        variance: variance of its net cash flow, pence squared.
        elsewhere: earnings of the same effort outside.
        defence: stranded cost that it avoids by keeping its present work.
        alone: probability, as it believes, that no other candidate accepts the lead's offer.
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
    alone: float = 0.0

    def taken_at(self, price: float) -> float | None:
        """Price accepted if offered ``price``: at most the price asked; None if it refuses.

        Below the price that it asks, it accepts if that is worth more than the chance that the lead must come back to
        it. A sole supplier therefore holds out for the price that it asks.
        """
        if price <= self.least:
            return None
        if price >= self.asks:
            return self.asks
        return None if price - self.least < self.alone * (self.asks - self.least) else price

    def why_not(self, price: float, reserves: int) -> Why:
        """Reason for refusing ``price``: the first of the candidate's costs that the offer does not cover.

        ``reserves`` are the candidate's, in pence.
        """
        if self.paid <= 0.0:
            return Why("nothing_sure", round(self.cost))
        if self.alone and price > self.least:
            return Why("holds_out", round(self.asks - price))
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
    rivals: int,
) -> Quote:
    """Quote of a candidate for ``share`` of ``items``, with the risk it bears at about ``price`` for the whole.

    ``rivals`` is the number of other providers that the lead could ask.

    At the lowest acceptable price its certainty equivalent equals its earnings elsewhere for the same effort: low
    reserves and high flow-down raise it (P 3.6, 3.7). A present deliverer goes below full cost by the cost that losing
    the work would strand (P 1.6, 4.8). The price asked follows from its strategy: the best response to its rivals, up
    to the most that leads usually pay, or cost with a margin and the risk premium.
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
    # Share of the price for the whole that it is paid.
    paid = share * kept * (1.0 - at_risk * (1.0 - expected))
    had = promise_kept(model, policy) if share < 1.0 else 1.0
    work = cost + reporting
    if had < 1.0:
        # It expects neither pay nor work from the part taken back, but bears its fixed cost until that is shed.
        idle = stranded_over_term(model, cost * (1.0 - had), candidate.fixed_share, policy.duration_years)
        work = work * had + idle / policy.duration_years
        cost *= had
        paid *= had
    needed = work + premium + staff
    elsewhere = model.scenario_data.behaviour.outside_option_margin * cost
    if paid <= 0.0:
        return Quote(inf, inf, paid, work, staff, premium, variance, elsewhere, 0.0)
    defence = _defence(model, candidate, items, share, tender) / policy.duration_years
    least = (needed + elsewhere - defence) / paid
    strategy = candidate.strategy
    if strategy.price is None:
        asks, alone = (needed + max(elsewhere, candidate.markup * work)) / paid, 0.0
    else:
        offers = model.offers
        most = highest_offer(model, tender.policy, items)
        table = offers.supply_contest(tender.commissioner.area, items[0].function, rivals)
        asks = max(least, strategy.price(Opportunity(table, 1.0 / most, least, max(most, least), _payable)))
        alone = (1.0 - offers.acceptance) ** rivals
    return Quote(least, asks, paid, work, staff, premium, variance, elsewhere, defence, alone)


def highest_offer(model: Market, policy: PolicySpec, items: list[ServiceItem]) -> float:
    """Price of a lead's last offer for the whole of ``items``, pence a year: above the usual price by a share.

    The part of outcome pay that is not expected to be earned is added.
    """
    usual = sum([model.beliefs.price_ratio(i) * i.reference_cost for i in items])
    return usual / expected_pay(model, policy) * (1.0 + model.scenario_data.behaviour.subcontract_offer_raise)


def _payable(price: float) -> float:
    """A lead can pay any price up to its last offer."""
    return 1.0


def promise_kept(model: Market, policy: PolicySpec) -> float:
    """Share of its promised part that a candidate expects to get, in [0, 1]: the guaranteed or the usual share."""
    if not model.scenario_data.mechanisms.post_award_reallocation:
        return 1.0
    return max(policy.volume_guarantee, model.beliefs.promises_kept)


def _defence(model: Market, candidate: Provider, items: list[ServiceItem], share: float, tender: Tender) -> float:
    """Cost stranded, pence over the term, if the lead won and gave the candidate's present work to another provider."""
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
    rivals: int,
) -> float | None:
    """Price at which a candidate accepts ``share`` of ``items``, at most the ``price`` offered; None if it refuses.

    Prices are pence a year for the whole; ``rivals`` is the number of other providers that the lead could ask.
    """
    return quote_for(model, candidate, items, price, share, tender, rivals).taken_at(price)


def expected_pay(model: Market, policy: PolicySpec) -> float:
    """Share of its price that a sub-contractor expects, in [0, 1]: part of the outcome pay is not earned."""
    at_risk = at_risk_below(policy.outcome_rule, policy.outcome_share, policy.flow_down)
    return 1.0 - at_risk * (1.0 - model.expected_achievement)
