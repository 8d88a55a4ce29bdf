"""What one published tender, or others like it, would be worth to a newcomer each year.

A newcomer prices as its strategy will, against the believed distribution of offers. It knows that it will misjudge
the cost of single tenders, and that it wins more of those whose cost it judges too low.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import exp, exp2, sqrt
from typing import TYPE_CHECKING, NamedTuple

from caremarket.agents.bidding.bid_value import writing_cost
from caremarket.agents.bidding.record_beliefs import affordability
from caremarket.agents.bidding.subcontract_quotes import highest_offer
from caremarket.agents.costs.staff_transfer import transfer_share
from caremarket.agents.entities.contest import other_points
from caremarket.agents.entities.exposure import Exposure
from caremarket.agents.strategies import STRATEGIES, Opportunity
from caremarket.market.offers import POINTS, at
from caremarket.market.payments import PAYMENTS
from caremarket.market.procurement import State
from caremarket.market.risk import absolute_risk_aversion, risk_premium

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.tender import Tender
    from caremarket.agents.market_structure.published_tenders import PublishedTender, PublishedTenders
    from caremarket.agents.world.blueprint import ProviderSeed
    from caremarket.market.pathways import ServiceItem

_TO_START = (State.EVALUATION, State.PREFERRED, State.STANDSTILL, State.SIGNED, State.MOBILISATION)
_ERRORS = ((-sqrt(3.0), 1.0 / 6.0), (0.0, 2.0 / 3.0), (sqrt(3.0), 1.0 / 6.0))
"""Gauss and Hermite's rule of three points: standard normal and weight."""


class Newcomer(NamedTuple):
    """A potential entrant with one function: its traits, and what it believes its cost to be.

    Attributes:
        seed: its traits.
        function: index of the function.
        cost: believed unit cost, multiple of reference cost.
    """

    seed: ProviderSeed
    function: int
    cost: float


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


@dataclass(frozen=True)
class _Game:
    """A tender, or a part of a led lot, as the newcomer prices it. Money is in pence a year, unless stated.

    Attributes:
        tender: the tender.
        work: reference cost of its work.
        table, scale, ceiling, affordable: see :class:`~caremarket.agents.strategies.Opportunity`.
        usual: usual price of the work.
        writing: cost of a bid, pence once.
        premium: risk premium.
        fixed: price set by the commissioner, or 0.
        supplied: probability that a lead buys the work from somebody; 1 for a holder.
    """

    tender: Tender
    work: float
    table: Sequence[float]
    scale: float
    ceiling: float
    affordable: Callable[[float], float]
    usual: float
    writing: float
    premium: float
    fixed: float = 0.0
    supplied: float = 1.0

    @cached_property
    def second_price(self) -> bool:
        """Whether the winner is paid the next best price."""
        return self.tender.policy.award_price == "second" and not self.tender.form.subcontracting

    def chance(self, price: float) -> float:
        """Believed probability to get the work at a price."""
        return self.supplied * at(self.table, price * self.scale) * self.affordable(price)


def prospect(published: PublishedTender, newcomer: Newcomer, tenders: PublishedTenders) -> Prospect | None:
    """Worth of a tender a year like this one; None if the newcomer could not answer it."""
    tender = published.tender
    model = tender.model
    game = _game(published, newcomer, tenders)
    if game is None:
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
    estimate, fit = _errors(model, tender)
    spread = sqrt(estimate + fit)
    known = fit / spread**2 if spread else 0.0
    for z, weight in _ERRORS if spread else ((0.0, 1.0),):
        judged = exp(spread * z - 0.5 * spread * spread)
        true = exp(known * spread * z - 0.5 * known * fit)
        chance, worth_of_it = _outcome(model, newcomer, game, worth, judged, true)
        won += weight * chance
        gain += weight * worth_of_it
    busy = published.bidding_months + sum(durations[State.EVALUATION]) / 2.0
    return Prospect(gain, won * own * game.work * years, own * game.work, busy)


