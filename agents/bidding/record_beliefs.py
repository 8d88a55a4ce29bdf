"""Beliefs of a bidder about rivals and budget from the public record, for strategies that respond to them."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp
from typing import TYPE_CHECKING

from caremarket.agents.entities.contest import other_points
from caremarket.agents.strategies import Opportunity
from caremarket.market.offers import at, best_price

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from caremarket.agents.entities.contest import Contest
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.tender import Tender


@dataclass(frozen=True, slots=True)
class RecordBeliefs:
    """A tender as one bidder sees it that knows the public record.

    Attributes:
        contest: beliefs common to all bidders.
        table: chance to win at each point of the grid of effective prices.
        scale: effective price for each penny of price, given its points for other criteria.
    """

    contest: Contest
    table: Sequence[float]
    scale: float

    @property
    def rivals(self) -> float:
        """Number of rivals that it expects to bid."""
        return self.contest.rivals

    @property
    def payable(self) -> float:
        """Price that it believes the commissioner can pay, pence a year."""
        return self.contest.budget.mean

    def chance(self, price: float) -> float:
        """Probability to score highest with a price, pence a year."""
        return at(self.table, price * self.scale)

    def affordable(self, price: float) -> float:
        """Probability that the commissioner can pay a price, pence a year."""
        return self.contest.budget.chance(price)

    def with_points(self, points: float) -> RecordBeliefs:
        """The same with more points for other criteria."""
        return RecordBeliefs(self.contest, self.table, self.scale * exp(-points / self.contest.sharpness))

    def opportunity(self, floor: float, *, second_price: bool) -> Opportunity:
        """The tender as a strategy prices it; ``floor`` is the price at which winning and losing are worth the same."""
        budget = self.contest.budget
        return Opportunity(self.table, self.scale, floor, budget.ceiling, budget.chance, second_price)

    def surplus(self, floor: float, enough: float) -> float:
        """Expected surplus at the best price, pence a year; at the first price found where it exceeds ``enough``."""
        budget = self.contest.budget
        middle = 0.5 * (floor + budget.mean)
        worth = self.chance(middle) * budget.chance(middle) * (middle - floor)
        if worth > enough or budget.ceiling - floor <= enough:
            return worth
        return best_price(self.table, self.scale, floor, budget.ceiling, budget.chance)[1]


def record_beliefs(
    bidder: Provider,
    members: Iterable[Provider],
    tender: Tender,
    quality: float,
    social_value: float,
    integration: float,
) -> RecordBeliefs:
    """Beliefs of a bidder, alone or as lead of the members of a consortium, with these scores in [0, 1]."""
    contest = contest_of(tender)
    holders = tender.holders
    return RecordBeliefs(
        contest,
        contest.as_holder if holders and any(m.index in holders for m in members) else contest.among_all,
        contest.scale(expected_points(bidder, tender, quality, social_value, integration)),
    )


def contest_of(tender: Tender) -> Contest:
    """Beliefs of the tender's bidders about their rivals, worked out once for each stage of the tender."""
    contest = tender.contest
    if contest is None:
        contest = tender.contest = tender.model.offers.contest(tender)
    return contest


def expected_points(bidder: Provider, tender: Tender, quality: float, social_value: float, integration: float) -> float:
    """Points for criteria other than price that a bidder expects, given its scores in [0, 1].

    It knows how well it writes, and how far an unskilled panel rewards that.
    """
    gloss = tender.model.scenario_data.behaviour.bid_writing_gloss * (bidder.skill - 0.5)
    judged = quality + (1.0 - tender.commissioner.skill) * gloss
    judged = 0.0 if judged < 0.0 else 1.0 if judged > 1.0 else judged
    return other_points(tender.policy, judged, social_value, integration)
