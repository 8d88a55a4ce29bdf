"""Counts activity delivered over a run, in reference cost (docs/measures.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass


class ActivityTally:
    """Pence of reference cost over the run: planned, needed and done, by whomever; severe cases turned away."""

    __slots__ = ("_severe_cost", "acute_done", "acute_planned", "done", "needed", "refused")

    def __init__(self, severe_cost: float) -> None:
        self._severe_cost = severe_cost
        self.needed = 0.0
        self.done = 0.0
        self.acute_planned = 0.0
        self.acute_done = 0.0
        self.refused = 0.0

    def delivered(
        self, years: float, needed: float, done: float, acute_planned: float, acute_done: float, refused: float
    ) -> None:
        """Count what was delivered under a contract in a while; figures are yearly rates."""
        self.needed += needed * years
        self.done += done * years
        self.acute_planned += acute_planned * years
        self.acute_done += acute_done * years
        self.refused += refused * years

    def treated(self) -> float:
        """Cases treated, weighed as if all were of usual severity: fewer cases than pence are turned away."""
        return self.needed - self.refused / self._severe_cost
