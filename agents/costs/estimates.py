"""Bidders' estimates of the cost of work, with error."""

from __future__ import annotations

from math import exp, exp2
from typing import TYPE_CHECKING

from caremarket.market.randomness import Purpose

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.tender import Tender
    from caremarket.market.pathways import ServiceItem


def estimate_sigma(model: Market, bidder: Provider, item: ServiceItem, engagement_months: float) -> float:
    """Log standard deviation of a bidder's cost estimate.

    Falls with its track record in the pathway, the commissioner's data quality and engagement (P 4.14; S).
    """
    behaviour = model.scenario_data.behaviour
    known = model.outsiders_sigma.get((item.commissioner, engagement_months))
    if known is None:
        known = 0.0
        if model.scenario_data.mechanisms.estimate_error:
            quality = model.commissioners[item.commissioner].data_quality
            known = behaviour.estimate_sigma * (1.5 - quality)
            known *= exp2(-engagement_months / behaviour.engagement_halving_months)
        model.outsiders_sigma[item.commissioner, engagement_months] = known
    if not known:
        return 0.0
    record = bidder.track.get(item.pathway, 0)
    if record:
        known *= behaviour.track_record_contracts / (behaviour.track_record_contracts + record)
    floor = behaviour.estimate_sigma_floor
    return known if known > floor else floor


def estimate_cost(model: Market, bidder: Provider, item: ServiceItem, engagement_months: float) -> tuple[float, float]:
    """Estimated full cost of an item in pence a year and its log standard deviation.

    ``c_hat = c * exp(e)``, ``e ~ N(-s^2/2, s^2)``; one error per bidder, item and round, the same in every arm.
    """
    cost = bidder.true_cost(item)
    sigma = estimate_sigma(model, bidder, item, engagement_months)
    if sigma:
        error = item.errors.get(bidder.index)
        if error is None:
            error = model.streams.normal(Purpose.ESTIMATE, bidder.key, item.key, item.rounds)
            item.errors[bidder.index] = error
        cost *= exp(sigma * error - 0.5 * sigma * sigma)
    return cost, sigma


def estimate_for(tender: Tender, bidder: Provider, item: ServiceItem) -> tuple[float, float]:
    """Estimated cost of an item under a tender's terms, pence a year, and its log standard deviation.

    Includes the effect on cost of investments that the term repays.
    """
    cost, sigma = estimate_cost(tender.model, bidder, item, tender.engagement_months)
    return cost * tender.term_factor, sigma
