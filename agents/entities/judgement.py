"""A commissioner's judgement of the lasting performance of a deliverer, from the reports it has received.

Performance above the standard is a lasting level plus a passing deviation, which fades from quarter to quarter. A
single report cannot tell the two apart. From report to report a commissioner learns which share of a failing will last.
"""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

_NORMAL = NormalDist()
_QUARTER = 3.0
_LEAST_VARIANCE = 1e-12


class Judgement:
    """Normal belief about the lasting level of performance above the standard, by Bayes' rule.

    With ``phi`` the share of a passing deviation left since the last report, ``report - phi * last report`` has mean
    ``(1 - phi) * level`` and variance ``(1 - phi^2) * variance of deviations``. Reports soon after each other therefore
    say little that is new.

    Args:
        usual: level that the deliverer's quality leads one to expect.
        service_sd: standard deviation of the lasting level around it.
        form_sd: standard deviation of the passing deviation.
        persistence: share of a passing deviation that is left after a quarter.

    Attributes:
        level: expected lasting level above the standard.
        precision: one over the variance of that expectation.
    """

    __slots__ = ("_month", "_persistence", "_report", "_variance", "level", "precision")

    def __init__(self, usual: float, service_sd: float, form_sd: float, persistence: float) -> None:
        self.level = usual
        self.precision = 1.0 / max(_LEAST_VARIANCE, service_sd * service_sd)
        self._variance = max(_LEAST_VARIANCE, form_sd * form_sd)
        self._persistence = persistence
        self._report: float | None = None
        self._month = 0.0

    def _left(self, months: float) -> float:
        """Share of a passing deviation that is left after some months."""
        return float(self._persistence ** (months / _QUARTER))

    def hear(self, report: float, month: float) -> None:
        """Learn from a report of performance above the standard; another within half a quarter says the same."""
        left = before = 0.0
        if self._report is not None:
            if month - self._month < _QUARTER / 2.0:
                return
            before, left = self._report, self._left(month - self._month)
        weight = (1.0 - left) / ((1.0 + left) * self._variance)
        lasting = (report - left * before) / (1.0 - left)
        self.level = (self.precision * self.level + weight * lasting) / (self.precision + weight)
        self.precision += weight
        self._report = report
        self._month = month

    def expect_gain(self, gain: float) -> None:
        """Expect level and reports to be higher by ``gain`` from now on: a remedial plan is being carried out."""
        self.level += gain
        if self._report is not None:
            self._report += gain

    # Expectations ---------------------------------------------------------------------------------------

    @property
    def chance_lasting(self) -> float:
        """Probability that the lasting level is below the standard, in [0, 1]."""
        return _NORMAL.cdf(-self.level * sqrt(self.precision))

    def chance_failing(self, months: float) -> float:
        """Probability that performance is below the standard ``months`` after the last report, in [0, 1]."""
        left = 0.0 if self._report is None else self._left(months)
        deviation = 0.0 if self._report is None else self._report - self.level
        variance = (1.0 - left) ** 2 / self.precision + self._variance * (1.0 - left * left)
        mean = self.level + left * deviation
        return _NORMAL.cdf(-mean / sqrt(max(_LEAST_VARIANCE, variance)))

    def failing_years(self, years: float) -> float:
        """Expected time below the standard in the next ``years``, in years."""
        expected = done = 0.0
        while done < years:
            step = min(0.25, years - done)
            expected += step * self.chance_failing(12.0 * (done + step / 2.0))
            done += step
        return expected
