"""Cost of quality above a provider's usual quality."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market


def cost_of_raising(model: Market, amount: float) -> float:
    """Yearly cost, share of reference cost, of raising quality by ``amount``: half of ``quality_cost * amount^2``."""
    return 0.5 * model.scenario_data.behaviour.quality_cost * amount * amount
