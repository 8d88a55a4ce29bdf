"""Diversion: the profitable share of promised work for a lead to take back (P 1.11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market
    from caremarket.market.levers import PolicySpec


def diversion(model: Market, terms: PolicySpec, gain: float) -> float:
    """Share ``d`` of a promise, in [0, 1], that a lead diverts or expects to; ``gain`` is for each pound diverted.

    Detection has probability ``monitoring * d`` and costs ``penalty_multiple * d / 2`` of the promise, so the best
    ``d`` is ``gain / (monitoring * penalty_multiple)``, at most the share not guaranteed (P 1.11, 2.6).
    """
    scenario = model.scenario_data
    if not scenario.mechanisms.post_award_reallocation or gain <= 0.0:
        return 0.0
    free = 1.0 - terms.volume_guarantee
    price_of_detection = model.policy.monitoring * scenario.behaviour.penalty_multiple
    if price_of_detection <= 0.0:
        return free
    return min(free, gain / price_of_detection)
