"""The double-entry ledger: integer pence, every posting with time, payer, payee, contract and reason.

Money enters only from the world's source accounts (allocations, outside income, rescue, equity, creditors of the
insolvent) and leaves only into its sinks (cost of care, overhead, bid costs, transaction cost, outside cost,
write-offs, allocation returned). The books keep two independent totals: balances by account and amounts by reason.
They must always agree: money held by organisations is money that entered minus money that left.
"""

from __future__ import annotations

from enum import IntEnum

from caremarket.market.errors import LedgerError

WORLD = 0
"""The account of everything outside the market; money enters and leaves through it."""


class Reason(IntEnum):
    """Reason for a payment. Numbers are part of recorded tables: append, never renumber."""

    ALLOCATION = 0
    OUTSIDE_INCOME = 1
    RESCUE = 2
    EQUITY = 3
    CREDITORS = 4
    CARE = 5
    FIXED_COST = 6
    OUTSIDE_COST = 7
    BID_COST = 8
    TRANSACTION = 9
    MANAGEMENT = 10
    WRITE_OFF = 11
    RETURNED_EQUITY = 12
    CONTRACT_PAYMENT = 13
    OUTCOME_PAYMENT = 14
    SUBCONTRACT_PAYMENT = 15
    MANAGEMENT_FEE = 16
    FINE = 17
    DIVIDEND = 18
    OUTCOME_PASSED_ON = 19
    OVERHEAD = 20
    GAIN_SHARE = 21
    PAIN_SHARE = 22
    POOLED_GAIN = 23
    STAFF_TRANSFER = 24
    REMEDIAL_PLAN = 25
    WITHHELD_RELEASED = 26
    DAMAGES = 27
    GUARANTEE = 28
    SPONSOR_EQUITY = 29
    SPONSOR_RETURN = 30
    JOINT_CONTRIBUTION = 31
    CHALLENGE_COST = 32
    CORE_CONTRACT = 33
    ENHANCED_SERVICE = 34
    QUALITY_FRAMEWORK = 35
    QUALITY_PREMIUM = 36
    PRACTICE_COST = 37
    HIRING = 38
    PARTNERS_INCOME = 39
    POOLED_STAFF = 40
    CARE_ELSEWHERE = 41
    SAME_OUTCOME_TWICE = 42
    CLAWBACK = 43
    REGULATORY_FINE = 44
    MERGED_BALANCE = 45
    INVESTMENT_LOST = 46
    ENTRY_COST = 47
    ALLOCATION_RETURNED = 48
    WAITING_CARE = 49


ENTERS = frozenset({Reason.ALLOCATION, Reason.OUTSIDE_INCOME, Reason.RESCUE, Reason.EQUITY, Reason.CREDITORS})
LEAVES = frozenset(
    {
        Reason.CARE,
        Reason.FIXED_COST,
        Reason.OUTSIDE_COST,
        Reason.BID_COST,
        Reason.ENTRY_COST,
        Reason.TRANSACTION,
        Reason.MANAGEMENT,
        Reason.WRITE_OFF,
        Reason.RETURNED_EQUITY,
        Reason.OVERHEAD,
        Reason.STAFF_TRANSFER,
        Reason.REMEDIAL_PLAN,
        Reason.CHALLENGE_COST,
        Reason.PRACTICE_COST,
        Reason.HIRING,
        Reason.PARTNERS_INCOME,
        Reason.CARE_ELSEWHERE,
        Reason.REGULATORY_FINE,
        Reason.INVESTMENT_LOST,
        Reason.ALLOCATION_RETURNED,
        Reason.WAITING_CARE,
    }
)
INTERNAL = frozenset(Reason) - ENTERS - LEAVES

Posting = tuple[float, int, int, int, int, int]
"""(time in months, payer account, payee account, contract id or -1, reason, amount in pence)."""


class Ledger:
    """Accounts and postings of one run.

    Attributes:
        balances: pence by account; index 0 is the world and mirrors all others.
        totals: pence posted by :class:`Reason`.
        journal: every posting, or None if postings are not recorded.
    """

    __slots__ = ("balances", "journal", "names", "totals")

    def __init__(self, *, journal: bool = False) -> None:
        self.names: list[str] = ["world"]
        self.balances: list[int] = [0]
        self.totals: list[int] = [0] * len(Reason)
        self.journal: list[Posting] | None = [] if journal else None

    def open_account(self, name: str) -> int:
        """Open an account with a zero balance and return its number."""
        self.names.append(name)
        self.balances.append(0)
        return len(self.balances) - 1

    def post(self, time: float, payer: int, payee: int, amount: int, reason: int, contract: int = -1) -> None:
        """Move ``amount`` pence from ``payer`` to ``payee``. Zero is not posted.

        Raises:
            LedgerError: the amount is negative.
        """
        if amount <= 0:
            if amount == 0:
                return
            raise LedgerError(f"negative posting of {amount} pence for {Reason(reason).name} at month {time:g}")
        balances = self.balances
        balances[payer] -= amount
        balances[payee] += amount
        self.totals[reason] += amount
        if self.journal is not None:
            self.journal.append((time, payer, payee, contract, reason, amount))

    def entered(self) -> int:
        """Pence that have entered the market so far."""
        return sum(self.totals[r] for r in ENTERS)

    def left(self) -> int:
        """Pence that have left the market so far."""
        return sum(self.totals[r] for r in LEAVES)

    def imbalance(self) -> int:
        """Pence held by organisations, less pence entered, plus pence left: zero unless the books are wrong."""
        held = sum(self.balances) - self.balances[WORLD]
        return held - self.entered() + self.left()

    def check(self) -> None:
        """Raise :class:`LedgerError` unless the books balance, both by account and by reason."""
        total = sum(self.balances)
        if total:
            raise LedgerError(f"accounts sum to {total} pence instead of zero")
        imbalance = self.imbalance()
        if imbalance:
            raise LedgerError(f"organisations hold {imbalance} pence that neither entered nor left")


def split_pence(amount: int, weights: list[float]) -> list[int]:
    """Split ``amount`` pence by ``weights`` so that the parts sum to it exactly (largest remainders first).

    Raises:
        ValueError: no weight is above zero.
    """
    total = sum(weights)
    if total <= 0:
        raise ValueError("weights must sum to more than zero")
    exact = [amount * w / total for w in weights]
    parts = [int(e) for e in exact]
    rest = amount - sum(parts)
    order = sorted(range(len(weights)), key=lambda i: (parts[i] - exact[i], i))
    step = 1 if rest > 0 else -1
    for position in range(abs(rest)):
        parts[order[position % len(order)]] += step
    return parts
