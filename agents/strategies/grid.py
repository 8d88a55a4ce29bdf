"""Shared parts of learning strategies: a grid of markups, and a draw of an option by weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caremarket.agents.strategies.base import PricingView
    from caremarket.market.parameters.learning import LearningParameters


def used_to(view: PricingView) -> float:
    """The organisation's usual margin on cost, used where there is no competition to learn from."""
    return view.own_markup


class MarkupGrid:
    """The options of a learner: the markups of a grid and, last, not to bid.

    Steps of the grid are margins on cost. With ``markup_scale`` ``room`` they are shares of the gap between own cost
    and the highest cost a rival is believed to have. On that scale the first-price equilibrium for uniform costs is
    one option, ``1/n``, at any cost.
    """

    __slots__ = ("_room", "_steps", "options")

    def __init__(self, parameters: LearningParameters) -> None:
        self._steps = list(parameters.markup_grid)
        self._room = parameters.markup_scale == "room"
        self.options = len(self._steps) + 1

    def markups(self, view: PricingView) -> list[float]:
        """Margin on cost of each step of the grid."""
        if not self._room:
            return self._steps
        cost = view.cost_ratio
        room = max(0.0, view.belief_high / cost - 1.0) if cost > 0.0 else 0.0
        return [step * room for step in self._steps]


def drawn(weights: list[float], u: float) -> int:
    """Position drawn with probability proportional to ``weights``, at a uniform draw ``u``."""
    left = u * sum(weights)
    for position, weight in enumerate(weights):
        left -= weight
        if left <= 0.0:
            return position
    return len(weights) - 1
