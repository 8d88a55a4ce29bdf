"""Outcomes of a contract, from quality, effort, coordination, attention, financial strain and poor work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.contracts.coordination import coordination
from caremarket.agents.costs.achievement import achievement, own_outcome_index
from caremarket.agents.entities.performance_level import strained
from caremarket.market.ledger import WORLD, Reason
from caremarket.market.outcome_rules import reach_of_pool
from caremarket.market.randomness import Purpose

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import Allocation, ContractInForce
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider
    from caremarket.market.contracts import SubContract


def outcome_index(in_force: ContractInForce) -> float:
    """Outcome index in [0, 1]: base + quality + effort + coordination - indicator burden - strain - poor work + noise.

    Deliverers pay for their effort here.
    """
    model = in_force.model
    scenario = model.scenario_data
    behaviour = scenario.behaviour
    now = model.time
    total = sum(a.reference for a in in_force.allocations)
    if total <= 0.0:
        return 0.0
    quality = tried = stress = poor = 0.0
    for allocation in in_force.allocations:
        weight = allocation.reference / total
        deliverer = allocation.deliverer
        quality += weight * (deliverer.quality + allocation.raised)
        own = effort(in_force, allocation)
        if own:
            tried += weight * own
            pay_for_effort(in_force, allocation, own)
        stress += weight if strained(deliverer) else 0.0
        poor += weight * behaviour.life.cutting_outcome_loss * allocation.cut
        poor += weight * behaviour.life.failing_outcome_loss if allocation.failure is not None else 0.0
    index = behaviour.outcome_base + behaviour.outcome_quality * (quality - 0.6) + tried
    if scenario.mechanisms.coordination:
        index += behaviour.coordination_gain * coordination(in_force)
    if scenario.mechanisms.attention_limit:
        index -= behaviour.indicator_burden * unattended(in_force.contract.indicators, behaviour.indicator_capacity)
    index -= behaviour.stress_loss * stress + poor
    first = in_force.contract.items[0]
    index += behaviour.outcome_noise * model.streams.normal(Purpose.OUTCOME, first.key, 0, int(now // 12.0))
    return min(1.0, max(0.0, index))


def unattended(indicators: int, capacity: int) -> float:
    """Number of indicators beyond the reach of attention: ``n^2 / (n + capacity)`` for ``n`` indicators (P 4.22).

    Near 0 for a few indicators; it approaches ``n - capacity`` for many.
    """
    return indicators * indicators / (indicators + capacity)


def effort(in_force: ContractInForce, allocation: Allocation) -> float:
    """Effort of a deliverer, in outcome index points, from the share of pay at risk that reaches it (P 5.6).

    The contract's ``outcome_rule`` decides how much of the holder's outcome pay reaches a sub-contractor.
    """
    behaviour = in_force.model.scenario_data.behaviour
    if not in_force.model.scenario_data.mechanisms.effort_response:
        return 0.0
    share = in_force.outcome_at_stake()
    if not share:
        return 0.0
    if in_force.terms.outcome_rule == "pooled" and in_force.contract.subcontracts:
        total = sum([a.reference for a in in_force.allocations])
        mine = sum([a.reference for a in in_force.allocations if a.deliverer is allocation.deliverer])
        share = reach_of_pool(share, mine / total, behaviour.activity.free_riding)
    elif allocation.sub is not None:
        share = allocation.sub.at_risk
    return min(behaviour.effort_cap, behaviour.effort_gain * share)


def own_achievement(model: Market, provider: Provider, sub: SubContract) -> float:
    """Share of a year's outcome pay, in [0, 1], earned by a sub-contractor paid on its own result (P 5.7).

    Financial strain reduces its result while its reserves are below zero; unlike in :func:`outcome_index`, a rescue
    within the year that restored them does not.
    """
    behaviour = model.scenario_data.behaviour
    index = own_outcome_index(model, provider, sub.at_risk)
    if provider.reserves < 0 and strained(provider):
        index -= behaviour.stress_loss
    noise = model.streams.normal(Purpose.OUTCOME, provider.key, sub.items[0].key, int(model.time // 12.0))
    return achievement(behaviour, index + behaviour.outcome_noise * noise)


def pay_for_effort(in_force: ContractInForce, allocation: Allocation, tried: float) -> None:
    """Post the cost of an effort ``e``: ``value * e^2 / (2 * gain * band)``, for which ``e`` is the best choice."""
    behaviour = in_force.model.scenario_data.behaviour
    band = max(behaviour.outcome_target - behaviour.outcome_floor, 1e-9)
    value = allocation.head_rate * 4.0
    cost = int(value * tried * tried / (2.0 * max(behaviour.effort_gain, 1e-9) * band))
    in_force.model.ledger.post(
        in_force.model.time, allocation.deliverer.account, WORLD, cost, Reason.CARE, in_force.contract.id
    )
    allocation.deliverer.market_cost += cost
