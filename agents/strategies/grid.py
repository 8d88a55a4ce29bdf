"""What learning strategies share: a grid of markups, and drawing an option from weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caremarket.agents.strategies.base import PricingView
    from caremarket.market.parameters.learning import LearningParameters


def used_to(view: PricingView) -> float:
    """The margin the organisation is used to: where nobody competes there is nothing to learn from."""
    return view.own_markup


class MarkupGrid:
    """The options of a learner: markups over a grid and, last, to stay out.

    Steps of the grid are margins on cost, or with ``markup_scale`` ``room`` shares of the room between own cost and
    the highest cost a rival is believed to have. On that scale the first-price equilibrium for uniform costs is one
    option, ``1/n``, whatever the cost.
    """

    __slots__ = ("_room", "_steps", "options")

    def __init__(self, parameters: LearningParameters) -> None:
        self._steps = list(parameters.markup_grid)
        self._room = parameters.markup_scale == "room"
        self.options = len(self._steps) + 1

    def markups(self, view: PricingView) -> list[float]:
        """Margin on cost of each step."""
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
