"""Pricing strategies: rules that turn a bidder's cost into a price. One module per strategy; each defines ``STRATEGY``.

Every package of ``agents`` may import this one; it imports only ``caremarket.market``.
"""

from __future__ import annotations

from caremarket.agents.strategies.base import Learner, Opportunity, PricingStrategy, PricingView
from caremarket.market.registry import Registry

STRATEGIES: Registry[PricingStrategy] = Registry(__name__, __path__, "STRATEGY", PricingStrategy)

__all__ = ["STRATEGIES", "Learner", "Opportunity", "PricingStrategy", "PricingView"]
