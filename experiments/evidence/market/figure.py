"""A figure of the market: how it is found, the bar it is held to, and its verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from caremarket.experiments.evidence.market.runs import Runs

WITHIN, OUTSIDE, UNDECIDED, TOO_FEW, UNMEASURED, SHOWN = (
    "within",
    "outside",
    "undecided",
    "too few",
    "unmeasured",
    "no bar",
)
VERDICTS = (WITHIN, OUTSIDE, UNDECIDED, TOO_FEW, UNMEASURED, SHOWN)

SHARE, NUMBER, RATIO, MILLIONS = "share", "number", "ratio", "million pounds"
"""Units of figures, which say how they are shown."""


@dataclass(frozen=True, slots=True)
class Found:
    """An estimate with its 95% interval.

    Attributes:
        value: the estimate; None if there was nothing to measure.
        low, high: ends of its interval; None with fewer than two seeds.
        count: observations behind it: tenders, bids, or seeds.
    """

    value: float | None
    low: float | None
    high: float | None
    count: int


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    Attributes:
        id: the point of the design it belongs to, such as ``1a``, and its place there.
        name: what is measured.
        unit: how it is shown.
        find: finds it in the runs.
        says: what right behaviour is.
        source: source of that statement.
        bar_low, bar_high: the bar; None where it has no such side.
        sure: whether the whole interval has to be inside the bar, as for a claim about a sign.
        least: fewest observations for a verdict.
    """

    id: str
    name: str
    unit: str
    find: Callable[[Runs], Found]
    says: str
    source: str
    bar_low: float | None = None
    bar_high: float | None = None
    sure: bool = False
    least: int = 1

    def verdict(self, found: Found) -> str:
        """One of :data:`VERDICTS`.

        ``within`` if the estimate is inside the bar and, where the whole interval has to be (``sure``), the interval as
        well; ``undecided`` if only the estimate is inside where the interval has to be; otherwise ``outside``.
        """
        if found.value is None:
            return UNMEASURED
        if self.bar_low is None and self.bar_high is None:
            return SHOWN
        if found.count < self.least:
            return TOO_FEW
        if not self._inside(found.value):
            return OUTSIDE
        if self.sure and not all(end is not None and self._inside(end) for end in (found.low, found.high)):
            return UNDECIDED
        return WITHIN

    def _inside(self, value: float) -> bool:
        """True if the value is inside the bar; a bar on a sign (``sure``) does not include its own end."""
        low, high = self.bar_low, self.bar_high
        if self.sure:
            return (low is None or value > low) and (high is None or value < high)
        return (low is None or value >= low) and (high is None or value <= high)

    def row(self, runs: Runs) -> dict[str, Any]:
        """The figure as a row of results."""
        found = self.find(runs)
        return {
            "id": self.id,
            "name": self.name,
            "verdict": self.verdict(found),
            "found": found.value,
            "low": found.low,
            "high": found.high,
            "bar_low": self.bar_low,
            "bar_high": self.bar_high,
            "sure": self.sure,
            "unit": self.unit,
            "count": found.count,
            "runs": runs.seeds,
            "says": self.says,
            "source": self.source,
        }