def _outcome(
    model: Market, newcomer: Newcomer, game: _Game, worth: Weights, judged: float, true: float
) -> tuple[float, float]:
    """Chance to win and expected discounted surplus, pence, if the cost is judged and truly is so many times usual."""
    tender = game.tender
    policy = tender.policy
    base = game.work * newcomer.cost * tender.term_factor
    reporting = _reporting(model, newcomer.seed, policy.indicators, game.work)
    once = transfer_share(model) * base
    at_risk, kept = policy.outcome_share * (1.0 - model.expected_achievement), 1.0 - policy.gain_share
    earned = 1.0 - at_risk
    if tender.form.subcontracting:
        # A supplier bears the risk that flows down to it, and pays its lead a fee.
        earned, kept = (1.0 - policy.flow_down * at_risk) * (1.0 - policy.management_fee), 1.0
    years = policy.duration_years
    floor = (base * judged + reporting + once * judged / years + (game.premium / kept if kept else 0.0)) / earned
    price = _price(model, newcomer.seed, game, floor, earned, years)
    chance = game.chance(price)
    paid = max(price, game.usual) if game.second_price else price
    # A bid that it would not make costs nothing and wins nothing.
    if chance * (paid - floor) * earned * kept * years <= game.writing:
        return 0.0, 0.0
    surplus = (paid * earned - base * true - reporting) * kept - game.premium
    return chance, chance * (surplus * worth.surplus - once * true * worth.start) - game.writing * worth.bid


def _price(model: Market, seed: ProviderSeed, game: _Game, floor: float, earned: float, years: float) -> float:
    """Price that the newcomer will ask, pence a year: that of its strategy, or with its usual markup."""
    if game.fixed:
        return game.fixed
    strategy = STRATEGIES[seed.strategy or model.scenario_data.behaviour.strategy]
    if strategy.price is not None:
        ceiling = max(game.ceiling, floor)
        return strategy.price(Opportunity(game.table, game.scale, floor, ceiling, game.affordable, game.second_price))
    price = floor * (1.0 + seed.markup) + game.writing / years / earned
    if not floor <= game.usual < price:
        return price
    # It lowers its price to the usual one where that is worth more.
    return max((price, game.usual), key=lambda p: game.chance(p) * (p - floor))


def _game(published: PublishedTender, newcomer: Newcomer, tenders: PublishedTenders) -> _Game | None:
    """The tender as the newcomer would price it; None if it could not answer."""
    tender = published.tender
    function = newcomer.function
    own = [i for i in tender.procurement.lot.items if i.function == function]
    if not own:
        return None
    work = float(sum([i.reference_cost for i in own]))
    model = tender.model
    if work * (1.0 - model.scenario_data.behaviour.staff_transfer) > max(newcomer.seed.capacity.values()):
        return None
    premium = _premium(tender, newcomer, own)
    if tender.form.subcontracting:
        return _as_supplier(tender, own, work, premium, tenders)
    if len(own) < len(tender.procurement.lot.items) or not _passes(newcomer.seed, tender):
        return None
    return _as_holder(published, newcomer.seed, work, premium)


def _as_supplier(
    tender: Tender, own: list[ServiceItem], work: float, premium: float, tenders: PublishedTenders
) -> _Game | None:
    """Work that a lead may buy from it: it has to ask less than all others that could supply the function."""
    model = tender.model
    area, function = tender.commissioner.area, own[0].function
    supplied = tenders.subcontracted(area, function)
    if not supplied:
        return None
    table = model.offers.supply_contest(area, function, len(model.bidders(area, function)))
    usual = sum([model.beliefs.price_ratio(i) * i.reference_cost for i in own])
    most = highest_offer(model, tender.policy, own)
    return _Game(tender, work, table, 1.0 / work, most, _always, usual, 0.0, premium, supplied=supplied)


