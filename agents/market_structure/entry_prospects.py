"""What one published tender, or others like it, would be worth to a newcomer each year.

A newcomer prices as its strategy will, against the believed distribution of offers. It knows that it will misjudge
the cost of single tenders, and that it wins more of those whose cost it judges too low.
"""

from __future__ import annotations

from math import exp, sqrt
from typing import TYPE_CHECKING, NamedTuple

from caremarket.agents.costs.staff_transfer import transfer_share
from caremarket.agents.market_structure.entry_openings import log_variances, opening
from caremarket.agents.strategies import STRATEGIES, Opportunity
from caremarket.market.procurement import State

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market
    from caremarket.agents.market_structure.entry_openings import Newcomer, Opening
    from caremarket.agents.market_structure.published_tenders import PublishedTender, PublishedTenders
    from caremarket.agents.world.blueprint import ProviderSeed

_TO_START = (State.EVALUATION, State.PREFERRED, State.STANDSTILL, State.SIGNED, State.MOBILISATION)
_ERRORS = ((-sqrt(3.0), 1.0 / 6.0), (0.0, 2.0 / 3.0), (sqrt(3.0), 1.0 / 6.0))
"""Gauss and Hermite's rule of three points: standard normal and weight."""


class Prospect(NamedTuple):
    """One tender a year like a published one. Money is in pence.

    Attributes:
        gain: expected discounted surplus to the horizon, bids paid.
        work: expected own capacity in use once contracts end as fast as new ones begin, reference cost a year.
        room: own capacity that one contract needs, reference cost a year.
        months: months for which a bid keeps bid writers busy.
    """

    gain: float
    work: float
    room: float
    months: float


class Weights(NamedTuple):
    """Present values of one tender a year until the horizon, in years.

    Attributes:
        surplus: of a pound of yearly surplus under each contract, up to the horizon.
        start: of a pound at the start of each contract.
        bid: of a pound for each bid.
    """

    surplus: float
    start: float
    bid: float


def weights(horizon: float, rate: float, delay: float, years: float) -> Weights:
    """Present values of a flow of one tender a year.

    Args:
        horizon: years from entry that count.
        rate: discount rate a year, above zero.
        delay: years from bid to first day of the contract; later bids than ``horizon - delay`` bring nothing.
        years: length of the contract.
    """
    last = horizon - delay
    if last <= 0.0:
        return Weights(0.0, 0.0, 0.0)
    whole = max(0.0, last - years)
    bid = (1.0 - exp(-rate * last)) / rate
    start = exp(-rate * delay) * bid
    ends = exp(-rate * (delay + years)) * (1.0 - exp(-rate * whole)) / rate
    return Weights((start - ends - (last - whole) * exp(-rate * horizon)) / rate, start, bid)


def prospect(published: PublishedTender, newcomer: Newcomer, tenders: PublishedTenders) -> Prospect | None:
    """Worth of a tender a year like this one; None if the newcomer could not answer it."""
    tender = published.tender
    model = tender.model
    found = opening(published, newcomer, tenders)
    if found is None:
        return None
    own = 1.0 - model.scenario_data.behaviour.staff_transfer
    behaviour = model.scenario_data.behaviour.entry
    durations = model.desk.durations
    to_start = sum([sum(durations[s]) for s in _TO_START]) / 2.0
    years = tender.policy.duration_years
    worth = weights(
        behaviour.horizon_years, behaviour.discount_rate, (published.bidding_months + to_start) / 12.0, years
    )
    gain = won = 0.0
    estimate, fit = log_variances(model, tender)
    spread = sqrt(estimate + fit)
    known = fit / spread**2 if spread else 0.0
    for z, weight in _ERRORS if spread else ((0.0, 1.0),):
        judged = exp(spread * z - 0.5 * spread * spread)
        true = exp(known * spread * z - 0.5 * known * fit)
        chance, worth_of_it = _outcome(model, newcomer, found, worth, judged, true)
        won += weight * chance
        gain += weight * worth_of_it
    busy = published.bidding_months + sum(durations[State.EVALUATION]) / 2.0
    return Prospect(gain, won * own * found.work * years, own * found.work, busy)


def _outcome(
    model: Market, newcomer: Newcomer, found: Opening, worth: Weights, judged: float, true: float
) -> tuple[float, float]:
    """Chance to win and expected discounted surplus, pence, if the cost is judged and truly is so many times usual."""
    tender = found.tender
    policy = tender.policy
    base = found.work * newcomer.cost * tender.term_factor
    reporting = _reporting(model, newcomer.seed, policy.indicators, found.work)
    once = transfer_share(model) * base
    at_risk, kept = policy.outcome_share * (1.0 - model.expected_achievement), 1.0 - policy.gain_share
    earned = 1.0 - at_risk
    if tender.form.subcontracting:
        # A supplier bears the risk that flows down to it, and pays its lead a fee.
        earned, kept = (1.0 - policy.flow_down * at_risk) * (1.0 - policy.management_fee), 1.0
    years = policy.duration_years
    floor = (base * judged + reporting + once * judged / years + (found.premium / kept if kept else 0.0)) / earned
    price = _price(model, newcomer.seed, found, floor, earned, years)
    chance = found.chance(price)
    paid = max(price, found.usual) if found.second_price else price
    # A bid that it would not make costs nothing and wins nothing.
    if chance * (paid - floor) * earned * kept * years <= found.writing:
        return 0.0, 0.0
    surplus = (paid * earned - base * true - reporting) * kept - found.premium
    return chance, chance * (surplus * worth.surplus - once * true * worth.start) - found.writing * worth.bid


def _price(model: Market, seed: ProviderSeed, found: Opening, floor: float, earned: float, years: float) -> float:
    """Price that the newcomer will ask, pence a year: that of its strategy, or with its usual markup."""
    if found.fixed:
        return found.fixed
    strategy = STRATEGIES[seed.strategy or model.scenario_data.behaviour.strategy]
    if strategy.price is not None:
        ceiling = max(found.ceiling, floor)
        return strategy.price(
            Opportunity(found.table, found.scale, floor, ceiling, found.affordable, found.second_price)
        )
    price = floor * (1.0 + seed.markup) + found.writing / years / earned
    if not floor <= found.usual < price:
        return price
    # It lowers its price to the usual one where that is worth more.
    return max((price, found.usual), key=lambda p: found.chance(p) * (p - floor))


def _reporting(model: Market, seed: ProviderSeed, indicators: int, work: float) -> float:
    """Yearly cost of reporting, pence: see :func:`caremarket.agents.costs.management.reporting_cost`."""
    if not model.scenario_data.mechanisms.management_cost:
        return 0.0
    share = model.scenario_data.behaviour.management_cost_per_indicator * indicators
    return share * work * (1.5 - seed.skill)
