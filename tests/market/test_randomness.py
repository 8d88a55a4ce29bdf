"""A draw is a function of its key: of nothing before it, of no process, of no hash seed."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import pairwise
from math import exp, sqrt
from statistics import fmean, pvariance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caremarket.market.randomness import Purpose, Streams, entity_key

N = 20_000
STREAMS = Streams(20130401)
KNOWN_KEY = 14278523190196341294
KNOWN_UNIFORM = 0.9582955359683416
keys = st.tuples(
    st.sampled_from(list(Purpose)),
    st.integers(min_value=0, max_value=2**64 - 1),
    st.integers(min_value=0, max_value=2**64 - 1),
    st.integers(min_value=-(2**63), max_value=2**63 - 1),
)


@given(st.lists(keys, min_size=1, max_size=8, unique=True), st.data())
def test_draws_do_not_depend_on_the_order_in_which_they_are_made(
    wanted: list[tuple[Purpose, int, int, int]], data: st.DataObject
) -> None:
    first = {key: STREAMS.uniform(*key) for key in wanted}
    shuffled = data.draw(st.permutations(wanted))
    again = Streams(STREAMS.seed)
    assert {key: again.uniform(*key) for key in shuffled} == first
    assert len(set(first.values())) == len(wanted)


def test_every_part_of_the_key_counts() -> None:
    base = (Purpose.DEMAND, 1, 2, 3)
    others = [
        (Purpose.ESTIMATE, 1, 2, 3),
        (Purpose.DEMAND, 2, 2, 3),
        (Purpose.DEMAND, 1, 1, 3),
        (Purpose.DEMAND, 1, 2, 4),
    ]
    assert len({STREAMS.uniform(*key) for key in (base, *others)}) == 5
    assert Streams(1).uniform(*base) != Streams(2).uniform(*base)


def test_known_values_never_change() -> None:
    """Recorded results hang on them: a change here is a change of every result there is."""
    assert entity_key("third_sector", "T17") == KNOWN_KEY
    assert Streams(7).uniform(Purpose.DEMAND, entity_key("need", "ccg", "msk"), 0, 4) == KNOWN_UNIFORM
    assert entity_key("ab", "c") != entity_key("a", "bc")


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_draws_do_not_depend_on_the_hash_seed(hash_seed: str) -> None:
    code = (
        "from caremarket.market.randomness import Streams, Purpose, entity_key as k;"
        "print(Streams(7).uniform(Purpose.DEMAND, k('need', 'ccg', 'msk'), 0, 4), k('third_sector', 'T17'))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [repr(KNOWN_UNIFORM), str(KNOWN_KEY)]


def test_uniform_draws_are_uniform_and_uncorrelated() -> None:
    draws = [STREAMS.uniform(Purpose.ATTENTION, 5, 0, n) for n in range(N)]
    assert all(0.0 < u < 1.0 for u in draws)
    assert fmean(draws) == pytest.approx(0.5, abs=4.0 * sqrt(1.0 / 12.0 / N))
    assert pvariance(draws) == pytest.approx(1.0 / 12.0, rel=0.03)
    for decile in range(10):
        share = sum(decile / 10.0 <= u < (decile + 1) / 10.0 for u in draws) / N
        assert share == pytest.approx(0.1, abs=0.01)
    neighbours = fmean((a - 0.5) * (b - 0.5) for a, b in pairwise(draws))
    assert neighbours * 12.0 == pytest.approx(0.0, abs=0.03)


def test_normal_draws_are_standard_normal() -> None:
    draws = [STREAMS.normal(Purpose.ESTIMATE, 9, 0, n) for n in range(N)]
    assert fmean(draws) == pytest.approx(0.0, abs=4.0 / sqrt(N))
    assert pvariance(draws) == pytest.approx(1.0, rel=0.04)
    assert fmean(z**3 for z in draws) == pytest.approx(0.0, abs=0.12)
    assert fmean(z**4 for z in draws) == pytest.approx(3.0, abs=0.35)


def test_a_uniform_and_a_normal_of_one_key_are_one_draw() -> None:
    for n in range(50):
        below = STREAMS.normal(Purpose.TRUST, 3, 4, n) < 0.0
        assert below == (STREAMS.uniform(Purpose.TRUST, 3, 4, n) < 0.5)


@pytest.mark.parametrize("sigma", [0.1, 0.5])
def test_log_normal_draws_have_mean_one(sigma: float) -> None:
    draws = [STREAMS.lognormal_mean_one(sigma, Purpose.LOCAL_FIT, 9, 0, n) for n in range(N)]
    assert fmean(draws) == pytest.approx(1.0, abs=4.0 * sqrt((exp(sigma**2) - 1.0) / N))


@pytest.mark.parametrize("mean", [0.0, 0.3, 2.0, 12.0, 80.0])
def test_poisson_draws_have_the_mean_and_variance_asked_for(mean: float) -> None:
    draws = [STREAMS.poisson(mean, Purpose.ENTRY, 1, 0, n) for n in range(5_000)]
    assert min(draws) >= 0
    assert fmean(draws) == pytest.approx(mean, abs=4.0 * sqrt(mean / 5_000))
    assert pvariance(draws) == pytest.approx(mean, rel=0.12)
