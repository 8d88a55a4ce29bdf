"""What not working together does to the work itself."""

from __future__ import annotations

import pytest

from agents.friction import feel_friction
from agents.model import CareMarket
from agents.outcomes import coordination
from agents.standing import standing_at

from .conftest import small, without

TRUST = {"market": {"initial_trust": {"mean": 0.2, "sd": 0.0}}}


def running(**sections: object) -> CareMarket:
    model = CareMarket(small(**sections), 1)
    model.run_until(1.0)
    return model


def test_performance_falls_by_what_the_need_for_coordination_lacks() -> None:
    model = running(**TRUST)
    loss = model.scenario_data.behaviour.life.friction_loss
    for life in model.contracts.values():
        need = model.pathways[life.contract.items[0].pathway].coordination_need
        assert life.friction == pytest.approx(loss * (need - coordination(life)))
        for allocation in life.allocations:
            alone = standing_at(allocation.deliverer, allocation.item.key)
            assert allocation.standing == pytest.approx(alone - life.friction)


def test_it_is_taken_off_once_and_follows_trust() -> None:
    model = running(**TRUST)
    life = next(iter(model.contracts.values()))
    (allocation, *_) = life.allocations
    before = allocation.standing
    feel_friction(life)
    assert allocation.standing == before
    for _ in range(20):
        model.trust.kept(life.holder.key, life.commissioner.key, model.time)
    feel_friction(life)
    assert allocation.standing > before


def test_there_is_none_where_coordination_does_not_count() -> None:
    model = running(mechanisms=without("coordination"))
    assert all(life.friction == 0.0 for life in model.contracts.values())
