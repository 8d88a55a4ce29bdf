"""Cost plus: the margin the organisation is used to, whoever else may bid."""

from __future__ import annotations

from caremarket.agents.strategies.base import PricingStrategy, PricingView


def _markup(view: PricingView) -> float:
    return view.own_markup


STRATEGY = PricingStrategy(name="cost_plus", source="docs/odd.md, Price", markup=_markup)
