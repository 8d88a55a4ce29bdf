"""Cost plus: the organisation's usual margin, regardless of rivals."""

from __future__ import annotations

from caremarket.agents.strategies.base import PricingStrategy, PricingView


def _markup(view: PricingView) -> float:
    return view.own_markup


STRATEGY = PricingStrategy(name="cost_plus", source="docs/odd.md, Price", markup=_markup)
