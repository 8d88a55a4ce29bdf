"""Pricing strategies. One module a strategy; each defines ``STRATEGY``."""

from __future__ import annotations

from caremarket.agents.strategies.base import Learner, PricingStrategy, PricingView
from caremarket.market.registry import Registry

STRATEGIES: Registry[PricingStrategy] = Registry(__name__, __path__, "STRATEGY", PricingStrategy)

__all__ = ["STRATEGIES", "Learner", "PricingStrategy", "PricingView"]
