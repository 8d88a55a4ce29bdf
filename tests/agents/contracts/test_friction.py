"""What not working together does to the work itself."""

from __future__ import annotations

import pytest

from caremarket.agents.contracts.coordination import coordination
from caremarket.agents.contracts.friction import update_friction
from caremarket.agents.entities.contract import ContractInForce
from caremarket.agents.entities.performance_level import initial_performance_margin
from caremarket.agents.model import CareMarket
from tests.agents.conftest import small, without

LED = {"form": "prime_provider", "lot_scope": "pathway", "turnover_ratio": 0.0, "budget_discount": -0.1}
TRUST = {"market": {"initial_trust": {"mean": 0.2, "sd": 0.0}}}


def running(**sections: object) -> CareMarket:
    model = CareMarket(small(policy=LED, **sections), 2)
    model.run_until(24.0)
    return model


def led(model: CareMarket) -> list[ContractInForce]:
    found = [in_force for in_force in model.contracts.values() if in_force.contract.form.one_plan]
    assert found
    return found


def test_performance_falls_by_what_the_need_for_coordination_lacks() -> None:
    model = running(**TRUST)
    loss = model.scenario_data.behaviour.life.friction_loss
    for in_force in model.contracts.values():
        if not in_force.contract.form.one_plan:
            assert in_force.friction == 0.0
    for in_force in led(model):
        update_friction(in_force)
        need = model.pathways[in_force.contract.items[0].pathway].coordination_need
        assert in_force.friction == pytest.approx(loss * (need - coordination(in_force)))
        assert in_force.friction > 0.0 or len(in_force.allocations) == 1
        for allocation in in_force.allocations:
            if not (allocation.repaired or allocation.cut):
                # With the quality that it promised above its usual one.
                alone = initial_performance_margin(allocation.deliverer, allocation.item.key) + allocation.raised
                assert allocation.performance_margin == pytest.approx(alone - in_force.friction)


def test_it_is_taken_off_once_and_follows_trust() -> None:
    model = running(**TRUST)
    in_force = next(x for x in led(model) if any(a.sub is not None for a in x.allocations))
    (allocation, *_) = in_force.allocations
    update_friction(in_force)
    before = allocation.performance_margin
    update_friction(in_force)
    assert allocation.performance_margin == before
    for other in in_force.allocations:
        for _ in range(20):
            model.trust.kept(in_force.holder.key, other.deliverer.key, model.time)
    update_friction(in_force)
    assert allocation.performance_margin > before


def test_there_is_none_where_coordination_does_not_count() -> None:
    model = running(mechanisms=without("coordination"))
    assert all(in_force.friction == 0.0 for in_force in model.contracts.values())
