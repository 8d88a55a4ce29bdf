"""A published tender, or a part of a led lot, as a newcomer would price it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import exp2, sqrt
from typing import TYPE_CHECKING, NamedTuple

from caremarket.agents.bidding.bid_value import writing_cost
from caremarket.agents.bidding.subcontract_quotes import highest_offer
from caremarket.agents.entities.contest import other_points
from caremarket.agents.entities.exposure import Exposure
from caremarket.market.offers import POINTS, at
from caremarket.market.payments import PAYMENTS
from caremarket.market.risk import absolute_risk_aversion, risk_premium

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.tender import Tender
    from caremarket.agents.market_structure.published_tenders import PublishedTender, PublishedTenders
    from caremarket.agents.world.blueprint import ProviderSeed
    from caremarket.market.pathways import ServiceItem


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


@dataclass(frozen=True)
class Opening:
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


def opening(published: PublishedTender, newcomer: Newcomer, tenders: PublishedTenders) -> Opening | None:
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
) -> Opening | None:
    """Work that a lead may buy from it: it has to ask less than all others that could supply the function."""
    model = tender.model
    area, function = tender.commissioner.area, own[0].function
    supplied = tenders.subcontracted(area, function)
    if not supplied:
        return None
    table = model.offers.supply_contest(area, function, len(model.bidders(area, function)))
    usual = sum([model.beliefs.price_ratio(i) * i.reference_cost for i in own])
    most = highest_offer(model, tender.policy, own)
    return Opening(tender, work, table, 1.0 / most, most, _always, usual, 0.0, premium, supplied=supplied)


def _as_holder(published: PublishedTender, seed: ProviderSeed, work: float, premium: float) -> Opening:
    """A tender that the newcomer would answer by itself."""
    tender = published.tender
    model, policy = tender.model, tender.policy
    writing = writing_cost(model, tender) * (1.5 - seed.skill)
    if tender.form.patients_choose:
        # Patients choose among those accredited, with the newcomer one more.
        table: Sequence[float] = (1.0 / (1.0 + len(tender.procurement.bids)),) * POINTS
        fixed = float(tender.procurement.lot.budget)
        return Opening(tender, work, table, 1.0 / work, fixed, _always, tender.usual_price, writing, premium, fixed)
    contest = published.contest()
    budget = contest.budget
    behaviour = model.scenario_data.behaviour
    gloss = behaviour.bid_writing_gloss * (seed.skill - 0.5)
    judged = min(1.0, max(0.0, seed.quality + (1.0 - tender.commissioner.skill) * gloss))
    integration = behaviour.procurement.sole_provider_integration
    scale = contest.scale(other_points(policy, judged, seed.social_value, integration))
    fixed = float(tender.procurement.lot.budget) if PAYMENTS[policy.payment].commissioner_sets_price else 0.0
    affordable = _always if fixed else budget.chance
    usual = tender.usual_price
    return Opening(tender, work, contest.among_all, scale, budget.ceiling, affordable, usual, writing, premium, fixed)


def _passes(seed: ProviderSeed, tender: Tender) -> bool:
    """True if it would pass the turnover and guarantee tests (P 2.5, 3.8)."""
    budget = tender.procurement.lot.budget
    policy = tender.policy
    return seed.turnover >= policy.turnover_ratio * budget and seed.reserves >= policy.guarantee_share * budget


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
    sigma = sqrt(log_variances(model, tender)[0])
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


def log_variances(model: Market, tender: Tender) -> tuple[float, float]:
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
