"""Experience-weighted attraction: what would have paid counts beside what has (Camerer and Ho 1999)."""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING

from agents.strategies.base import PricingStrategy, PricingView
from agents.strategies.grid import MarkupGrid, drawn, used_to

if TYPE_CHECKING:
    from market.parameters.learning import LearningParameters


class ExperienceWeightedLearner:
    """Attractions ``A`` and experience ``N``.

    ``N' = phi (1 - kappa) N + 1`` and ``A_j' = (phi N A_j + (delta + (1 - delta) [j taken]) payoff_j) / N'``; an option
    is drawn with probability proportional to ``exp(lambda A_j)``. ``phi`` is 1 - ``forgetting``, ``delta`` the weight
    of what was not earned, ``kappa`` how far attractions add up instead of averaging, ``lambda`` the sensitivity.
    """

    __slots__ = ("_delta", "_grid", "_growth", "_phi", "_sensitivity", "attractions", "experience")

    def __init__(self, parameters: LearningParameters) -> None:
        self._grid = MarkupGrid(parameters)
        self._phi = 1.0 - parameters.attraction_decay
        self._delta = parameters.foregone_weight
        self._growth = 1.0 - parameters.accumulation
        self._sensitivity = parameters.attraction_sensitivity
        self.experience = parameters.initial_experience
        self.attractions = [0.0] * self._grid.options

    def markups(self, view: PricingView) -> list[float]:
        """Margin on cost of each option but staying out."""
        return self._grid.markups(view)

    def choose(self, view: PricingView, u: float) -> int:
        """Option drawn by the logit of its attraction."""
        best = max(self.attractions)
        return drawn([exp(self._sensitivity * (a - best)) for a in self.attractions], u)

    def learn(self, chosen: int, payoffs: list[float]) -> None:
        """Move every attraction by what its option earned or would have earned."""
        before = self._phi * self.experience
        self.experience = before * self._growth + 1.0
        delta = self._delta
        self.attractions = [
            (before * a + (1.0 if n == chosen else delta) * payoff) / self.experience
            for n, (a, payoff) in enumerate(zip(self.attractions, payoffs, strict=True))
        ]


STRATEGY = PricingStrategy(
    name="experience_weighted", source="Camerer and Ho 1999", markup=used_to, learner=ExperienceWeightedLearner
)
