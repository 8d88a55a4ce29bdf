"""Outcomes of a contract: what effort, working together, attention and strain make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.joint import common_table
from market.ledger import WORLD, Reason
from market.randomness import Purpose

if TYPE_CHECKING:
    from agents.delivery import Allocation, ContractLife


def outcome_index(life: ContractLife) -> float:
    """Outcome index: base + quality + coordination + effort - indicator burden - stress, in [0, 1]."""
    model = life.model
    scenario = model.scenario_data
    behaviour = scenario.behaviour
    now = model.time
    total = sum(a.reference for a in life.allocations)
    if total <= 0.0:
        return 0.0
    quality = tried = stress = 0.0
    for allocation in life.allocations:
        weight = allocation.reference / total
        deliverer = allocation.deliverer
        quality += weight * deliverer.quality
        own = effort(life, allocation)
        if own:
            tried += weight * own
            pay_for_effort(life, allocation, own)
        strained = deliverer.reserves < 0 or (deliverer.distressed_at >= 0.0 and now - deliverer.distressed_at < 12.0)
        stress += weight if strained else 0.0
    index = behaviour.outcome_base + behaviour.outcome_quality * (quality - 0.6) + tried
    if scenario.mechanisms.coordination:
        index += behaviour.coordination_gain * coordination(life)
    if scenario.mechanisms.attention_limit:
        excess = max(0, life.contract.indicators - behaviour.indicator_capacity)
        index -= behaviour.indicator_burden * excess
    index -= behaviour.stress_loss * stress
    first = life.contract.items[0]
    index += behaviour.outcome_noise * model.streams.normal(Purpose.OUTCOME, first.key, 0, int(now // 12.0))
    return min(1.0, max(0.0, index))


def effort(life: ContractLife, allocation: Allocation) -> float:
    """Effort from the outcome pay that reaches the deliverer: share at risk times flow-down (P 5.6)."""
    scenario = life.model.scenario_data
    if not scenario.mechanisms.effort_response:
        return 0.0
    share = life.contract.outcome_share
    if allocation.sub is not None:
        share *= allocation.sub.flow_down
    return min(scenario.behaviour.effort_cap, scenario.behaviour.effort_gain * share)


def pay_for_effort(life: ContractLife, allocation: Allocation, tried: float) -> None:
    """Effort costs what makes it the best choice: value * e^2 / (2 * gain * band)."""
    behaviour = life.model.scenario_data.behaviour
    band = max(behaviour.outcome_target - behaviour.outcome_floor, 1e-9)
    value = allocation.head_rate * 4.0
    cost = int(value * tried * tried / (2.0 * max(behaviour.effort_gain, 1e-9) * band))
    life.model.ledger.post(life.model.time, allocation.deliverer.account, WORLD, cost, Reason.CARE, life.contract.id)
    allocation.deliverer.market_cost += cost


def coordination(life: ContractLife) -> float:
    """Need for coordination times how well the parts work together: trust, and one plan and purse or none.

    One plan reaches as far as the functions whose commissioners have signed.
    """
    model = life.model
    now = model.time
    need = model.pathways[life.contract.items[0].pathway].coordination_need
    trust = model.trust.between
    if not life.contract.form.one_plan:
        known = trust(life.holder.key, life.commissioner.key, now)
        return need * known * life.commissioner.skill * model.scenario_data.behaviour.commissioner_coordination
    need *= common_table(life)
    others = {a.deliverer.index: a.deliverer.key for a in life.allocations if a.deliverer is not life.holder}
    if not others:
        return need
    return need * sum(trust(life.holder.key, k, now) for k in others.values()) / len(others)
