"""A commissioner's plan for a year: what it may spend, what it expects to spend, and what follows for its next lots."""

from __future__ import annotations


class BudgetPlan:
    """A plan for the twelve months from ``made``; all sums in pence.

    Attributes:
        made: month in which it was made.
        allocation: allocation of the year.
        carried: surplus (above 0) or deficit (below 0) carried over from earlier years.
        contingency: part of the allocation kept for what is not foreseen.
        repayment: part of a carried deficit to be repaid this year.
        committed: spending under contracts in force until they end.
        due: spending on services to be bought within the year, at the usual price.
        beyond: other spending, net of other income: procurement and management of contracts, care elsewhere.
        cut: share of the usual price by which it lowers its offers to reach balance; 0 without a deficit.
        uncovered: part of the shortfall that no lower offer can recover, pence a year.
        open_spending: usual price of the services that fall due within the recovery period, pence a year.
        headroom: pence a year it can still add to its budgets; 0 in deficit.
    """

    __slots__ = (
        "allocation",
        "beyond",
        "carried",
        "committed",
        "contingency",
        "cut",
        "due",
        "headroom",
        "made",
        "open_spending",
        "repayment",
        "uncovered",
    )

    def __init__(
        self,
        made: float,
        *,
        allocation: int,
        carried: int,
        contingency: float,
        repayment: float,
        committed: float,
        due: float,
        beyond: float,
    ) -> None:
        self.made = made
        self.allocation = allocation
        self.carried = carried
        self.contingency = contingency
        self.repayment = repayment
        self.committed = committed
        self.due = due
        self.beyond = beyond
        self.cut = 0.0
        self.uncovered = 0.0
        self.open_spending = 0.0
        self.headroom = max(0.0, -self.shortfall)

    @property
    def spending(self) -> float:
        """Forecast spending of the year."""
        return self.committed + self.due + self.beyond

    @property
    def shortfall(self) -> float:
        """Forecast spending beyond what it may spend, pence a year; below 0 in surplus."""
        return self.spending + self.contingency + self.repayment - self.allocation

    @property
    def in_deficit(self) -> bool:
        """True if it must spend less than it would."""
        return self.shortfall > 0.0
