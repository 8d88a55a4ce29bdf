"""Balanced: trust, experience, quality, cost, social value and place rank suppliers; the best-value offer is taken."""

from __future__ import annotations

from caremarket.agents.supplier_choice.base import Rank, SupplierChoice, SupplierView, Weights


def _asks(other: SupplierView, weights: Weights) -> Rank:
    liking = other.trust + other.quality - other.unit_cost
    liking += weights.social_value * other.social_value
    if not other.at_home:
        liking -= weights.away
    liking += weights.experience * other.experience
    return (-liking,)


SUPPLIER_CHOICE = SupplierChoice(name="balanced", source="docs/odd.md, Supply chain; P 3.5 to 3.7, 4.9", asks=_asks)
