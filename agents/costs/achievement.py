"""Achievement: the share of outcome pay that an outcome earns."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider
    from caremarket.market.parameters import BehaviourSpec


def achievement(behaviour: BehaviourSpec, index: float) -> float:
    """Share of outcome pay earned at outcome ``index``, in [0, 1]: 0 at the floor, 1 at the target, linear between."""
    band = max(behaviour.outcome_target - behaviour.outcome_floor, 1e-9)
    return min(1.0, max(0.0, (index - behaviour.outcome_floor) / band))


def own_outcome_index(model: Market, provider: Provider, at_risk: float) -> float:
    """Outcome index of a deliverer's own work: quality and effort, without coordination.

    ``at_risk`` is the share of its pay that depends on outcomes.
    """
    behaviour = model.scenario_data.behaviour
    index = behaviour.outcome_base + behaviour.outcome_quality * (provider.quality - 0.6)
    if model.scenario_data.mechanisms.effort_response:
        index += min(behaviour.effort_cap, behaviour.effort_gain * at_risk)
    return index


def expected_own_achievement(model: Market, provider: Provider, at_risk: float) -> float:
    """Share of its outcome pay, in [0, 1], that a deliverer paid on its own result expects to earn."""
    return achievement(model.scenario_data.behaviour, own_outcome_index(model, provider, at_risk))
