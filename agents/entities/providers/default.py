"""A provider's default under a contract, as the commissioner remembers it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Default:
    """The end of a contract by default of its holder.

    Attributes:
        month: month in which the contract ended.
        gravity: probability, in [0, 1], that what went wrong is a lasting fault of the provider.
        settled: whether the damages were paid in full, without which there is no self-cleaning.
        good_years: contract-years without a known failure that it has served the commissioner since.
    """

    month: float
    gravity: float
    settled: bool
    good_years: int = 0

    def weight(self, month: float, spent_after: float) -> float:
        """Probability, in [0, 1], that the fault is still there in ``month``; 0 from ``spent_after`` months on.

        It falls in a straight line with time for a provider that has settled, and by a rule of succession with
        every good year: of ``1 + good_years`` years that the commissioner knows of, one was bad.
        """
        passed = month - self.month
        if passed >= spent_after:
            return 0.0
        left = 1.0 - passed / spent_after if self.settled else 1.0
        return self.gravity * left / (1.0 + self.good_years)
