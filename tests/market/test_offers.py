"""Distributions of past offers, the chance to beat rivals, and the price with the highest expected surplus."""

from __future__ import annotations

from math import erf, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caremarket.market.offers import (
    POINTS,
    SEARCHED,
    Distribution,
    PastOffers,
    at,
    best_price,
    chance_to_beat,
    normal_distribution,
    with_error,
)

PRIOR = normal_distribution(1.0, 0.1)
PRICES = st.lists(st.tuples(st.floats(0.0, 2.5), st.floats(0.1, 3.0)), min_size=1, max_size=8)


def recorded(*tenders: list[tuple[float, float]], memory: float = 0.0, kernel: float = 0.04) -> PastOffers:
    """Record of these tenders, the oldest first."""
    offers = PastOffers(memory, kernel)
    for prices in tenders:
        offers.add(prices)
    return offers


def is_distribution(values: Distribution) -> bool:
    """True if the values rise from point to point and stay in [0, 1], but for rounding."""
    return bool(
        len(values) == POINTS
        and np.all(values >= -1e-12)
        and np.all(values <= 1.0 + 1e-12)
        and np.all(np.diff(values) >= -1e-12)
    )


# Past offers ------------------------------------------------------------------------------------------


def test_each_tender_reduces_the_weight_of_earlier_ones() -> None:
    offers = recorded([(0.8, 1.0)], [(1.2, 1.0)], [(1.2, 1.0)], memory=0.25)
    assert offers.weight == pytest.approx(0.75**2 + 0.75 + 1.0)
    # Between the two prices lies the share of the oldest offer.
    assert at(offers.blended(PRIOR, 0.0), 1.0) == pytest.approx(0.75**2 / offers.weight)
    assert recorded([(0.8, 1.0)], [(1.2, 1.0)]).weight == 2.0


def test_half_the_mass_of_an_offer_lies_on_either_side_within_the_kernel() -> None:
    shares = recorded([(1.0, 1.0)], kernel=0.1).blended(PRIOR, 0.0)
    assert at(shares, 0.9) == 0.0
    assert at(shares, 1.0) == pytest.approx(0.5)
    assert at(shares, 1.1) == pytest.approx(1.0)
    assert at(shares, 1.06) == pytest.approx(0.5 + 0.75 * (0.6 - 0.6**3 / 3.0))


def test_an_offer_counts_as_often_as_its_weight() -> None:
    twice = recorded([(0.9, 2.0), (1.1, 1.0)]).blended(PRIOR, 0.0)
    assert twice == pytest.approx(recorded([(0.9, 1.0), (0.9, 1.0), (1.1, 1.0)]).blended(PRIOR, 0.0))
    assert at(twice, 1.0) == pytest.approx(2.0 / 3.0)


@given(prices=PRICES, weight=st.floats(0.0, 20.0))
def test_a_blend_with_a_prior_is_a_distribution_between_the_two(
    prices: list[tuple[float, float]], weight: float
) -> None:
    offers = recorded(prices)
    own, blend = offers.blended(PRIOR, 0.0), offers.blended(PRIOR, weight)
    assert is_distribution(blend)
    share = weight / (weight + offers.weight)
    assert blend == pytest.approx((1.0 - share) * own + share * PRIOR)


def test_without_offers_the_prior_alone_counts() -> None:
    assert recorded().blended(PRIOR, 10.0) == pytest.approx(PRIOR)
    assert recorded().blended(PRIOR, 0.0) is PRIOR


# Errors and rivals ------------------------------------------------------------------------------------


@given(prices=PRICES, sd=st.floats(0.0, 3.0))
def test_a_distribution_with_an_error_is_one(prices: list[tuple[float, float]], sd: float) -> None:
    assert is_distribution(with_error(recorded(prices).blended(PRIOR, 1.0), sd))


def test_a_normal_error_adds_its_variance() -> None:
    assert with_error(PRIOR, 0.1) == pytest.approx(normal_distribution(1.0, sqrt(0.1**2 + 0.1**2)), abs=0.01)
    assert with_error(PRIOR, 0.0) == pytest.approx(PRIOR)


def test_a_normal_prior_has_its_mean_and_standard_deviation() -> None:
    assert at(PRIOR, 1.0) == pytest.approx(0.5)
    assert at(PRIOR, 1.1) == pytest.approx(0.5 * (1.0 + erf(1.0 / sqrt(2.0))))


