"""Friction: performance lost where the parts of a contract's care are poorly coordinated (S; P 4.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.contracts.coordination import coordination

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import ContractInForce


def update_friction(in_force: ContractInForce) -> None:
    """Update the performance that every deliverer under one plan loses to poor coordination (S; P 4.9).

    ``friction = friction_loss * (need - coordination)``: nothing is lost where all the coordination needed is there.
    Coordination of separate contracts is the commissioner's task, so their deliverers lose no performance.
    """
    model = in_force.model
    if not (model.scenario_data.mechanisms.coordination and in_force.contract.form.one_plan):
        return
    need = model.pathways[in_force.contract.items[0].pathway].coordination_need
    friction = model.scenario_data.behaviour.life.friction_loss * (need - coordination(in_force))
    for allocation in in_force.allocations:
        allocation.performance_margin -= friction - in_force.friction
    in_force.friction = friction
