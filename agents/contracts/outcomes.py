"""Outcomes of a contract: what effort, working together, attention and strain make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.contracts.coordination import alliance_coordination, common_terms
from caremarket.agents.costs.achievement import achievement, own_outcome_index
from caremarket.agents.entities.performance_level import strained
from caremarket.agents.money.pooled_budget import share_under_one_budget
from caremarket.market.ledger import WORLD, Reason
from caremarket.market.outcome_rules import reach_of_pool
from caremarket.market.randomness import Purpose

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import Allocation, ContractInForce
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider
    from caremarket.market.contracts import SubContract


def outcome_index(life: ContractInForce) -> float:
    """Outcome index: base + quality + coordination + effort - indicator burden - stress - poor work, in [0, 1]."""
    model = life.model
    scenario = model.scenario_data
    behaviour = scenario.behaviour
    now = model.time
    total = sum(a.reference for a in life.allocations)
    if total <= 0.0:
        return 0.0
    quality = tried = stress = poor = 0.0
    for allocation in life.allocations:
        weight = allocation.reference / total
        deliverer = allocation.deliverer
        quality += weight * deliverer.quality
        own = effort(life, allocation)
        if own:
            tried += weight * own
            pay_for_effort(life, allocation, own)
        stress += weight if strained(deliverer) else 0.0
        poor += weight * behaviour.life.cutting_outcome_loss * allocation.cut
        poor += weight * behaviour.life.failing_outcome_loss if allocation.failure is not None else 0.0
    index = behaviour.outcome_base + behaviour.outcome_quality * (quality - 0.6) + tried
    if scenario.mechanisms.coordination:
        index += behaviour.coordination_gain * coordination(life)
    if scenario.mechanisms.attention_limit:
        index -= behaviour.indicator_burden * unattended(life.contract.indicators, behaviour.indicator_capacity)
    index -= behaviour.stress_loss * stress + poor
    first = life.contract.items[0]
    index += behaviour.outcome_noise * model.streams.normal(Purpose.OUTCOME, first.key, 0, int(now // 12.0))
    return min(1.0, max(0.0, index))


def unattended(indicators: int, capacity: int) -> float:
    """Indicators that attention does not reach: hardly any of a few, and of many all beyond capacity.

    ``n^2 / (n + capacity)``, which nears ``n - capacity``: each one more takes attention from the others (P 4.22).
    """
    return indicators * indicators / (indicators + capacity)


def effort(life: ContractInForce, allocation: Allocation) -> float:
    """Effort from the outcome pay that reaches the deliverer (P 5.6), under the contract's rule for passing it on."""
    behaviour = life.model.scenario_data.behaviour
    if not life.model.scenario_data.mechanisms.effort_response:
        return 0.0
    share = life.outcome_at_stake()
    if not share:
        return 0.0
    if life.terms.outcome_rule == "pooled" and life.contract.subcontracts:
        total = sum([a.reference for a in life.allocations])
        mine = sum([a.reference for a in life.allocations if a.deliverer is allocation.deliverer])
        share = reach_of_pool(share, mine / total, behaviour.activity.free_riding)
    elif allocation.sub is not None:
        share = allocation.sub.at_risk
    return min(behaviour.effort_cap, behaviour.effort_gain * share)


def own_achievement(model: Market, provider: Provider, sub: SubContract) -> float:
    """What a sub-contractor paid on its own result has earned of a year's outcome pay (P 5.7)."""
    behaviour = model.scenario_data.behaviour
    index = own_outcome_index(model, provider, sub.at_risk)
    if provider.reserves < 0:
        index -= behaviour.stress_loss
    noise = model.streams.normal(Purpose.OUTCOME, provider.key, sub.items[0].key, int(model.time // 12.0))
    return achievement(behaviour, index + behaviour.outcome_noise * noise)


def pay_for_effort(life: ContractInForce, allocation: Allocation, tried: float) -> None:
    """Effort costs what makes it the best choice: value * e^2 / (2 * gain * band)."""
    behaviour = life.model.scenario_data.behaviour
    band = max(behaviour.outcome_target - behaviour.outcome_floor, 1e-9)
    value = allocation.head_rate * 4.0
    cost = int(value * tried * tried / (2.0 * max(behaviour.effort_gain, 1e-9) * band))
    life.model.ledger.post(life.model.time, allocation.deliverer.account, WORLD, cost, Reason.CARE, life.contract.id)
    allocation.deliverer.market_cost += cost


def coordination(life: ContractInForce) -> float:
    """Need for coordination times how well the parts work together: trust, and one plan and purse or none.

    One plan reaches as far as the functions whose commissioners have signed.
    """
    model = life.model
    now = model.time
    need = model.pathways[life.contract.items[0].pathway].coordination_need
    trust = model.trust.between
    if not life.contract.form.one_plan:
        known = trust(life.holder.key, life.commissioner.key, now)
        alone = known * life.commissioner.skill * model.scenario_data.behaviour.commissioner_coordination
        return need * min(1.0, alone + common_terms(life))
    need *= share_under_one_budget(life)
    if life.contract.form.joint_holding:
        return need * alliance_coordination(life)
    others = {a.deliverer.index: a.deliverer.key for a in life.allocations if a.deliverer is not life.holder}
    if not others:
        return need
    return need * sum(trust(life.holder.key, k, now) for k in others.values()) / len(others)
