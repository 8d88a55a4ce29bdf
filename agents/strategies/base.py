"""How a bidder turns a cost into a price."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PricingView:
    """What a bidder knows when it sets its markup; costs relative to reference cost (1.0).

    Attributes:
        cost_ratio: its estimated cost over the lot's reference cost.
        own_markup: the margin on cost it is used to.
        bidders: how many bidders it believes in, itself counted.
        belief_low, belief_high: where it believes rivals' cost ratios lie, uniformly.
    """

    cost_ratio: float
    own_markup: float
    bidders: float
    belief_low: float
    belief_high: float


@dataclass(frozen=True, slots=True)
class PricingStrategy:
    """A pluggable strategy: ``markup`` returns the margin on cost, at least zero."""

    name: str
    source: str
    markup: Callable[[PricingView], float]