def _as_holder(published: PublishedTender, seed: ProviderSeed, work: float, premium: float) -> _Game:
    """A tender that the newcomer would answer by itself."""
    tender = published.tender
    model, policy = tender.model, tender.policy
    writing = writing_cost(model, tender) * (1.5 - seed.skill)
    budget = affordability(tender)
    if tender.form.patients_choose:
        # Patients choose among those accredited, with the newcomer one more.
        table: Sequence[float] = (1.0 / (1.0 + len(tender.procurement.bids)),) * POINTS
        fixed = float(tender.procurement.lot.budget)
        return _Game(tender, work, table, 1.0 / work, fixed, _always, tender.usual_price, writing, premium, fixed)
    contest = published.contest()
    behaviour = model.scenario_data.behaviour
    gloss = behaviour.bid_writing_gloss * (seed.skill - 0.5)
    judged = min(1.0, max(0.0, seed.quality + (1.0 - tender.commissioner.skill) * gloss))
    integration = behaviour.procurement.sole_provider_integration
    scale = contest.scale(other_points(policy, judged, seed.social_value, integration))
    fixed = float(tender.procurement.lot.budget) if PAYMENTS[policy.payment].commissioner_sets_price else 0.0
    affordable = _always if fixed else budget.chance
    usual = tender.usual_price
    return _Game(tender, work, contest.among_all, scale, budget.ceiling, affordable, usual, writing, premium, fixed)


def _passes(seed: ProviderSeed, tender: Tender) -> bool:
    """True if it would pass the turnover and guarantee tests (P 2.5, 3.8)."""
    budget = tender.procurement.lot.budget
    policy = tender.policy
    return seed.turnover >= policy.turnover_ratio * budget and seed.reserves >= policy.guarantee_share * budget


def _reporting(model: Market, seed: ProviderSeed, indicators: int, work: float) -> float:
    """Yearly cost of reporting, pence: see :func:`caremarket.agents.costs.management.reporting_cost`."""
    if not model.scenario_data.mechanisms.management_cost:
        return 0.0
    share = model.scenario_data.behaviour.management_cost_per_indicator * indicators
    return share * work * (1.5 - seed.skill)


def entry_cost(model: Market, newcomer: Newcomer, capacity: float) -> float:
    """Cost of entry in pence: registration, and some months of fixed cost of ``capacity``, pence a year."""
    behaviour = model.scenario_data.behaviour.entry
    fixed = newcomer.seed.fixed_share * newcomer.cost * capacity
    return 100.0 * behaviour.registration_gbp + behaviour.setup_months / 12.0 * fixed


def _premium(tender: Tender, newcomer: Newcomer, own: list[ServiceItem]) -> float:
    """Risk premium, pence a year, given the reserves that are left after entry."""
    model, seed, policy = tender.model, newcomer.seed, tender.policy
    if not model.scenario_data.mechanisms.risk_aversion:
        return 0.0
    sigma = sqrt(_errors(model, tender)[0])
    borne = policy.flow_down if tender.form.subcontracting else 1.0
    work = sum([i.reference_cost for i in own])
    risk = Exposure(model, policy, 0.0 if tender.form.subcontracting else policy.gain_share)
    risk.delivers(
        [(i, newcomer.cost * i.reference_cost, sigma) for i in own], float(work), borne, borne * policy.outcome_share
    )
    room = (1.0 - model.scenario_data.behaviour.staff_transfer) * work
    left = seed.reserves - entry_cost(model, newcomer, room)
    aversion = absolute_risk_aversion(seed.relative_risk_aversion, max(left, seed.turnover / 24.0, 1.0))
    return risk_premium(aversion, risk.variance())


def _errors(model: Market, tender: Tender) -> tuple[float, float]:
    """Log variances of a newcomer's error in the estimate for one tender, and of its cost from tender to tender."""
    behaviour = model.scenario_data.behaviour
    fit = behaviour.local_fit_sigma**2 if behaviour.local_fit == "lognormal" else 0.0
    if not model.scenario_data.mechanisms.estimate_error:
        return 0.0, fit
    error = behaviour.estimate_sigma * (1.5 - tender.commissioner.data_quality)
    error *= exp2(-tender.engagement_months / behaviour.engagement_halving_months)
    return max(error, behaviour.estimate_sigma_floor) ** 2, fit


def _always(price: float) -> float:
    """The commissioner or lead can pay any price that it offers."""
    return 1.0
