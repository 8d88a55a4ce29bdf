"""Staff move with the work (TUPE; P 3.19), and the part of fixed cost that is their pay moves with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market


def fixed_cost_with_staff(model: Market) -> float:
    """Share of the fixed cost of lost work that goes with its staff: of pay, the part of those who transfer."""
    behaviour = model.scenario_data.behaviour
    return behaviour.staff_transfer * behaviour.life.staff_cost_share
