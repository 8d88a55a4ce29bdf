"""How a bidder turns a cost into a price, and how it may learn to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from caremarket.market.parameters.learning import LearningParameters


@dataclass(frozen=True, slots=True)
class PricingView:
    """What a bidder knows when it sets its markup; costs relative to reference cost (1.0).

    Attributes:
        cost_ratio: its estimated cost over the lot's reference cost.
        own_markup: the margin on cost it is used to.
        bidders: how many bidders it believes in, itself counted.
        belief_low, belief_high: where it believes rivals' cost ratios lie, uniformly.
        second_price: whether the winner is paid the next best price instead of its own.
    """

    cost_ratio: float
    own_markup: float
    bidders: float
    belief_low: float
    belief_high: float
    second_price: bool = False


class Learner(Protocol):
    """What one provider has learned. Options are the markups of a grid in order, and last to stay out."""

    def choose(self, view: PricingView, u: float) -> int:
        """Option taken at a uniform draw ``u`` in (0, 1)."""
        ...

    def markups(self, view: PricingView) -> list[float]:
        """Margin on cost of each option but staying out."""
        ...

    def learn(self, chosen: int, payoffs: list[float]) -> None:
        """Take in what each option earned, or would have, as a share of the lot's yearly reference cost."""
        ...


@dataclass(frozen=True, slots=True)
class PricingStrategy:
    """A pluggable strategy: ``markup`` returns the margin on cost, at least zero.

    A strategy itself has no memory. One that learns makes each provider a ``learner`` of its own, which decides in
    tenders; ``markup`` then serves where there is no contest to learn from.
    """

    name: str
    source: str
    markup: Callable[[PricingView], float]
    learner: Callable[[LearningParameters], Learner] | None = None
