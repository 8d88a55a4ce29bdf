"""Counts activity delivered over a run, in reference cost (docs/measures.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.market.measures import ratio

if TYPE_CHECKING:
    from caremarket.agents.world.result import Number


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

    def measures(self) -> dict[str, Number]:
        """Activity by what is delivered, and how severe the cases treated are."""
        # A severe case weighs as many cases as it costs: fewer cases than pence are turned away.
        treated = self.needed - self.refused / self._severe_cost
        return {
            "acute_activity_share": ratio(self.acute_done, self.done),
            "acute_activity": ratio(self.acute_done, self.acute_planned),
            "case_mix": ratio(self.needed - self.refused, treated),
        }
