"""A tender as a contest: beliefs common to its bidders about rivals, and the chance to win that follows."""

from __future__ import annotations

from dataclasses import dataclass
from math import erf, exp, sqrt
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from caremarket.market.levers import PolicySpec


LEAST_PRICE_WEIGHT = 0.1
"""Weight of price, share of all criteria, with which bidders value points where price has less (assumption)."""


def other_points(policy: PolicySpec, quality: float, social_value: float, integration: float) -> float:
    """Points for the criteria other than price, given the scores in [0, 1]."""
    return (
        policy.weight_quality * quality
        + policy.weight_social_value * social_value
        + policy.weight_integration * integration
    )


_ROOT_TWO = sqrt(2.0)


class Affordability(NamedTuple):
    """Belief about the budget, pence a year: ``mean`` and standard deviation ``sd``; ``ceiling`` is the most to ask."""

    mean: float
    ceiling: float
    sd: float

    def chance(self, price: float) -> float:
        """Probability that the commissioner can pay ``price``, pence a year."""
        if not self.sd:
            return 1.0 if price <= self.mean else 0.0
        return 0.5 * (1.0 + erf((self.mean - price) / (self.sd * _ROOT_TWO)))


@dataclass(frozen=True, slots=True)
class Contest:
    """Beliefs of the bidders of a tender about their rivals, from the public record.

    The effective price of an offer is its price divided by the budget (as believed, until it is known), times
    ``exp(-(points - usual points) / weight of price)``. Of two offers with similar points the one with the lower
    effective price scores higher.

    Attributes:
        rivals: number of rivals expected to bid.
        among_all: chance to win at each point of the grid, for a bidder that does not hold the work now.
        as_holder: the same for a bidder that holds it.
        budget: belief about the budget.
        points: points for criteria other than price that an offer usually gets.
        sharpness: weight of price among the criteria.
    """

    rivals: float
    among_all: Sequence[float]
    as_holder: Sequence[float]
    budget: Affordability
    points: float
    sharpness: float

    def scale(self, points: float) -> float:
        """Effective price for each penny of price of an offer with these points for other criteria."""
        return exp(-(points - self.points) / self.sharpness) / self.budget.mean
