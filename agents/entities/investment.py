"""An investment in the work of a contract: its saving and the debt on it (P 2.9.5)."""

from __future__ import annotations

from math import exp
from typing import NamedTuple


class Investment(NamedTuple):
    """Investment in work, for each pound of its yearly cost without the investment.

    ``saves`` and ``instalment`` are pounds a year; ``interest`` is the continuous interest rate a year on the debt.
    """

    saves: float
    instalment: float
    interest: float

    @property
    def factor(self) -> float:
        """Yearly cost of the work, instalments included, over its cost without the investment."""
        return 1.0 - self.saves + self.instalment

    def owed(self, years: float) -> float:
        """Debt left ``years`` before the end of the term, for each pound of yearly cost without the investment."""
        return self.instalment * annuity(self.interest, years) if years > 0.0 else 0.0


NOTHING = Investment(0.0, 0.0, 0.0)
"""No investment."""


def annuity(interest: float, years: float) -> float:
    """Present value of a pound a year, paid evenly for ``years``, at a continuous ``interest`` rate a year."""
    return (1.0 - exp(-interest * years)) / interest if interest > 0.0 else years
