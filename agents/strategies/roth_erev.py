"""Reinforcement learning: options that paid are chosen more often (Roth and Erev 1995; Erev and Roth 1998)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.strategies.base import PricingStrategy, PricingView
from caremarket.agents.strategies.grid import MarkupGrid, drawn, used_to

if TYPE_CHECKING:
    from caremarket.market.parameters.learning import LearningParameters

SMALLEST = 1e-12
"""Lowest propensity. Propensities stay above zero, so that every option remains possible."""


class RothErevLearner:
    """Propensities ``q``: they fall by ``forgetting`` and rise by the payoff above the worst payoff seen so far.

    A share ``experimentation`` of the reinforcement goes to the neighbouring markups. The probability of an option is
    its propensity divided by their sum.
    """

    __slots__ = ("_experimentation", "_forgetting", "_grid", "_worst", "propensities")

    def __init__(self, parameters: LearningParameters) -> None:
        self._grid = MarkupGrid(parameters)
        self._forgetting = parameters.forgetting
        self._experimentation = parameters.experimentation
        self._worst = 0.0
        self.propensities = [parameters.initial_propensity] * self._grid.options

    def markups(self, view: PricingView) -> list[float]:
        """Margin on cost of each option except not bidding."""
        return self._grid.markups(view)

    def choose(self, view: PricingView, u: float) -> int:
        """Option drawn with probability proportional to its propensity."""
        return drawn(self.propensities, u)

    def learn(self, chosen: int, payoffs: list[float]) -> None:
        """Reinforce the chosen option by its payoff; foregone payoffs of other options are ignored."""
        payoff = payoffs[chosen]
        self._worst = min(self._worst, payoff)
        gain = payoff - self._worst
        kept = 1.0 - self._forgetting
        propensities = [max(SMALLEST, q * kept) for q in self.propensities]
        last_step = self._grid.options - 2
        neighbours = [n for n in (chosen - 1, chosen + 1) if 0 <= n <= last_step] if chosen <= last_step else []
        spread = self._experimentation if neighbours else 0.0
        propensities[chosen] += gain * (1.0 - spread)
        for neighbour in neighbours:
            propensities[neighbour] += gain * spread / len(neighbours)
        self.propensities = propensities


STRATEGY = PricingStrategy(
    name="roth_erev", source="Roth and Erev 1995; Erev and Roth 1998", markup=used_to, learner=RothErevLearner
)
