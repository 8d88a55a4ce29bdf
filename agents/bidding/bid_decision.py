"""Decision to bid, and the price: docs/odd.md, Decisions.

A bidder knows its own cost with error, the recent cost of such contracts, the usual number of bidders, and the notice.
It bids when its expected surplus is above zero and it has the capacity, and the staff to write a bid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from caremarket.agents.bidding.bid_learning import option_for
from caremarket.agents.bidding.bid_value import SimpleBeliefs, bid_cost, defence_value
from caremarket.agents.bidding.joint_plan import plan_together
from caremarket.agents.bidding.make_or_buy import plan_supply_chain
from caremarket.agents.bidding.offered_quality import options, own_work, raise_quality
from caremarket.agents.bidding.record_beliefs import record_beliefs
from caremarket.agents.costs.default_cost import limited_liability_value
from caremarket.agents.costs.raised_quality import cost_of_raising
from caremarket.agents.entities.submission import LearnerChoice
from caremarket.agents.strategies import PricingView
from caremarket.agents.world.reasons import Why
from caremarket.market.payments import PAYMENTS
from caremarket.market.procurement import Bid
from caremarket.market.risk import risk_premium

if TYPE_CHECKING:
    from caremarket.agents.bidding.bid_value import Beliefs
    from caremarket.agents.bidding.record_beliefs import RecordBeliefs
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

    def with_cost(self, more: float) -> _Calculation:
        """The same parts with ``more`` cost, pence a year."""
        return self._replace(
            cost=self.cost + more, marked=self.marked + more, reservation=self.reservation + more / self.earned
        )

    def markup_in(self, price: float) -> float:
        """Margin on cost in a price, pence a year."""
        other = self.cost + self.premium + self.transfer + self.recovered
        return (price * self.earned - other) / self.marked if self.marked else 0.0

    def passed_on(self, price: float) -> float:
        """A price, pence a year, without the part of its margin that falls on cost without a markup."""
        if self.marked >= self.cost:
            return price
        least = max(self.price(0.0), self.reservation)
        return price if price <= least else least + (price - least) * self.marked / self.cost

    def price(self, markup: float) -> float:
        """Price, pence a year, with a given markup on cost."""
        return (self.cost + self.marked * markup + self.premium + self.transfer + self.recovered) / self.earned


class _Offer(NamedTuple):
    """A price considered, pence a year.

    Attributes:
        surplus: its expected surplus, pence over the term.
        if_won: surplus if the bid wins, pence over the term.
        chance: believed probability to win.
    """

    price: float
    surplus: float
    if_won: float
    chance: float


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
    tender: Tender,
    parts: _Calculation,
    offers: list[float],
    beliefs: Beliefs,
    defence: float,
    *,
    set_price: bool,
    second_price: bool,
) -> _Offer:
    """Offer with the highest expected surplus over the term.

    Args:
        tender: the tender.
        parts: parts of the bidder's price.
        offers: prices to consider, pence a year; the first is taken if none has a surplus.
        beliefs: the bidder's beliefs about rivals and budget.
        defence: stranded cost avoided by winning, pence over the term.
        set_price: whether the commissioner sets the price.
        second_price: whether the winner is paid the next best price.
    """
    years = tender.policy.duration_years
    ahead = parts.writing * (1.0 - tender.sunk_share)
    best, surplus, won, likely = offers[0], float("-inf"), 0.0, 0.0
    for offer in offers:
        chance = beliefs.chance(offer)
        if not set_price:
            chance *= beliefs.affordable(offer)
        paid = max(offer, tender.usual_price) if second_price else offer
        if_won = (paid - parts.reservation) * parts.earned * parts.kept * years + defence
        gain = chance * if_won - ahead
        if gain > surplus:
            best, surplus, won, likely = offer, gain, if_won, chance
    return _Offer(best, surplus, won, likely)


def _best_response(
    bidder: Provider,
    tender: Tender,
    plan: SupplyPlan,
    parts: _Calculation,
    beliefs: RecordBeliefs,
    defence: float,
    *,
    set_price: bool,
    second_price: bool,
) -> tuple[_Calculation, _Offer]:
    """Offered quality and price with the highest expected surplus; the quality is put into the plan."""
    ask = bidder.strategy.price
    assert ask is not None
    lot_cost = tender.procurement.lot.reference_cost
    work = own_work(plan, bidder)
    worth = parts.earned * parts.kept * tender.policy.duration_years
    found: tuple[float, _Calculation, _Offer] | None = None
    for raised in options(tender, bidder, plan, beliefs.contest):
        its_parts, its_beliefs = parts, beliefs
        if raised:
            its_parts = parts.with_cost(cost_of_raising(tender.model, raised) * work)
            its_beliefs = beliefs.with_points(tender.policy.weight_quality * raised * work / lot_cost)
        if set_price:
            price = float(tender.procurement.lot.budget)
        else:
            floor = its_parts.reservation - (defence / worth if worth else 0.0)
            price = its_parts.passed_on(ask(its_beliefs.opportunity(floor, second_price=second_price)))
        offer = _best_offer(
            tender, its_parts, [price], its_beliefs, defence, set_price=set_price, second_price=second_price
        )
        if found is None or offer.surplus > found[2].surplus:
            found = raised, its_parts, offer
    assert found is not None
    raised, parts, offer = found
    if raised:
        raise_quality(plan, bidder, raised, lot_cost)
    return parts, offer


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
    bidder: Provider, plan: SupplyPlan, beliefs: Beliefs, parts: _Calculation, markup: float, best: _Offer
) -> Bid:
    """The bid as it is submitted."""
    return Bid(
        bidder=bidder.index,
        price=max(1, round(best.price)),
        cost_estimate=round(parts.cost),
        quality=plan.quality,
        social_value=plan.social_value,
        integration=plan.integration,
        markup=markup,
        risk_premium=round(parts.premium),
        believed_rivals=beliefs.rivals,
        believed_chance=best.chance,
        believed_affordable=round(beliefs.payable),
    )


def prepare_bid(
    model: Market, bidder: Provider, tender: Tender, response: Submission | None = None
) -> tuple[Bid, SupplyPlan] | None:
    """Decide and price a bid, alone or as the lead of a consortium; None is a decision not to bid.

    A strategy that responds to beliefs sets the price and the quality offered. Where margins are not put on margins, a
    lead then takes the margin of that price on its own work only. A bidder that learns takes its markup, or the
    decision to stay out, from its learner; its stake is noted on the ``response``, so that it learns from the result of
    the tender.

    With a markup, ``price = (own cost + quotes + management) * (1 + markup) + risk premium + bid cost recovered over
    the contract``, with no markup on quotes where margins are not put on margins, and bid cost including the cost of
    taking over staff (P 3.19). If that is above the affordable or usual price, the bidder considers lowering it to that
    price, as far as cost and risk allow, and takes the price with the highest expected surplus. Where the next best
    price is paid (``award_price: second``) it considers no other price, does not add the cost of the bid, which is
    spent by then, and expects to be paid at least the usual price.

    Where the commissioner sets the price, a bidder bids that price if it is above its floor.
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
    markup: float | None = None
    if bidder.learner is not None and response is not None and consortium is None:
        stake, markups = _learner_stake(model, bidder, tender, plan, view, parts)
        if stake.stays_out:
            response.stake = stake
            _stays_out(response, "stays_out")
            return None
        markup = markups[stake.chosen]
    defence = defence_value(model, bidder, tender)
    # An incumbent that would strand fixed cost by losing can go below full cost by that amount.
    floor = parts.reservation - defence / tender.policy.duration_years
    set_price = PAYMENTS[tender.policy.payment].commissioner_sets_price
    if set_price and tender.procurement.lot.budget <= floor:
        _stays_out(response, "price_too_low", floor - tender.procurement.lot.budget)
        return None
    second_price = view.second_price
    beliefs: Beliefs
    if markup is None and bidder.strategy.price is not None:
        members = [bidder] if consortium is None else consortium.members
        beliefs = record_beliefs(bidder, members, tender, plan.quality, plan.social_value, plan.integration)
        parts, best = _best_response(
            bidder, tender, plan, parts, beliefs, defence, set_price=set_price, second_price=second_price
        )
        markup, price = parts.markup_in(best.price), best.price
    else:
        if markup is None:
            markup = bidder.strategy.checked_markup(view)
        price = parts.price(markup)
        beliefs = SimpleBeliefs(tender, plan.quality, view.bidders, set_price)
        offers = _prices_considered(
            tender, price, floor, set_price=set_price, second_price=second_price, defended=defence > 0.0
        )
        best = _best_offer(tender, parts, offers, beliefs, defence, set_price=set_price, second_price=second_price)
    against = _reason_against(tender, parts, best)
    if against is not None:
        _stays_out(response, *against)
        return None
    if stake is not None and response is not None:
        # Options with a higher price than the one offered would have been lowered as well.
        stake.prices = [min(p, best.price) for p in stake.prices] if best.price < price else stake.prices
        response.stake = stake
    return _written_bid(bidder, plan, beliefs, parts, markup, best), plan
