"""What not working together does to the work itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.contracts.outcomes import coordination

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import ContractInForce


def update_friction(life: ContractInForce) -> None:
    """Work whose parts do not work together is done worse by everybody who has a part in it (S; P 4.9).

    Counts under one plan, whose holder answers for how the parts work together; between separate contracts that is the
    commissioner's own task, and no provider's failure. Nothing is lost where no coordination is needed, or where all
    that is needed is there.
    """
    model = life.model
    if not (model.scenario_data.mechanisms.coordination and life.contract.form.one_plan):
        return
    need = model.pathways[life.contract.items[0].pathway].coordination_need
    friction = model.scenario_data.behaviour.life.friction_loss * (need - coordination(life))
    for allocation in life.allocations:
        allocation.performance_margin -= friction - life.friction
    life.friction = friction
