"""Achievement: the share of outcome pay that an outcome earns."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider
    from caremarket.market.parameters import BehaviourSpec


def achievement(behaviour: BehaviourSpec, index: float) -> float:
    """Share of outcome pay earned at an outcome: none at the floor, all at the target, proportional in between."""
    band = max(behaviour.outcome_target - behaviour.outcome_floor, 1e-9)
    return min(1.0, max(0.0, (index - behaviour.outcome_floor) / band))


def own_outcome_index(model: Market, provider: Provider, at_risk: float) -> float:
    """Outcome that a deliverer answers for alone: quality and effort, no coordination."""
    behaviour = model.scenario_data.behaviour
    index = behaviour.outcome_base + behaviour.outcome_quality * (provider.quality - 0.6)
    if model.scenario_data.mechanisms.effort_response:
        index += min(behaviour.effort_cap, behaviour.effort_gain * at_risk)
    return index


def expected_own_achievement(model: Market, provider: Provider, at_risk: float) -> float:
    """What a deliverer paid on its own result expects to earn of its outcome pay."""
    return achievement(model.scenario_data.behaviour, own_outcome_index(model, provider, at_risk))
