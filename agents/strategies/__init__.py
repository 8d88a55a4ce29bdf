"""Pricing strategies. One module a strategy; each defines ``STRATEGY``."""

from __future__ import annotations

from caremarket.agents.strategies.base import Learner, PricingStrategy, PricingView
from caremarket.market.registry import variants

STRATEGIES: dict[str, PricingStrategy] = variants(__name__, __path__, "STRATEGY", PricingStrategy)

__all__ = ["STRATEGIES", "Learner", "PricingStrategy", "PricingView"]
