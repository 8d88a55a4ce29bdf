"""Decision to bid, and the price: docs/odd.md, Decisions.

A bidder knows its own cost with error, the recent cost of such contracts, the usual number of bidders, and the notice.
It bids when its expected surplus is above zero and it has the capacity, and the staff to write a bid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from caremarket.agents.bidding.bid_learning import option_for
from caremarket.agents.bidding.bid_value import bid_cost, chance_affordable, chance_to_win, defence_value
from caremarket.agents.bidding.joint_plan import plan_together
from caremarket.agents.bidding.make_or_buy import plan_supply_chain
from caremarket.agents.costs.default_cost import limited_liability_value
from caremarket.agents.entities.submission import LearnerChoice
from caremarket.agents.strategies import PricingView
from caremarket.agents.world.reasons import Why
from caremarket.market.payments import PAYMENTS
from caremarket.market.procurement import Bid
from caremarket.market.risk import risk_premium

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.plan import SupplyPlan
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.submission import Submission
    from caremarket.agents.entities.tender import Tender


class _Calculation(NamedTuple):
    """Parts of a bidder's price. Money in pence a year, unless stated.

    Attributes:
        cost: own cost, quotes and management.
        marked: the part of ``cost`` on which the bidder puts its markup.
        premium: risk premium.
        transfer: cost of taking over staff.
        recovered: bid cost that the price recovers.
        writing: cost of writing the bid, pence once.
        earned: share of the price that is expected to be earned, in [0, 1].
        kept: share of the surplus that the bidder keeps after gain share, in [0, 1].
        reservation: lowest price at which the contract is worth having.
    """

    cost: float
    marked: float
    premium: float
    transfer: float
    recovered: float
    writing: int
    earned: float
    kept: float
    reservation: float

    def price(self, markup: float) -> float:
        """Price, pence a year, with a given markup on cost."""
        return (self.cost + self.marked * markup + self.premium + self.transfer + self.recovered) / self.earned


class _Offer(NamedTuple):
    """A price considered, pence a year; its expected surplus, and the surplus if the bid wins, pence over the term."""

    price: float
    surplus: float
    if_won: float


def _calculate(
    model: Market, bidder: Provider, tender: Tender, plan: SupplyPlan, cost: float, *, second_price: bool
) -> _Calculation:
    """Work out the parts of a bidder's price from its supply plan.

    Bid cost is not recovered where the next best price is paid: it is spent by then. Outcome pay that is not expected
    to be earned is added to the rest of the price (``earned``). The commissioner takes its share of the surplus, and of
    the premium in it (M). Losses beyond the cost of walking away lower the reservation price.
    """
    policy = tender.policy
    years = policy.duration_years
    # A lead puts its margin on sub-contractors' prices as well, their margins included (P 3.13).
    marked = cost if model.scenario_data.mechanisms.margin_on_margin else cost - (plan.quotes - plan.at_cost)
    premium = risk_premium(bidder.risk_aversion(), plan.variance)
    writing = bid_cost(bidder, tender)
    recovered = 0.0 if second_price else writing / years
    earned = 1.0 - policy.outcome_share * (1.0 - plan.expected_achievement)
    transfer = plan.transfer / years
    kept = 1.0 - policy.gain_share
    unborne = limited_liability_value(bidder, cost, plan.variance, years)
    reservation = (cost + transfer + (premium / kept if kept else 0.0) - unborne) / earned
    return _Calculation(cost, marked, premium, transfer, recovered, writing, earned, kept, reservation)


def _pricing_view(model: Market, bidder: Provider, tender: Tender, cost: float) -> PricingView:
    """The tender as the bidder's pricing strategy sees it; ``cost`` is pence a year."""
    behaviour = model.scenario_data.behaviour
    return PricingView(
        cost_ratio=cost / tender.procurement.lot.reference_cost,
        own_markup=bidder.markup,
        bidders=model.beliefs.believed_bidders(tender),
        belief_low=behaviour.belief_low,
        belief_high=behaviour.belief_high,
        second_price=tender.policy.award_price == "second" and tender.on_market,
    )


def _learner_stake(
    model: Market, bidder: Provider, tender: Tender, plan: SupplyPlan, view: PricingView, parts: _Calculation
) -> tuple[LearnerChoice, list[float]]:
    """Stake of a bidder that learns, with the option it takes, and the markup of each option."""
    chosen, markups = option_for(model, bidder, tender, view)
    assert bidder.learner is not None
    stake = LearnerChoice(
        learner=bidder.learner,
        chosen=chosen,
        prices=[parts.price(m) for m in markups],
        reservation=parts.reservation,
        earned=parts.earned * parts.kept,
        writing=parts.writing / tender.policy.duration_years,
        quality=plan.quality,
        social_value=plan.social_value,
        integration=plan.integration,
    )
    return stake, markups


def _prices_considered(
    tender: Tender, price: float, floor: float, *, set_price: bool, second_price: bool, defended: bool
) -> list[float]:
    """Prices a bidder considers: its own, and if that is high, the affordable or usual price, down to its floor.

    Where the commissioner sets the price, it considers that alone. Where the next best price is paid, it considers no
    price but its own.
    """
    if set_price:
        return [float(tender.procurement.lot.budget)]
    prices = [price]
    if second_price:
        return prices
    anchor = tender.price_ceiling if tender.budget_known else tender.present_price or tender.usual_price
    if floor <= anchor < price:
        prices.append(anchor)
    if defended and price > tender.usual_price:
        prices.append(max(tender.usual_price, floor))
    return prices


