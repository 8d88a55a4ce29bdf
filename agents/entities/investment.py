"""An investment in the work of a contract: what it saves, and what is still owed on it (P 2.9.5)."""

from __future__ import annotations

from math import exp
from typing import NamedTuple


class Investment(NamedTuple):
    """Investment in work, for each pound that the work would cost a year without it.

    ``saves`` and ``instalment`` are pounds a year; the debt bears interest at ``charge``, continuously, share a year.
    """

    saves: float
    instalment: float
    charge: float

    @property
    def factor(self) -> float:
        """Yearly cost of the work, instalments included, over its cost without the investment."""
        return 1.0 - self.saves + self.instalment

    def owed(self, years: float) -> float:
        """Debt left ``years`` before the end of the term, for each pound of yearly cost without the investment."""
        return self.instalment * annuity(self.charge, years) if years > 0.0 else 0.0


NOTHING = Investment(0.0, 0.0, 0.0)
"""No investment."""


def annuity(charge: float, years: float) -> float:
    """Present value of a pound a year, paid evenly for some years; interest is continuous."""
    return (1.0 - exp(-charge * years)) / charge if charge > 0.0 else years
