"""Pricing strategies: how a bidder turns a cost into a price. One module a strategy; each defines ``STRATEGY``.

May be imported by every room of ``agents``; imports only ``caremarket.market``.
"""

from __future__ import annotations

from caremarket.agents.strategies.base import Learner, PricingStrategy, PricingView
from caremarket.market.registry import Registry

STRATEGIES: Registry[PricingStrategy] = Registry(__name__, __path__, "STRATEGY", PricingStrategy)

__all__ = ["STRATEGIES", "Learner", "PricingStrategy", "PricingView"]
