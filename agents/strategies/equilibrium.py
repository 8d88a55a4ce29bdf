"""Equilibrium: the closed-form first-price equilibrium for the expected number of rivals.

If the winner is paid the next best price, no bidder gains by asking for more than its cost (Vickrey 1961).
"""

from __future__ import annotations

from caremarket.agents.strategies.base import PricingStrategy, PricingView
from caremarket.market.risk import first_price_bid


def _markup(view: PricingView) -> float:
    if view.second_price:
        return 0.0
    bid = first_price_bid(view.cost_ratio, view.belief_low, view.belief_high, view.bidders)
    return max(0.0, bid / view.cost_ratio - 1.0) if view.cost_ratio > 0 else 0.0


STRATEGY = PricingStrategy(name="equilibrium", source="docs/odd.md, Checks against theory 1", markup=_markup)
