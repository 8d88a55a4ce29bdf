"""Applications for accreditation: whether the fixed price pays for a provider, and whether the provider qualifies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.bidding.bid_value import bid_cost
from caremarket.agents.bidding.supply_plan import delivery_variance
from caremarket.agents.costs.estimates import estimate_cost
from caremarket.agents.costs.management import reporting_cost
from caremarket.agents.entities.submission import Submission
from caremarket.agents.procurement.evaluation import judged_quality, passes_selection
from caremarket.market.ledger import WORLD, Reason
from caremarket.market.risk import risk_premium

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.tender import Tender


def qualified_applicants(tender: Tender, able: list[Provider]) -> list[Provider]:
    """Providers that apply and qualify. Applying costs money; quality, turnover and reserves are tested (P 2.5)."""
    model = tender.model
    settings = model.scenario_data.behaviour.collaboration
    least = settings.accreditation_quality
    found: list[Provider] = []
    for provider in able:
        cost = bid_cost(provider, tender)
        years = tender.policy.duration_years
        (item,) = tender.procurement.lot.items
        if not provider.alive or not (
            tender.room_for(provider, item, settings.accreditation_room) or tender.held_work(provider)
        ):
            continue
        if takes_fixed_price(model, provider, tender) * years <= cost:
            continue
        model.ledger.post(model.time, provider.account, WORLD, cost, Reason.BID_COST)
        provider.market_cost += cost
        response = Submission(model, tender, provider)
        tender.applicants.append(response)
        if (
            passes_selection(tender, response)
            and judged_quality(tender, provider, provider.quality, tender.commissioner.skill) >= least
        ):
            found.append(provider)
    return found


def takes_fixed_price(model: Market, provider: Provider, tender: Tender) -> float:
    """Certainty equivalent, pence a year, of treating the share of patients it expects, at the fixed price."""
    margin, premium = under_fixed_price(model, provider, tender)
    return margin - premium


def under_fixed_price(model: Market, provider: Provider, tender: Tender, *, known: bool = False) -> tuple[float, float]:
    """Margin of the fixed price over cost for the share of patients expected, and risk premium, both pence a year.

    Args:
        model: the market.
        provider: the provider that decides.
        tender: the accreditation.
        known: whether it has done the work and knows its cost.
    """
    policy = tender.policy
    lot = tender.procurement.lot
    (item,) = lot.items
    if known:
        cost, sigma = provider.true_cost(item), 0.0
    else:
        cost, sigma = estimate_cost(model, provider, item, tender.engagement_months)
    share = 1.0 / max(1.0, tender.expected_bidders)
    income = share * lot.budget * (1.0 - policy.outcome_share * (1.0 - model.expected_achievement))
    cost *= share
    variance = delivery_variance(model, policy, [(item, cost, sigma)], income)
    cost += reporting_cost(model, provider, policy.indicators, item.reference_cost * share)
    return income - cost, risk_premium(provider.risk_aversion(), variance)
