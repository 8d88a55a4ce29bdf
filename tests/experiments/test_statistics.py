"""Estimates agree with textbook figures; formats are readable."""

from __future__ import annotations

import pytest

from experiments.measures import HEADLINES, formatted, readable
from experiments.statistics import estimate, student_t
from market.measure_names import GROUPS


def test_student_t_agrees_with_the_tables() -> None:
    assert student_t(1) == pytest.approx(12.706, abs=1e-3)
    assert student_t(19) == pytest.approx(2.093, abs=1e-3)


def test_an_estimate_of_five_values() -> None:
    found = estimate([1.0, 2.0, 3.0, 4.0, 5.0, None])
    assert found is not None
    assert (found.count, found.mean) == (5, 3.0)
    assert found.sd == pytest.approx(1.5811, abs=1e-4)
    assert found.half_width == pytest.approx(2.776 * 1.5811 / 5**0.5, abs=1e-3)


def test_nothing_to_measure_is_none_not_zero() -> None:
    assert estimate([None, None]) is None
    one = estimate([4.0])
    assert one is not None
    assert one.half_width is None


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("public_cost_pence", 123_456_789_012, "£1.235bn"),
        ("rescue_pence", 0, "£0"),
        ("sme_bid_rate", 0.1234, "12.3%"),
        ("hhi_direct", 1834.4, "1,834"),
        ("challenge_rate", None, "–"),
        ("tenders", 120, "120"),
        ("price_to_budget", 0.976, "0.98"),
    ],
)
def test_values_are_shown_as_people_read_them(name: str, value: float | None, text: str) -> None:
    assert formatted(name, value) == text


def test_headlines_are_measures() -> None:
    assert set(HEADLINES) <= {name for names in GROUPS.values() for name in names}
    assert readable("cr4_direct") == "CR4 direct"
    assert readable("sme_win_rate") == "SME win rate"