@given(
    rivals=st.integers(1, 20),
    more=st.integers(1, 5),
    bids=st.floats(0.05, 0.9),
    place=st.integers(30, POINTS - 1),
)
def test_the_chance_to_win_falls_with_rivals_with_their_turnout_and_with_price(
    rivals: int, more: int, bids: float, place: int
) -> None:
    chance = chance_to_beat(PRIOR, rivals, bids)
    assert is_distribution(chance[::-1])
    if PRIOR[place] > 1e-6:
        assert chance_to_beat(PRIOR, rivals + more, bids)[place] < chance[place]
        assert chance_to_beat(PRIOR, rivals, bids + 0.05)[place] < chance[place]
    # If all rivals bid below its price, it wins only if none of them bids.
    assert chance[-1] == pytest.approx((1.0 - bids) ** rivals)


def test_a_bidder_without_rivals_is_certain_to_win() -> None:
    assert np.all(chance_to_beat(PRIOR, 0, 0.8) == 1.0)


# Best price -------------------------------------------------------------------------------------------

TABLES = st.lists(st.floats(0.0, 1.0), min_size=POINTS, max_size=POINTS).map(
    lambda v: np.array(sorted(v, reverse=True))
)
CERTAIN = np.ones(POINTS)


def surplus(chance: Distribution, scale: float, floor: float, price: float, affordable: float) -> float:
    return at(chance, price * scale) * affordable * (price - floor)


@given(
    chance=TABLES,
    reference=st.floats(1e5, 1e9),
    floor=st.floats(0.3, 1.6),
    room=st.floats(0.01, 0.6),
    mean=st.floats(0.7, 1.4),
    known=st.booleans(),
)
def test_the_best_price_is_as_good_as_the_ceiling_and_every_eighth_step_of_the_search(
    chance: Distribution, reference: float, floor: float, room: float, mean: float, known: bool
) -> None:
    least, most = floor * reference, (floor + room) * reference

    def affordable(price: float) -> float:
        return 1.0 if known else 0.5 * (1.0 + erf((mean * reference - price) / (0.1 * reference * sqrt(2.0))))

    price, expected = best_price(chance, 1.0 / reference, least, most, affordable)
    assert least <= price <= most
    assert expected == pytest.approx(surplus(chance, 1.0 / reference, least, price, affordable(price)), abs=1e-6)
    tried = [least + (most - least) * step / SEARCHED for step in range(SEARCHED, 0, -8)]
    best = max(surplus(chance, 1.0 / reference, least, p, affordable(p)) for p in tried)
    assert expected >= best - 1e-9 * reference


@given(rivals=st.integers(1, 10), bids=st.floats(0.3, 1.0), floor=st.floats(0.6, 1.1), sd=st.floats(0.06, 0.3))
def test_for_smooth_beliefs_the_best_price_is_near_that_of_a_search_by_force(
    rivals: int, bids: float, floor: float, sd: float
) -> None:
    chance = chance_to_beat(normal_distribution(1.0, sd), rivals, bids)
    _, expected = best_price(chance, 1e-6, floor * 1e6, 1.5e6, lambda _: 1.0)
    prices = [floor * 1e6 + (1.5e6 - floor * 1e6) * n / 4000 for n in range(4001)]
    best = max(surplus(chance, 1e-6, floor * 1e6, price, 1.0) for price in prices)
    # At most a hundredth of the surplus, or a thousandth of the budget, is lost to the width of a step.
    assert best - max(0.001e6, 0.01 * best) <= expected <= 1.001 * best


@given(ceiling=st.floats(0.5, 1.9), room=st.floats(0.001, 0.5))
def test_without_rivals_and_with_a_known_budget_the_best_price_is_the_budget(ceiling: float, room: float) -> None:
    most, floor = ceiling * 1e6, (ceiling - room) * 1e6
    asked = best_price(CERTAIN, 1e-6, floor, most, lambda price: 1.0 if price <= most else 0.0)
    assert asked == (most, pytest.approx(most - floor))


@given(floor=st.floats(0.1, 2.0), below=st.floats(0.0, 1.0))
def test_a_ceiling_that_is_not_above_the_floor_leaves_no_surplus(floor: float, below: float) -> None:
    ceiling = floor * 1e6 * (1.0 - below)
    assert best_price(CERTAIN, 1e-6, floor * 1e6, ceiling, lambda _: 1.0) == (ceiling, 0.0)


def test_more_rivals_and_better_points_than_usual_move_the_price_as_they_should() -> None:
    def price(rivals: int, scale: float = 1e-6) -> float:
        return best_price(chance_to_beat(PRIOR, rivals, 0.8), scale, 0.8e6, 2.0e6, lambda _: 1.0)[0]

    assert price(1) > price(2) > price(5) > price(20) > 0.8e6
    # Points above the usual make each penny of price count for less.
    assert price(3, scale=0.9e-6) > price(3)
