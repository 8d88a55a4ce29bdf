"""Share of a lot's work that a partner or member of an alliance would do, by its own estimate of cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.costs.estimates import estimate_for
from caremarket.agents.costs.management import reporting_cost
from caremarket.agents.entities.consortium import Seat

if TYPE_CHECKING:
    from caremarket.agents.entities.exposure import Work
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.tender import Tender
    from caremarket.market.pathways import ServiceItem


def seat_for(model: Market, member: Provider, items: list[ServiceItem], share: float, tender: Tender) -> Seat:
    """Seat of ``member`` for a share of ``items``: its own estimate of cost and reporting cost, pence a year."""
    works: list[Work] = []
    for item in items:
        cost, sigma = estimate_for(tender, member, item)
        works.append((item, cost * share, sigma))
    reference = share * sum([i.reference_cost for i in items])
    reporting = reporting_cost(model, member, tender.policy.indicators, reference)
    return Seat(member, items, share, works, sum([cost for _, cost, _ in works]), reporting)
