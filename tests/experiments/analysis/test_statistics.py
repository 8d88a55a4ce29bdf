"""Estimates agree with textbook figures; formats are readable."""

from __future__ import annotations

import numpy as np
import pytest

from caremarket.agents.records.measures import MEASURES, grouped, headline_names
from caremarket.experiments.analysis.measures import formatted, formatted_change, readable, unit
from caremarket.experiments.analysis.statistics import corrected, differences, estimate, paired_effects, student_t


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
        ("price_to_budget", 0.976, "0.976"),
    ],
)
def test_values_are_shown_as_people_read_them(name: str, value: float | None, text: str) -> None:
    assert formatted(name, value) == text


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("sme_value_share_delivered", -0.0931, "-9.3 points"),
        ("public_cost_pence", 5_670_000_000, "+£56.7m"),
        ("outcome_index", 0.0296, "+0.030"),
        ("hhi_direct", -67.63, "-67.6"),
        ("sme_win_rate", None, "–"),
    ],
)
def test_changes_are_shown_as_people_read_them(name: str, value: float | None, text: str) -> None:
    assert formatted_change(name, value) == text


def test_every_headline_has_a_name_for_sentences_and_money_a_fitting_unit() -> None:
    assert all(MEASURES[name].noun for name in headline_names())
    assert unit("public_cost_pence", 5_670_000_000).text == "£m"
    assert 5_670_000_000 * unit("public_cost_pence", 5_670_000_000).factor == pytest.approx(56.7)
    assert unit("sme_win_rate").text == "%"


def test_headlines_are_measures() -> None:
    assert set(headline_names()) <= {name for names in grouped().values() for name in names}
    assert readable("cr4_direct") == "CR4 direct"
    assert readable("sme_win_rate") == "SME win rate"


DIFFERENCES = {
    "normal": lambda rng, shape: rng.normal(0.3, 1.0, shape),
    # The difference of two skewed costs that share their luck: skewed itself, with mean 0.3.
    "skewed": lambda rng, shape: 0.3 + 0.6 * (rng.gamma(4.0, 0.5, shape) - 2.0),
}


@pytest.mark.parametrize("kind", DIFFERENCES)
def test_the_t_interval_covers_the_true_difference_as_often_as_it_says(kind: str) -> None:
    """500 experiments of 20 paired runs: differences through what ``compare`` calls."""
    rng = np.random.default_rng(1)
    luck = rng.normal(5.0, 3.0, (500, 20))
    effects = paired_effects(differences(luck, luck + DIFFERENCES[kind](rng, (500, 20))), bootstrap=False)
    covered = float(((effects.t_low <= 0.3) & (effects.t_high >= 0.3)).mean())
    assert 0.93 <= covered <= 0.97


def test_the_bootstrap_interval_covers_nearly_as_often() -> None:
    """BCa of twenty values is known to be a little short; it must not be worse than that."""
    rng = np.random.default_rng(2)
    effects = paired_effects(rng.normal(0.3, 1.0, (300, 20)))
    covered = float(((effects.bca_low <= 0.3) & (effects.bca_high >= 0.3)).mean())
    assert 0.89 <= covered <= 0.97


def test_a_paired_effect_agrees_with_figures_worked_by_hand() -> None:
    effects = paired_effects(np.array([[1.0, 2.0, 3.0, 4.0, 5.0]]))
    assert effects.mean[0] == 3.0
    assert effects.sd[0] == pytest.approx(1.5811, abs=1e-4)
    assert effects.d_z[0] == pytest.approx(3.0 / 1.5811, abs=1e-4)
    assert effects.t_low[0] == pytest.approx(3.0 - 2.776 * 1.5811 / 5**0.5, abs=1e-3)
    assert effects.p_t[0] == pytest.approx(0.0132, abs=1e-4)
    assert effects.p_wilcoxon[0] == pytest.approx(2 / 2**5)
    assert effects.bca_low[0] > effects.t_low[0]


def test_what_never_moves_has_no_width_and_no_test() -> None:
    effects = paired_effects(np.zeros((1, 4)))
    assert (effects.mean[0], effects.t_low[0], effects.t_high[0]) == (0.0, 0.0, 0.0)
    assert np.isnan([effects.p_t[0], effects.p_wilcoxon[0], effects.d_z[0], effects.sign_share[0]]).all()
    assert np.isnan(paired_effects(np.array([[2.0]])).t_low[0])


def test_rounding_is_no_difference() -> None:
    assert differences(np.array([0.1 + 0.2]), np.array([0.3]))[0] == 0.0
    assert differences(np.array([1.0]), np.array([1.001]))[0] == pytest.approx(0.001)


def test_corrections_are_the_textbook_s() -> None:
    """Holm multiplies the ordered p values by 4, 3, 2, 1; Benjamini-Hochberg by 4/1, 4/2, 4/3, 4/4."""
    p_values = np.array([0.01, np.nan, 0.04, 0.03, 0.005])
    assert corrected(p_values, "holm") == pytest.approx([0.03, np.nan, 0.06, 0.06, 0.02], nan_ok=True)
    assert corrected(p_values, "fdr_bh") == pytest.approx([0.02, np.nan, 0.04, 0.04, 0.02], nan_ok=True)
