"""Procurement as a state machine: states, legal moves, routes with their stages, and how bids are scored."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

from market.errors import TransitionError

if TYPE_CHECKING:
    from market.pathways import ServiceItem


class State(IntEnum):
    """Where a procurement stands."""

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


FINAL = frozenset({State.LIVE, State.NO_BIDS, State.ONE_BID, State.OVER_BUDGET, State.WITHDRAWN})

TRANSITIONS: dict[State, frozenset[State]] = {
    State.APPRAISAL: frozenset({State.ENGAGEMENT, State.NOTICE, State.TENDER, State.PREFERRED, State.NO_BIDS}),
    State.ENGAGEMENT: frozenset({State.NOTICE}),
    State.NOTICE: frozenset({State.QUESTIONNAIRE, State.TENDER, State.NO_BIDS}),
    State.QUESTIONNAIRE: frozenset({State.TENDER, State.PREFERRED, State.NO_BIDS}),
    State.TENDER: frozenset({State.EVALUATION, State.NO_BIDS}),
    State.EVALUATION: frozenset({State.PREFERRED, State.ONE_BID, State.OVER_BUDGET}),
    State.PREFERRED: frozenset({State.STANDSTILL, State.SIGNED, State.WITHDRAWN}),
    State.STANDSTILL: frozenset({State.SIGNED, State.WITHDRAWN}),
    State.SIGNED: frozenset({State.MOBILISATION}),
    State.MOBILISATION: frozenset({State.LIVE, State.WITHDRAWN}),
} | {state: frozenset() for state in FINAL}


@dataclass(frozen=True, slots=True)
class Route:
    """A procurement route.

    Attributes:
        name: name in configuration and tables.
        competitive: whether there is a notice that anyone may answer.
        questionnaire: whether bidders are selected before they are invited to tender.
        shortlist: most bidders invited after the questionnaire.
        cost_multiple: cost of bidding relative to a single-stage tender (K: dearer routes are more complex).
        commissioner_cost_multiple: the same for the commissioner (P 4.7).
    """

    name: str
    competitive: bool
    questionnaire: bool
    shortlist: int
    cost_multiple: float
    commissioner_cost_multiple: float


ROUTES: dict[str, Route] = {
    r.name: r
    for r in (
        Route("direct_award", False, False, 1, 0.25, 0.25),
        Route("single_stage", True, False, 0, 1.0, 1.0),
        Route("two_stage", True, True, 6, 1.5, 1.5),
        # Qualified before: a short paper among the members of a framework (C).
        Route("call_off", True, False, 0, 0.4, 0.3),
        # A form and a visit, no price to work out; the commissioner checks each applicant.
        Route("any_qualified_provider", True, True, 0, 0.3, 1.0),
    )
}

DURATIONS: dict[State, tuple[float, float]] = {
    State.APPRAISAL: (2.0, 4.0),
    State.NOTICE: (0.2, 0.4),
    State.QUESTIONNAIRE: (1.0, 2.0),
    State.TENDER: (2.0, 4.0),
    State.EVALUATION: (1.0, 2.0),
    State.PREFERRED: (0.1, 0.3),
    State.STANDSTILL: (10 / 30.4, 10 / 30.4),
    State.SIGNED: (0.2, 0.6),
    State.MOBILISATION: (3.0, 6.0),
}
"""Shortest and longest stay in a state, months, uniform in between (docs/model.md, Time and events)."""


def expected_months(route: Route, engagement_months: float) -> float:
    """Mean time from appraisal to the first day of the contract, in months."""
    stages = [State.APPRAISAL, State.PREFERRED, State.SIGNED, State.MOBILISATION]
    if route.competitive:
        stages += [State.NOTICE, State.TENDER, State.EVALUATION, State.STANDSTILL]
    if route.questionnaire:
        stages.append(State.QUESTIONNAIRE)
    months = sum(sum(DURATIONS[s]) / 2.0 for s in stages)
    return months + (engagement_months if route.competitive else 0.0)


@dataclass(slots=True, eq=False)
class Lot:
    """What one procurement offers: items of one commissioner, with the budget in pence a year."""

    id: int
    commissioner: int
    items: list[ServiceItem]
    reference_cost: int
    budget: int
    round: int


@dataclass(slots=True, eq=False)
class Bid:
    """A priced offer: yearly price in pence, scores in [0, 1] once evaluated."""

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


def score_bids(bids: list[Bid], *, price: float, quality: float, social_value: float, integration: float) -> list[Bid]:
    """Score compliant bids by the award criteria and return them, best first.

    Args:
        bids: bids of one tender; those with ``compliant`` False are left out.
        price, quality, social_value, integration: weights, summing to one.

    Equal scores go to the cheaper bid, then to the earlier registered bidder.
    """
    compliant = [b for b in bids if b.compliant]
    if not compliant:
        return []
    lowest = min(b.price for b in compliant)
    for bid in compliant:
        bid.score = (
            price * price_score(bid.price, lowest)
            + quality * bid.quality
            + social_value * bid.social_value
            + integration * bid.integration
        )
    return sorted(compliant, key=lambda b: (-b.score, b.price, b.bidder))
