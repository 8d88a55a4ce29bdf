"""Bid or not, and at what price: docs/odd.md, Decisions.

A bidder knows its own cost with error, what contracts of the kind have cost lately, how many usually bid, and what
the notice says. It bids when expected surplus is above zero and it has the capacity and the hands to write a bid.
"""

from __future__ import annotations

from math import exp
from statistics import NormalDist
from typing import TYPE_CHECKING

from caremarket.agents.bidding.bid_learning import option_for
from caremarket.agents.bidding.joint_plan import plan_together
from caremarket.agents.bidding.make_or_buy import plan_supply_chain
from caremarket.agents.costs.default_cost import limited_liability_value
from caremarket.agents.costs.estimates import estimate_for
from caremarket.agents.costs.management import reporting_cost
from caremarket.agents.costs.staff_transfer import foreseen_transfer
from caremarket.agents.costs.stranded_cost import stranded_by_losing
from caremarket.agents.entities.plan import SupplyPlan
from caremarket.agents.entities.submission import Stake
from caremarket.agents.strategies import PricingView
from caremarket.agents.world.reasons import Why
from caremarket.market.payments import PAYMENTS
from caremarket.market.procurement import Bid
from caremarket.market.risk import risk_premium

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.submission import Submission
    from caremarket.agents.entities.tender import Tender


_STANDARD_NORMAL = NormalDist()


def bid_cost(bidder: Provider, tender: Tender) -> int:
    """Cost of bidding in pence: falls with contracting skill (K)."""
    return int(tender.writing_cost * (1.5 - bidder.skill))


def writing_cost(model: Market, tender: Tender) -> float:
    """Cost in pence of a bid by a bidder of middling skill: rises with route, value and scope."""
    if not model.scenario_data.mechanisms.bid_cost:
        return 0.0
    behaviour = model.scenario_data.behaviour
    lot = tender.procurement.lot
    scope = 1.0 + behaviour.bid_cost_scope * (len(lot.items) - 1)
    base = behaviour.bid_cost_base_gbp * 100.0 * scope + behaviour.bid_cost_value_share * lot.budget
    return base * tender.procurement.route.cost_multiple


def chance_to_win(model: Market, tender: Tender, price_ratio: float, quality: float, bidders: float) -> float:
    """Believed probability of winning.

    A logit contest: ``1 / (1 + (n - 1) exp(-advantage))``, the advantage being price below and quality above what
    is usual, each by its weight among the criteria. Equals ``1/n`` for the usual bidder.
    """
    behaviour = model.scenario_data.behaviour
    policy = tender.policy
    advantage = behaviour.win_logit_price * policy.weight_price * (1.0 - price_ratio)
    advantage += behaviour.win_logit_quality * policy.weight_quality * (quality - 0.6)
    rivals = bidders - 1.0
    if rivals <= 0.0:
        return 1.0
    # So far behind that the exponential would overflow: no chance.
    return 1.0 / (1.0 + rivals * exp(-advantage)) if advantage > -700.0 else 0.0


def defence_value(model: Market, bidder: Provider, tender: Tender) -> float:
    """What losing would strand over the term, in pence: fixed cost of the work held, while it is shed (P 1.6, 4.8)."""
    held = tender.held_work(bidder)
    return stranded_by_losing(model, bidder, held, tender.policy.duration_years) if held else 0.0


def hoped_gain(model: Market, bidder: Provider, gain: float, cost: float) -> float:
    """What it hopes to gain a year, in pence, at first look: near usual cost at least part of its usual margin."""
    parameters = model.scenario_data.behaviour.procurement
    if gain <= -parameters.reluctance * cost:
        return gain
    return max(gain, parameters.hoped_margin_share * bidder.markup * cost)


