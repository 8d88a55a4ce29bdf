"""Transfer of staff with the work (TUPE; P 3.19), and of the part of fixed cost that is their pay."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market


def fixed_cost_with_staff(model: Market) -> float:
    """Share of fixed cost, in [0, 1], that leaves with transferred staff: share of staff times share of pay in cost."""
    behaviour = model.scenario_data.behaviour
    return behaviour.staff_transfer * behaviour.life.staff_cost_share
