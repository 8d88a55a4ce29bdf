"""Procurement as a state machine: states, legal moves, duration of stages, and scoring of bids.

Routes have one module each in :mod:`caremarket.market.routes`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

from caremarket.market.errors import TransitionError
from caremarket.market.routes import ROUTES, Route

if TYPE_CHECKING:
    from caremarket.market.levers import PolicySpec
    from caremarket.market.parameters.procurement import ProcurementParameters
    from caremarket.market.pathways import ServiceItem

__all__ = [
    "FINAL",
    "ROUTES",
    "STAGES",
    "TRANSITIONS",
    "Bid",
    "Lot",
    "Procurement",
    "Route",
    "State",
    "award_points",
    "expected_months",
    "price_paid",
    "price_score",
    "score_bids",
    "stage_durations",
]


class State(IntEnum):
    """State of a procurement."""

    APPRAISAL = 0
    ENGAGEMENT = 1
    NOTICE = 2
    QUESTIONNAIRE = 3
    TENDER = 4
    EVALUATION = 5
    PREFERRED = 6
    STANDSTILL = 7
    SIGNED = 8
    MOBILISATION = 9
    LIVE = 10
    NO_BIDS = 11
    ONE_BID = 12
    OVER_BUDGET = 13
    WITHDRAWN = 14
    DIALOGUE = 15
    CHALLENGED = 16


FINAL = frozenset({State.LIVE, State.NO_BIDS, State.ONE_BID, State.OVER_BUDGET, State.WITHDRAWN})

TRANSITIONS: dict[State, frozenset[State]] = {
    State.APPRAISAL: frozenset({State.ENGAGEMENT, State.NOTICE, State.TENDER, State.PREFERRED, State.NO_BIDS}),
    State.ENGAGEMENT: frozenset({State.NOTICE}),
    State.NOTICE: frozenset({State.QUESTIONNAIRE, State.TENDER, State.NO_BIDS}),
    State.QUESTIONNAIRE: frozenset({State.DIALOGUE, State.TENDER, State.PREFERRED, State.NO_BIDS}),
    State.DIALOGUE: frozenset({State.TENDER, State.NO_BIDS}),
    State.TENDER: frozenset({State.EVALUATION, State.NO_BIDS}),
    State.EVALUATION: frozenset({State.PREFERRED, State.ONE_BID, State.OVER_BUDGET, State.NO_BIDS}),
    State.PREFERRED: frozenset({State.STANDSTILL, State.SIGNED, State.WITHDRAWN}),
    State.STANDSTILL: frozenset({State.CHALLENGED, State.SIGNED, State.WITHDRAWN}),
    State.CHALLENGED: frozenset({State.SIGNED, State.WITHDRAWN}),
    State.SIGNED: frozenset({State.MOBILISATION}),
    State.MOBILISATION: frozenset({State.LIVE, State.WITHDRAWN}),
} | {state: frozenset() for state in FINAL}


STAGES: dict[str, State] = {
    "appraisal": State.APPRAISAL,
    "notice": State.NOTICE,
    "questionnaire": State.QUESTIONNAIRE,
    "dialogue": State.DIALOGUE,
    "tender": State.TENDER,
    "evaluation": State.EVALUATION,
    "preferred": State.PREFERRED,
    "challenged": State.CHALLENGED,
    "signed": State.SIGNED,
    "mobilisation": State.MOBILISATION,
}
"""Stages with shortest and longest duration set by ``<stage>_min_months`` and ``<stage>_max_months``."""

DAYS_PER_MONTH = 30.4


def stage_durations(parameters: ProcurementParameters) -> dict[State, tuple[float, float]]:
    """Shortest and longest time in a state, in months, uniform in between; standstill is the same for all."""
    durations = {
        state: (getattr(parameters, f"{name}_min_months"), getattr(parameters, f"{name}_max_months"))
        for name, state in STAGES.items()
    }
    standstill = parameters.standstill_days / DAYS_PER_MONTH
    durations[State.STANDSTILL] = (standstill, standstill)
    return durations


def expected_months(route: Route, engagement_months: float, durations: Mapping[State, tuple[float, float]]) -> float:
    """Mean time from appraisal to the first day of the contract, in months, without a challenge."""
    stages = [State.APPRAISAL, State.PREFERRED, State.SIGNED, State.MOBILISATION]
    if route.competitive:
        stages += [State.NOTICE, State.TENDER, State.EVALUATION, State.STANDSTILL]
    if route.questionnaire:
        stages.append(State.QUESTIONNAIRE)
    if route.dialogue:
        stages.append(State.DIALOGUE)
    months = sum(sum(durations[s]) / 2.0 for s in stages)
    return months + (engagement_months if route.competitive else 0.0)


@dataclass(slots=True, eq=False)
class Lot:
    """Care offered by one procurement, with its budget in pence a year.

    ``commissioner`` buys it, for itself or as lead of several; ``joint``: whether it includes items of others.
    """

    id: int
    commissioner: int
    items: list[ServiceItem]
    reference_cost: int
    budget: int
    round: int
    joint: bool = False


@dataclass(slots=True, eq=False)
class Bid:
    """A priced offer: yearly price in pence, scores in [0, 1] once evaluated.

    The bidder's beliefs are ``believed_rivals``, the number of rivals that bid; ``believed_chance``, to win at a price
    that the commissioner can pay, in [0, 1]; and ``believed_affordable``, pence a year that the commissioner can pay.
    """

    bidder: int
    price: int
    cost_estimate: int
    quality: float
    social_value: float
    integration: float
    markup: float
    risk_premium: int
    believed_rivals: float
    score: float = 0.0
    compliant: bool = True
    believed_chance: float = 1.0
    believed_affordable: int = 0


@dataclass(slots=True, eq=False)
class Procurement:
    """One round of buying a lot, from appraisal to award or failure."""

    id: int
    lot: Lot
    route: Route
    opened: float
    attempt: int
    state: State = State.APPRAISAL
    history: list[tuple[float, State]] = field(default_factory=list)
    bids: list[Bid] = field(default_factory=list)
    winner: int = -1
    price: int = 0

    def move(self, state: State, now: float) -> None:
        """Enter ``state`` at month ``now``.

        Raises:
            TransitionError: the state machine has no such move.
        """
        if state not in TRANSITIONS[self.state]:
            raise TransitionError(f"procurement {self.id}: {self.state.name} does not lead to {state.name}")
        self.state = state
        self.history.append((now, state))


def price_score(price: float, lowest: float) -> float:
    """Lowest compliant price over price, in (0, 1]."""
    return lowest / price if price > 0 else 1.0


def price_paid(price: int, rivals: Iterable[int], budget: int, *, second: bool) -> int:
    """Pence a year that the winner of a tender is paid.

    Args:
        price: price in its bid.
        rivals: prices of the other compliant bids still in the running, best first.
        budget: highest price the commissioner pays; the second price if there is no other bid in the running.
        second: whether it is paid the next best price (Vickrey 1961) instead of its own.
    """
    return max(price, next(iter(rivals), budget)) if second else price


def award_points(
    policy: PolicySpec, price: float, lowest: float, quality: float, social_value: float, integration: float
) -> float:
    """Points of a bid by the award criteria, in [0, 1]: the weighted sum of its scores.

    Args:
        policy: terms of the tender, with the weight of each criterion.
        price: the bid's price.
        lowest: lowest price among the compliant bids, in the same unit.
        quality, social_value, integration: the bid's other scores, in [0, 1].
    """
    return (
        policy.weight_price * price_score(price, lowest)
        + policy.weight_quality * quality
        + policy.weight_social_value * social_value
        + policy.weight_integration * integration
    )


def score_bids(bids: list[Bid], policy: PolicySpec) -> list[Bid]:
    """Score compliant bids by the award criteria of ``policy`` and return them, best first.

    Bids with ``compliant`` False are left out. Equal scores go to the cheaper bid, then to the earlier registered
    bidder.
    """
    compliant = [b for b in bids if b.compliant]
    if not compliant:
        return []
    lowest = min(b.price for b in compliant)
    for bid in compliant:
        bid.score = award_points(policy, bid.price, lowest, bid.quality, bid.social_value, bid.integration)
    return sorted(compliant, key=lambda b: (-b.score, b.price, b.bidder))