def who_competes(model: Market, able: list[Provider], tender: Tender) -> list[Provider]:
    """First look at a notice: of those ``able``, who has the hands, the capacity, and a chance worth the cost of a bid?

    The first question settles most, so it comes first; what all bidders see is looked up once.
    """
    free = [b for b in able if b.bids_in_hand < b.bid_limit]
    lot = tender.procurement.lot
    regulator = model.regulation
    if regulator is not None and regulator.kept_open:
        free = [b for b in free if not regulator.bars(b, lot)]
    policy = tender.policy
    delivers = tender.form.self_delivery_max > 0.0
    least = tender.form.self_delivery_min * lot.reference_cost - 1.0
    works = list(zip(lot.items, tender.usual, strict=True))
    paid = lot.budget if PAYMENTS[policy.payment].commissioner_sets_price else tender.usual_price
    kept_years = (1.0 - policy.gain_share) * policy.duration_years
    room_for, held = tender.room_for, tender.held
    found = []
    for bidder in free:
        own = own_cost = expected_cost = 0.0
        costs = bidder.unit_cost
        for item, usual in works:
            if delivers and costs[item.function] > 0.0 and room_for(bidder, item):
                own += item.reference_cost
                own_cost += estimate_for(tender, bidder, item)[0]
            else:
                expected_cost += usual
        if own < least:
            continue
        expected_cost += own_cost + reporting_cost(model, bidder, policy.indicators, own)
        worth = hoped_gain(model, bidder, paid - expected_cost, expected_cost) * kept_years
        worth -= foreseen_transfer(model, bidder, own_cost, own, held.get(bidder.index, 0.0))
        worth += defence_value(model, bidder, tender)
        chance = chance_to_win(model, tender, 1.0, bidder.quality, tender.expected_bidders)
        if chance * worth > bid_cost(bidder, tender):
            found.append(bidder)
    return found


def chance_affordable(model: Market, tender: Tender, price: float) -> float:
    """Believed probability that a price is within budget.

    Certain where the budget is known. Else the budget is taken to be normal around what the commissioner pays
    now plus one standard deviation, for it may have grown.
    """
    if tender.budget_known:
        return 1.0 if price <= tender.most else 0.0
    now = tender.present_price or tender.usual_price
    spread = model.scenario_data.behaviour.budget_belief_sd
    if spread <= 0.0:
        return 1.0 if price <= now else 0.0
    return _STANDARD_NORMAL.cdf((now * (1.0 + spread) - price) / (now * spread))


def _prices_to_weigh(tender: Tender, price: float, floor: float, *, defended: bool, budget: bool) -> list[float]:
    """Prices a bidder weighs: its own, and if that is high, what is affordable or usual, down to its floor."""
    anchor = tender.most if budget else tender.present_price or tender.usual_price
    prices = [price]
    if floor <= anchor < price:
        prices.append(anchor)
    if defended and price > tender.usual_price:
        prices.append(max(tender.usual_price, floor))
    return prices


def _stays_out(response: Submission | None, code: str, amount: float = 0.0) -> None:
    """Note on a response why no bid follows, with the pence at stake."""
    if response is not None:
        response.why = Why(code, round(amount))


