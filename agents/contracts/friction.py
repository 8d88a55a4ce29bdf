"""Friction: performance lost where the parts of a contract's care are poorly coordinated (S; P 4.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.contracts.coordination import coordination

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import ContractInForce


def update_friction(life: ContractInForce) -> None:
    """Update the performance that every deliverer under one plan loses to poor coordination (S; P 4.9).

    ``friction = friction_loss * (need - coordination)``: nothing is lost where all the coordination needed is there.
    Coordination of separate contracts is the commissioner's task, so their deliverers lose no performance.
    """
    model = life.model
    if not (model.scenario_data.mechanisms.coordination and life.contract.form.one_plan):
        return
    need = model.pathways[life.contract.items[0].pathway].coordination_need
    friction = model.scenario_data.behaviour.life.friction_loss * (need - coordination(life))
    for allocation in life.allocations:
        allocation.performance_margin -= friction - life.friction
    life.friction = friction
