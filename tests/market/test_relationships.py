"""Trust between two organisations: bounded, mutual, moved by promises, drifting back."""

from __future__ import annotations

from math import exp, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caremarket.market.randomness import Streams
from caremarket.market.relationships import TrustNetwork

shares = st.floats(min_value=0.0, max_value=1.0)


def network(*, seed: int = 1, mean: float = 0.5, sd: float = 0.0, dynamic: bool = True, **given: float) -> TrustNetwork:
    terms = {"decay_per_year": 0.1, "gain": 0.2, "loss": 0.4} | given
    return TrustNetwork(Streams(seed), mean=mean, sd=sd, dynamic=dynamic, **terms)


dealings = st.lists(
    st.tuples(
        st.booleans(),
        st.integers(min_value=1, max_value=3),
        st.integers(min_value=4, max_value=6),
        st.floats(min_value=0.0, max_value=60.0),
        st.floats(min_value=0.0, max_value=5.0),
    ),
    max_size=40,
)


@given(
    history=dealings,
    mean=shares,
    sd=st.floats(min_value=0.0, max_value=2.0),
    gain=shares,
    loss=shares,
    decay=shares,
    seed=st.integers(min_value=0, max_value=2**63 - 1),
)
def test_trust_stays_between_none_and_full(
    history: list[tuple[bool, int, int, float, float]],
    mean: float,
    sd: float,
    gain: float,
    loss: float,
    decay: float,
    seed: int,
) -> None:
    trust = network(seed=seed, mean=mean, sd=sd, gain=gain, loss=loss, decay_per_year=decay)
    now = 0.0
    for good, a, b, wait, weight in history:
        now += wait
        (trust.kept if good else trust.broken)(a, b, now, weight)
        assert 0.0 <= trust.between(a, b, now) <= 1.0
        assert trust.between(a, b, now) == trust.between(b, a, now)
    overall = trust.mean(now + 120.0)
    assert (overall is None) == (not history)
    assert overall is None or 0.0 <= overall <= 1.0


def test_a_kept_promise_raises_trust_and_a_broken_one_costs_it() -> None:
    trust = network()
    trust.kept(1, 2, 0.0)
    assert trust.between(1, 2, 0.0) == pytest.approx(0.5 + 0.5 * 0.2)
    trust.broken(1, 3, 0.0)
    assert trust.between(1, 3, 0.0) == pytest.approx(0.5 - 0.5 * 0.4)
    trust.broken(1, 4, 0.0, 0.5)
    assert trust.between(1, 4, 0.0) == pytest.approx(0.5 - 0.5 * 0.2)
    assert trust.between(2, 3, 0.0) == 0.5


def test_trust_goes_back_by_its_yearly_share_to_where_the_pair_started() -> None:
    trust = network(decay_per_year=0.1)
    trust.kept(1, 2, 6.0, 2.0)
    gained = trust.between(1, 2, 6.0) - 0.5
    assert gained > 0.0
    assert trust.between(1, 2, 18.0) - 0.5 == pytest.approx(gained * 0.9)
    assert trust.between(1, 2, 6.0 + 12.0 * 5.0) - 0.5 == pytest.approx(gained * 0.9**5)
    assert trust.between(1, 2, 6.0 + 12.0 * log(2.0) / -log(0.9)) - 0.5 == pytest.approx(gained / 2.0)
    assert trust.between(1, 2, 12_000.0) == pytest.approx(0.5)


def test_decay_between_dealings_does_not_depend_on_who_asks_in_between() -> None:
    asked, left_alone = network(), network()
    for trust in (asked, left_alone):
        trust.kept(1, 2, 0.0)
    for month in range(1, 24):
        asked.between(1, 2, float(month))
    for trust in (asked, left_alone):
        trust.broken(1, 2, 24.0)
    assert asked.between(1, 2, 30.0) == left_alone.between(1, 2, 30.0)


def test_pairs_start_from_draws_of_their_own_that_others_do_not_change() -> None:
    early, late = network(sd=0.2), network(sd=0.2)
    for n in range(50):
        late.kept(100 + n, 200 + n, 1.0)
    starts = [early.between(n, n + 1, 0.0) for n in range(200)]
    assert [late.between(n, n + 1, 0.0) for n in range(200)] == starts
    assert sum(starts) / 200 == pytest.approx(0.5, abs=0.06)
    assert len(set(starts)) > 150


def test_without_dynamics_trust_never_moves() -> None:
    trust = network(dynamic=False, sd=0.2)
    before = trust.between(1, 2, 0.0)
    for month in range(40):
        trust.broken(1, 2, float(month))
        trust.kept(2, 1, float(month), 3.0)
    assert trust.between(1, 2, 40.0) == trust.known(1, 2, 40.0) == before


def test_who_has_merely_thought_of_another_has_not_dealt_with_it() -> None:
    trust = network(sd=0.2)
    first = trust.between(1, 2, 0.0)
    assert trust.mean(0.0) is None
    assert trust.known(1, 2, 0.0) is None
    trust.kept(2, 1, 0.0, 0.0)
    assert trust.mean(0.0) == trust.known(1, 2, 0.0) == first


@given(st.floats(min_value=0.0, max_value=0.9), st.floats(min_value=0.1, max_value=30.0))
def test_no_decay_rate_overshoots(decay: float, years: float) -> None:
    trust = network(decay_per_year=decay)
    trust.kept(1, 2, 0.0)
    after = trust.between(1, 2, 12.0 * years)
    assert 0.5 <= after <= 0.6
    assert after == pytest.approx(0.5 + 0.1 * exp(years * log(1.0 - decay)), abs=1e-9)
