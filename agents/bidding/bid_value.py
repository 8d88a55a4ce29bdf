"""Cost of a bid, probability of winning, and value of a contract, as a bidder sees them beforehand."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp
from statistics import NormalDist
from typing import TYPE_CHECKING, Protocol

from caremarket.agents.costs.stranded_cost import stranded_by_losing

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.tender import Tender


_STANDARD_NORMAL = NormalDist()


class Beliefs(Protocol):
    """Beliefs of one bidder about its chances in a tender."""

    @property
    def rivals(self) -> float:
        """Number of rivals that it expects to bid."""
        ...

    @property
    def payable(self) -> float:
        """Price that it believes the commissioner can pay, pence a year."""
        ...

    def chance(self, price: float) -> float:
        """Probability to score highest with a price, pence a year."""
        ...

    def affordable(self, price: float) -> float:
        """Probability that the commissioner can pay a price, pence a year."""
        ...


def bid_cost(bidder: Provider, tender: Tender) -> int:
    """Cost of bidding in pence: falls with contracting skill (K)."""
    return int(tender.writing_cost * (1.5 - bidder.skill))


def writing_cost(model: Market, tender: Tender) -> float:
    """Cost in pence of a bid by a bidder of medium skill: rises with route, value and scope."""
    if not model.scenario_data.mechanisms.bid_cost:
        return 0.0
    behaviour = model.scenario_data.behaviour
    lot = tender.procurement.lot
    scope = 1.0 + behaviour.bid_cost_scope * (len(lot.items) - 1)
    base = behaviour.bid_cost_base_gbp * 100.0 * scope + behaviour.bid_cost_value_share * lot.budget
    return base * tender.procurement.route.cost_multiple


def chance_to_win(model: Market, tender: Tender, price_ratio: float, quality: float, bidders: float) -> float:
    """Believed probability of winning.

    A logit contest: ``1 / (1 + (n - 1) exp(-advantage))``. The advantage is price below and quality above the usual,
    each by its weight among the criteria. Equals ``1/n`` for the usual bidder. ``price_ratio`` is the price over the
    usual price, ``quality`` is in [0, 1], ``bidders`` counts the bidder itself.
    """
    behaviour = model.scenario_data.behaviour
    policy = tender.policy
    advantage = behaviour.win_logit_price * policy.weight_price * (1.0 - price_ratio)
    advantage += behaviour.win_logit_quality * policy.weight_quality * (quality - 0.6)
    rivals = bidders - 1.0
    if rivals <= 0.0:
        return 1.0
    # Below -700 the exponential would overflow: no chance.
    return 1.0 / (1.0 + rivals * exp(-advantage)) if advantage > -700.0 else 0.0


@dataclass(frozen=True, slots=True)
class SimpleBeliefs:
    """A tender as a bidder with a markup sees it: a logit contest among equals, and a budget near the present price.

    Attributes:
        tender: the tender.
        quality: quality of its bid, in [0, 1].
        bidders: number of bidders that it expects, itself included.
        set_price: True if the commissioner sets the price, so that all bids have the same.
    """

    tender: Tender
    quality: float
    bidders: float
    set_price: bool = False

    @property
    def rivals(self) -> float:
        """Number of rivals that it expects to bid."""
        return self.bidders - 1.0

    @property
    def payable(self) -> float:
        """Price that it believes the commissioner can pay, pence a year."""
        tender = self.tender
        if tender.budget_known:
            return tender.price_ceiling
        spread = tender.model.scenario_data.behaviour.budget_belief_sd
        return (tender.present_price or tender.usual_price) * (1.0 + spread)

    def chance(self, price: float) -> float:
        """Probability to score highest with a price, pence a year."""
        ratio = 1.0 if self.set_price else price / self.tender.usual_price
        return chance_to_win(self.tender.model, self.tender, ratio, self.quality, self.bidders)

    def affordable(self, price: float) -> float:
        """Probability that the commissioner can pay a price, pence a year."""
        return chance_affordable(self.tender.model, self.tender, price)


def defence_value(model: Market, bidder: Provider, tender: Tender) -> float:
    """Cost stranded by losing, pence over the term: fixed cost of the work held, while it is shed (P 1.6, 4.8)."""
    held = tender.held_work(bidder)
    return stranded_by_losing(model, bidder, held, tender.policy.duration_years) if held else 0.0


def hoped_gain(model: Market, bidder: Provider, gain: float, cost: float) -> float:
    """Gain hoped for at first look, pence a year: at a price near cost, at least part of the usual margin.

    ``gain`` and ``cost`` are the estimates, pence a year.
    """
    parameters = model.scenario_data.behaviour.procurement
    if gain <= -parameters.reluctance * cost:
        return gain
    return max(gain, parameters.hoped_margin_share * bidder.markup * cost)


def chance_affordable(model: Market, tender: Tender, price: float) -> float:
    """Believed probability that a price, pence a year, is within budget.

    Certain where the budget is known. Else the budget is taken to be normal, with a mean one standard deviation above
    the present price, since it may have grown.
    """
    if tender.budget_known:
        return 1.0 if price <= tender.price_ceiling else 0.0
    now = tender.present_price or tender.usual_price
    spread = model.scenario_data.behaviour.budget_belief_sd
    if spread <= 0.0:
        return 1.0 if price <= now else 0.0
    return _STANDARD_NORMAL.cdf((now * (1.0 + spread) - price) / (now * spread))