def prepare_bid(
    model: Market, bidder: Provider, tender: Tender, response: Submission | None = None
) -> tuple[Bid, SupplyPlan] | None:
    """Decide and price a bid in full, alone or as the lead of a consortium; None is a decision not to bid.

    A bidder that learns takes its markup, or the decision to stay out, from its learner; its stake is noted on the
    ``response``, so that it hears how the tender was decided.

    ``price = (own cost + quotes + management) * (1 + markup) + risk premium + bid cost recovered over the
    contract``, with no markup on quotes where margins are not put on margins, and bid cost including what taking over
    staff will cost (P 3.19). Where that is more than what seems affordable or usual, the bidder weighs going down to
    it, as far as cost and risk allow, and takes the price with the highest expected surplus. Where the commissioner
    sets the price it bids that, if that is above the least it could work for. Where the next best price is paid
    (``award_price: second``) it does not weigh other prices, does not add the cost of the bid, which is spent by then,
    and expects to be paid at least what is usual.
    """
    lot = tender.procurement.lot
    policy = tender.policy
    behaviour = model.scenario_data.behaviour
    consortium = response.consortium if response is not None else None
    plan = plan_supply_chain(model, bidder, tender) if consortium is None else plan_together(consortium, model, tender)
    if plan.lacks:
        _stays_out(response, plan.lacks)
        return None
    bidders = model.beliefs.believed_bidders(tender)
    years = policy.duration_years
    cost = plan.own_cost + plan.quotes + plan.management
    # A lead puts its margin on what others do as well, theirs included (P 3.13).
    marked = cost if model.scenario_data.mechanisms.margin_on_margin else cost - (plan.quotes - plan.at_cost)
    premium = risk_premium(bidder.risk_aversion(), plan.variance)
    view = PricingView(
        cost_ratio=cost / lot.reference_cost,
        own_markup=bidder.markup,
        bidders=bidders,
        belief_low=behaviour.belief_low,
        belief_high=behaviour.belief_high,
        second_price=policy.award_price == "second" and tender.on_market,
    )
    writing = bid_cost(bidder, tender)
    recovered = 0.0 if view.second_price else writing / years
    # Outcome pay that is not expected to be earned must come from the rest of the price.
    earned = 1.0 - policy.outcome_share * (1.0 - plan.expected_achievement)
    transfer = plan.transfer / years
    # Of what is left over, and of the premium in it, the commissioner takes its share (M).
    kept = 1.0 - policy.gain_share
    # Losses beyond what walking away costs are not its to bear.
    unborne = limited_liability_value(bidder, cost, plan.variance, years)
    reservation = (cost + transfer + (premium / kept if kept else 0.0) - unborne) / earned
    stake: Stake | None = None
    if bidder.learner is not None and response is not None and consortium is None:
        chosen, markups = option_for(model, bidder, tender, view)
        stake = Stake(
            learner=bidder.learner,
            chosen=chosen,
            prices=[(cost + marked * m + premium + transfer + recovered) / earned for m in markups],
            reservation=reservation,
            earned=earned * kept,
            writing=writing / years,
            quality=plan.quality,
            social_value=plan.social_value,
            integration=plan.integration,
        )
        if stake.stays_out:
            response.stake = stake
            _stays_out(response, "stays_out")
            return None
        markup = markups[chosen]
    else:
        markup = bidder.strategy.markup(view)
    price = (cost + marked * markup + premium + transfer + recovered) / earned
    defence = defence_value(model, bidder, tender)
    # An incumbent that would be left with the fixed cost can go below full cost by what losing would strand.
    floor = reservation - defence / years
    ahead = writing * (1.0 - tender.sunk_share)
    best, surplus, won = price, float("-inf"), 0.0
    set_price = PAYMENTS[policy.payment].commissioner_sets_price
    if set_price and lot.budget <= floor:
        _stays_out(response, "price_too_low", floor - lot.budget)
        return None
    if set_price:
        offers = [float(lot.budget)]
    elif view.second_price:
        offers = [price]
    else:
        offers = _prices_to_weigh(tender, price, floor, defended=defence > 0.0, budget=tender.budget_known)
    for offer in offers:
        # Where the price is set, all bid the same: nobody is ahead on price, and nobody over budget.
        chance = chance_to_win(model, tender, 1.0 if set_price else offer / tender.usual_price, plan.quality, bidders)
        if not set_price:
            chance *= chance_affordable(model, tender, offer)
        paid = max(offer, tender.usual_price) if view.second_price else offer
        if_won = (paid - reservation) * earned * kept * years + defence
        gain = chance * if_won - ahead
        if gain > surplus:
            best, surplus, won = offer, gain, if_won
    # Markup of zero with no bid cost leaves an indifferent bidder, who bids.
    if tender.budget_known and best > tender.most:
        _stays_out(response, "over_budget", best - tender.most)
        return None
    if surplus < -1e-6 * lot.reference_cost:
        code, amount = ("bid_cost", ahead) if won > 0.0 else ("no_surplus", best)
        _stays_out(response, code, amount)
        return None
    if stake is not None and response is not None:
        # Options dearer than what it went down to would have gone down as well.
        stake.prices = [min(p, best) for p in stake.prices] if best < price else stake.prices
        response.stake = stake
    price = best
    bid = Bid(
        bidder=bidder.index,
        price=max(1, round(price)),
        cost_estimate=round(cost),
        quality=plan.quality,
        social_value=plan.social_value,
        integration=plan.integration,
        markup=markup,
        risk_premium=round(premium),
        believed_rivals=bidders - 1.0,
    )
    return bid, plan
