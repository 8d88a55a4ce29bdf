"""Interfaces of pricing strategies and of learners."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Protocol

from caremarket.market.errors import VariantError
from caremarket.market.validation import check_record

if TYPE_CHECKING:
    from caremarket.market.parameters.learning import LearningParameters


@dataclass(frozen=True, slots=True)
class PricingView:
    """Information a bidder has when it sets its markup; costs are relative to reference cost (1.0).

    Attributes:
        cost_ratio: its estimated cost divided by the lot's reference cost.
        own_markup: its usual margin on cost.
        bidders: number of bidders it expects, itself included.
        belief_low, belief_high: bounds of its uniform belief about rivals' cost ratios.
        second_price: True if the winner is paid the next best price instead of its own.
    """

    cost_ratio: float
    own_markup: float
    bidders: float
    belief_low: float
    belief_high: float
    second_price: bool = False


@dataclass(frozen=True, slots=True)
class Opportunity:
    """A tender, or a part of one, as a bidder prices it. Prices are pence a year.

    Attributes:
        chance: believed chance to win at each point of the grid of effective prices (:mod:`caremarket.market.offers`).
        scale: effective price, in multiples of the budget, for each penny of price.
        floor: price at which winning and losing are worth the same.
        ceiling: highest price that it may ask.
        affordable: believed probability that the commissioner can pay a price.
        second_price: True if the winner is paid the next best price instead of its own.
    """

    chance: Sequence[float]
    scale: float
    floor: float
    ceiling: float
    affordable: Callable[[float], float]
    second_price: bool = False


class Learner(Protocol):
    """State of one provider's learning. Options are the markups of a grid in order; the last option is not to bid."""

    def choose(self, view: PricingView, u: float) -> int:
        """Option chosen at a uniform draw ``u`` in (0, 1)."""
        ...

    def markups(self, view: PricingView) -> list[float]:
        """Margin on cost of each option except not bidding."""
        ...

    def learn(self, chosen: int, payoffs: list[float]) -> None:
        """Learn from each option's actual or foregone payoff, as a share of the lot's yearly reference cost."""
        ...


@dataclass(frozen=True, slots=True)
class PricingStrategy:
    """A pluggable strategy: ``price`` returns the price asked, or ``markup`` the margin on cost, at least zero.

    A price that comes from a markup may be lowered to the usual or affordable price. A strategy itself has no memory.
    A learning strategy creates one ``learner`` per provider, which decides in tenders; ``markup`` then applies where
    there is no competition to learn from.

    Raises:
        ValueError: a field is of the wrong type, or not exactly one of ``markup`` and ``price`` is given.
    """

    name: str
    source: str
    markup: Callable[[PricingView], float] | None = None
    price: Callable[[Opportunity], float] | None = None
    learner: Callable[[LearningParameters], Learner] | None = None

    def __post_init__(self) -> None:
        check_record(PricingStrategy, self, type_names=("LearningParameters",))
        if (self.markup is None) == (self.price is None):
            raise ValueError(f"pricing strategy {self.name!r}: give markup or price, and not both")

    def checked_markup(self, view: PricingView) -> float:
        """Margin on cost.

        Raises:
            VariantError: it is below zero, or no finite number.
        """
        assert self.markup is not None, f"pricing strategy {self.name!r} sets a price"
        markup = self.markup(view)
        if not (isinstance(markup, float | int) and 0.0 <= markup < inf):
            raise VariantError(f"pricing strategy {self.name!r}: its markup is {markup!r}; allowed: zero or more")
        return markup