def _best_offer(
    model: Market,
    tender: Tender,
    parts: _Calculation,
    offers: list[float],
    quality: float,
    view: PricingView,
    defence: float,
    *,
    set_price: bool,
) -> _Offer:
    """Offer with the highest expected surplus over the term.

    Args:
        model: the market.
        tender: the tender.
        parts: parts of the bidder's price.
        offers: prices to consider, pence a year; the first is taken if none has a surplus.
        quality: quality of the bid, in [0, 1].
        view: the bidder's view of the tender: number of bidders expected, and whether the next best price is paid.
        defence: stranded cost avoided by winning, pence over the term.
        set_price: whether the commissioner sets the price.
    """
    years = tender.policy.duration_years
    ahead = parts.writing * (1.0 - tender.sunk_share)
    best, surplus, won = offers[0], float("-inf"), 0.0
    for offer in offers:
        # Where the price is set, all bids have the same price, and none is over budget.
        chance = chance_to_win(model, tender, 1.0 if set_price else offer / tender.usual_price, quality, view.bidders)
        if not set_price:
            chance *= chance_affordable(model, tender, offer)
        paid = max(offer, tender.usual_price) if view.second_price else offer
        if_won = (paid - parts.reservation) * parts.earned * parts.kept * years + defence
        gain = chance * if_won - ahead
        if gain > surplus:
            best, surplus, won = offer, gain, if_won
    return _Offer(best, surplus, won)


def _reason_against(tender: Tender, parts: _Calculation, best: _Offer) -> tuple[str, float] | None:
    """Reason code against the best offer, and the pence at stake; None if the bidder makes it.

    A markup of zero with no bid cost leaves an indifferent bidder, who bids.
    """
    if tender.budget_known and best.price > tender.price_ceiling:
        return "over_budget", best.price - tender.price_ceiling
    if best.surplus < -1e-6 * tender.procurement.lot.reference_cost:
        if best.if_won > 0.0:
            return "bid_cost", parts.writing * (1.0 - tender.sunk_share)
        return "no_surplus", best.price
    return None


def _stays_out(response: Submission | None, code: str, amount: float = 0.0) -> None:
    """Record on a response the reason for not bidding, with the pence at stake."""
    if response is not None:
        response.why = Why(code, round(amount))


def _written_bid(
    bidder: Provider, plan: SupplyPlan, view: PricingView, parts: _Calculation, markup: float, price: float
) -> Bid:
    """The bid as it is submitted, at ``price`` pence a year."""
    return Bid(
        bidder=bidder.index,
        price=max(1, round(price)),
        cost_estimate=round(parts.cost),
        quality=plan.quality,
        social_value=plan.social_value,
        integration=plan.integration,
        markup=markup,
        risk_premium=round(parts.premium),
        believed_rivals=view.bidders - 1.0,
    )


def prepare_bid(
    model: Market, bidder: Provider, tender: Tender, response: Submission | None = None
) -> tuple[Bid, SupplyPlan] | None:
    """Decide and price a bid, alone or as the lead of a consortium; None is a decision not to bid.

    A bidder that learns takes its markup, or the decision to stay out, from its learner. Its stake is noted on the
    ``response``, so that it learns from the result of the tender.

    ``price = (own cost + quotes + management) * (1 + markup) + risk premium + bid cost recovered over the
    contract``, with no markup on quotes where margins are not put on margins, and bid cost including the cost of taking
    over staff (P 3.19). If that is above the affordable or usual price, the bidder considers lowering it to that price,
    as far as cost and risk allow, and takes the price with the highest expected surplus. Where the commissioner
    sets the price, it bids that price if it is above its floor. Where the next best price is paid
    (``award_price: second``) it considers no other price, does not add the cost of the bid, which is spent by then,
    and expects to be paid at least the usual price.
    """
    consortium = response.consortium if response is not None else None
    plan = plan_supply_chain(model, bidder, tender) if consortium is None else plan_together(consortium, model, tender)
    if plan.lacks:
        _stays_out(response, plan.lacks)
        return None
    cost = plan.own_cost + plan.quotes + plan.management
    view = _pricing_view(model, bidder, tender, cost)
    parts = _calculate(model, bidder, tender, plan, cost, second_price=view.second_price)
    stake: LearnerChoice | None = None
    if bidder.learner is not None and response is not None and consortium is None:
        stake, markups = _learner_stake(model, bidder, tender, plan, view, parts)
        if stake.stays_out:
            response.stake = stake
            _stays_out(response, "stays_out")
            return None
        markup = markups[stake.chosen]
    else:
        markup = bidder.strategy.checked_markup(view)
    price = parts.price(markup)
    defence = defence_value(model, bidder, tender)
    # An incumbent that would strand fixed cost by losing can go below full cost by that amount.
    floor = parts.reservation - defence / tender.policy.duration_years
    set_price = PAYMENTS[tender.policy.payment].commissioner_sets_price
    if set_price and tender.procurement.lot.budget <= floor:
        _stays_out(response, "price_too_low", floor - tender.procurement.lot.budget)
        return None
    offers = _prices_considered(
        tender, price, floor, set_price=set_price, second_price=view.second_price, defended=defence > 0.0
    )
    best = _best_offer(model, tender, parts, offers, plan.quality, view, defence, set_price=set_price)
    against = _reason_against(tender, parts, best)
    if against is not None:
        _stays_out(response, *against)
        return None
    if stake is not None and response is not None:
        # Options with a higher price than the one offered would have been lowered as well.
        stake.prices = [min(p, best.price) for p in stake.prices] if best.price < price else stake.prices
        response.stake = stake
    return _written_bid(bidder, plan, view, parts, markup, best.price), plan
