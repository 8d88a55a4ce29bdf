"""Money is conserved to the penny, and a posting that breaks the books is caught."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caremarket.market.errors import LedgerError
from caremarket.market.ledger import ENTERS, INTERNAL, LEAVES, WORLD, Ledger, Reason, split_pence

ACCOUNTS = 4
amounts = st.integers(min_value=0, max_value=10**13)
accounts = st.integers(min_value=1, max_value=ACCOUNTS)


@st.composite
def postings(draw: st.DrawFn) -> tuple[int, int, int, Reason]:
    """Payer, payee, amount and reason, of a kind the market makes."""
    reason = draw(st.sampled_from(list(Reason)))
    payer, payee = draw(st.lists(accounts, min_size=2, max_size=2, unique=True))
    if reason in ENTERS:
        payer = WORLD
    elif reason in LEAVES:
        payee = WORLD
    return payer, payee, draw(amounts), reason


def opened(*, journal: bool = False) -> Ledger:
    ledger = Ledger(journal=journal)
    for n in range(ACCOUNTS):
        ledger.open_account(f"a{n}")
    return ledger


def test_every_reason_enters_leaves_or_stays_inside() -> None:
    assert set(Reason) == ENTERS | LEAVES | INTERNAL
    assert not (ENTERS & LEAVES)


def test_what_one_pays_another_gets() -> None:
    ledger = opened()
    ledger.post(0.0, WORLD, 1, 1_000, Reason.ALLOCATION)
    ledger.post(1.0, 1, 2, 400, Reason.CONTRACT_PAYMENT, 7)
    ledger.post(2.0, 2, WORLD, 150, Reason.CARE, 7)
    assert ledger.balances == [-850, 600, 250, 0, 0]
    assert (ledger.entered(), ledger.left()) == (1_000, 150)
    assert ledger.totals[Reason.CONTRACT_PAYMENT] == 400
    ledger.check()


@given(st.lists(postings(), max_size=60))
def test_what_is_held_is_what_entered_less_what_left(made: list[tuple[int, int, int, Reason]]) -> None:
    ledger = opened(journal=True)
    for n, (payer, payee, amount, reason) in enumerate(made):
        ledger.post(float(n), payer, payee, amount, reason, n)
    ledger.check()
    assert ledger.imbalance() == 0
    assert sum(ledger.balances[1:]) == ledger.entered() - ledger.left()
    assert ledger.journal is not None
    assert [p[5] for p in ledger.journal] == [amount for _, _, amount, _ in made if amount]
    for account in range(1, ACCOUNTS + 1):
        received = sum(p[5] for p in ledger.journal if p[2] == account)
        assert ledger.balances[account] == received - sum(p[5] for p in ledger.journal if p[1] == account)


def test_a_negative_amount_is_refused_and_moves_nothing() -> None:
    ledger = opened(journal=True)
    with pytest.raises(LedgerError, match="CARE"):
        ledger.post(3.0, 1, WORLD, -1, Reason.CARE)
    assert ledger.balances == [0] * (ACCOUNTS + 1)
    assert ledger.journal == []


def test_zero_is_no_posting() -> None:
    ledger = opened(journal=True)
    ledger.post(0.0, 1, 2, 0, Reason.CONTRACT_PAYMENT)
    assert ledger.journal == []


@given(
    made=st.lists(postings(), min_size=1, max_size=30),
    which=st.data(),
    error=st.integers(min_value=-(10**13), max_value=10**13).filter(bool),
    side=st.sampled_from(["payer", "payee", "both alike", "total"]),
)
def test_a_broken_posting_is_caught(
    made: list[tuple[int, int, int, Reason]], which: Any, error: int, side: str
) -> None:
    """One side wrong, both sides wrong by the same amount, or a tally of what crossed the border wrong."""
    broken = which.draw(st.integers(min_value=0, max_value=len(made) - 1))
    ledger = opened()
    for n, (payer, payee, amount, reason) in enumerate(made):
        ledger.post(float(n), payer, payee, amount, reason)
        if n == broken:
            crossing = reason not in INTERNAL
            if side in {"payer", "both alike"}:
                ledger.balances[payer] -= error
            if side in {"payee", "both alike"} and (side == "payee" or crossing):
                ledger.balances[payee] += error
            if side == "total":
                ledger.totals[reason if crossing else Reason.CARE] += error
    with pytest.raises(LedgerError):
        ledger.check()


@pytest.mark.parametrize("reason", sorted(INTERNAL | LEAVES))
def test_money_that_comes_in_under_another_name_is_caught(reason: Reason) -> None:
    ledger = opened()
    ledger.post(0.0, WORLD, 1, 5, reason)
    with pytest.raises(LedgerError):
        ledger.check()


weights = st.lists(st.floats(min_value=0.0, max_value=1e6), min_size=1, max_size=12).filter(lambda w: sum(w) > 1e-3)


@given(st.integers(min_value=0, max_value=10**12), weights)
def test_a_split_loses_no_penny_and_is_fair_to_one(amount: int, given_weights: list[float]) -> None:
    parts = split_pence(amount, given_weights)
    assert sum(parts) == amount
    total = sum(given_weights)
    for part, weight in zip(parts, given_weights, strict=True):
        assert abs(part - amount * weight / total) <= 1.0 + 1e-9 * amount


def test_a_split_gives_odd_pennies_to_the_largest_remainders() -> None:
    assert split_pence(10, [1.0, 1.0, 1.0]) == [4, 3, 3]
    assert split_pence(100, [0.0, 3.0, 1.0]) == [0, 75, 25]
    assert split_pence(5, [0.1, 0.55, 0.35]) == [0, 3, 2]


@pytest.mark.parametrize("none", [[], [0.0, 0.0]])
def test_a_split_by_nothing_is_refused(none: list[float]) -> None:
    with pytest.raises(ValueError, match="weights"):
        split_pence(10, none)
