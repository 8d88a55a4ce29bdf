"""Rules by which a lead passes outcome pay down the supply chain (P 4.12, 5.6, 5.7)."""

from __future__ import annotations

from typing import Literal

OutcomeRule = Literal["flow_down", "own_result", "pooled", "lead_keeps"]


def at_risk_below(rule: OutcomeRule, outcome_share: float, flow_down: float) -> float:
    """Share of a sub-contractor's pay that depends on outcomes.

    The same figure sets the offer it accepts, the amount withheld and the amount released. Under ``flow_down`` and
    ``own_result`` it is the head contract's share times ``flow_down``. A pool takes the same share from every member,
    regardless of ``flow_down``. A lead that keeps outcome pay keeps its risk too.
    """
    if rule == "pooled":
        return outcome_share
    if rule == "lead_keeps":
        return 0.0
    return outcome_share * flow_down


def reach_of_pool(outcome_share: float, weight: float, free_riding: float) -> float:
    """Return that a member of a pool gets from its own effort, as a share of its pay.

    A member with a share ``weight`` of the chain's value gets that share of the pool's gain from its effort. Effort of
    its peers makes up for the rest to the extent that ``free_riding`` is below one.
    """
    return outcome_share * (1.0 - free_riding * (1.0 - weight))
