"""Counts activity delivered over a run, in reference cost (docs/measures.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass


class ActivityTally:
    """Pence of reference cost over the run: planned, needed, done by any provider, and severe cases refused."""

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
        """Add activity under a contract over ``years``; the other arguments are in pence a year."""
        self.needed += needed * years
        self.done += done * years
        self.acute_planned += acute_planned * years
        self.acute_done += acute_done * years
        self.refused += refused * years

    def treated(self) -> float:
        """Cases treated, counted at usual severity: refused severe cases cost more, so pence overstate their number."""
        return self.needed - self.refused / self._severe_cost
