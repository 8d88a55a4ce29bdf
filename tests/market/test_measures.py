"""Concentration agrees with hand-worked cases (check 5), and behaves as such measures must."""

from __future__ import annotations

from collections.abc import Callable
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caremarket.market.measures import (
    CONCENTRATED,
    HIGHLY_CONCENTRATED,
    concentration_ratio,
    degree_centralisation,
    effective_suppliers,
    entropy,
    gini,
    herfindahl_hirschman_index,
    ratio,
)

values = st.lists(st.floats(min_value=1e-3, max_value=1e9), min_size=1, max_size=30)


def cr1(market: list[float]) -> float | None:
    return concentration_ratio(market, 1)


# Market, then HHI, effective suppliers, CR1, CR2, entropy, Gini, each worked by hand.
HAND_WORKED = [
    ([7.0], 10_000.0, 1.0, 1.0, 1.0, 0.0, 0.0),
    ([5.0, 5.0], 5_000.0, 2.0, 0.5, 1.0, log(2.0), 0.0),
    ([25.0] * 4, 2_500.0, 4.0, 0.25, 0.5, log(4.0), 0.0),
    # 0.5^2 + 0.3^2 + 0.2^2 = 0.38. Gini: 2(1*20 + 2*30 + 3*50)/(3*100) - 4/3 = 0.2
    ([50.0, 30.0, 20.0], 3_800.0, 1.0 / 0.38, 0.5, 0.8, 1.0296530140645737, 0.2),
    # One has three quarters: 0.5625 + 0.0625. Gini: 2(1*1 + 2*3)/(2*4) - 3/2 = 0.25
    ([1.0, 3.0], 6_250.0, 1.6, 0.75, 1.0, 0.5623351446188083, 0.25),
]


@pytest.mark.parametrize(("market", "hhi", "effective", "first", "two", "nats", "inequality"), HAND_WORKED)
def test_measures_agree_with_hand_worked_cases(
    market: list[float], hhi: float, effective: float, first: float, two: float, nats: float, inequality: float
) -> None:
    assert herfindahl_hirschman_index(market) == pytest.approx(hhi)
    assert effective_suppliers(market) == pytest.approx(effective)
    assert concentration_ratio(market, 1) == pytest.approx(first)
    assert concentration_ratio(market, 2) == pytest.approx(two)
    assert concentration_ratio(market, 9) == pytest.approx(1.0)
    assert entropy(market) == pytest.approx(nats, abs=1e-12)
    assert gini(market) == pytest.approx(inequality, abs=1e-12)


def test_the_lines_of_the_authority_are_ten_and_five_equal_suppliers() -> None:
    assert herfindahl_hirschman_index([1.0] * 10) == pytest.approx(CONCENTRATED)
    assert herfindahl_hirschman_index([1.0] * 5) == pytest.approx(HIGHLY_CONCENTRATED)


@pytest.mark.parametrize("measure", [herfindahl_hirschman_index, effective_suppliers, entropy, gini, cr1])
@pytest.mark.parametrize("empty", [[], [0.0, 0.0]])
def test_an_empty_market_has_no_measure(measure: Callable[[list[float]], float | None], empty: list[float]) -> None:
    assert measure(empty) is None


def test_nothing_to_divide_by_is_no_ratio() -> None:
    assert ratio(0.0, 0.0) is None
    assert ratio(1.0, 4.0) == 0.25


@given(values)
def test_measures_stay_in_their_range(market: list[float]) -> None:
    n = len(market)
    hhi = herfindahl_hirschman_index(market)
    inequality = gini(market)
    nats = entropy(market)
    first = cr1(market)
    assert hhi is not None
    assert inequality is not None
    assert nats is not None
    assert first is not None
    assert 10_000.0 / n * (1.0 - 1e-9) <= hhi <= 10_000.0 * (1.0 + 1e-9)
    assert -1e-9 <= inequality <= 1.0 - 1.0 / n + 1e-9
    assert 0.0 <= nats <= log(n) + 1e-9
    assert 1.0 / n * (1.0 - 1e-9) <= first <= 1.0 + 1e-9
    # No supplier is larger than the largest: the index lies between the largest share squared and itself.
    assert first**2 * (1.0 - 1e-9) <= hhi / 10_000.0 <= first * (1.0 + 1e-9)


@pytest.mark.parametrize("measure", [herfindahl_hirschman_index, effective_suppliers, entropy, gini, cr1])
@given(market=values, scale=st.floats(min_value=0.01, max_value=100.0), data=st.data())
def test_measures_know_neither_order_nor_currency_nor_those_with_nothing(
    measure: Callable[[list[float]], float | None], market: list[float], scale: float, data: st.DataObject
) -> None:
    other = data.draw(st.permutations([v * scale for v in market] + [0.0]))
    assert measure(other) == pytest.approx(measure(market), rel=1e-6, abs=1e-6)


@given(market=st.lists(st.floats(min_value=1.0, max_value=1e6), min_size=2, max_size=20))
def test_a_merger_concentrates(market: list[float]) -> None:
    merged = [market[0] + market[1], *market[2:]]
    before, after = herfindahl_hirschman_index(market), herfindahl_hirschman_index(merged)
    assert before is not None
    assert after is not None
    assert after > before


def test_degree_centralisation_is_one_for_a_star_and_none_for_equals() -> None:
    """Freeman's examples, by hand: a star, a ring, and a line of four."""
    assert degree_centralisation([4, 1, 1, 1, 1]) == pytest.approx(1.0)
    assert degree_centralisation([2, 2, 2, 2]) == 0.0
    assert degree_centralisation([1, 2, 2, 1]) == pytest.approx(2.0 / 6.0)
    assert degree_centralisation([1, 1]) is None
