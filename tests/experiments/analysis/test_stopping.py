"""Replicates are added until means are known, in the same way whatever the order, and coverage is as the docs say."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

import numpy as np
import pytest
from numpy.typing import NDArray

from caremarket.experiments.analysis.statistics import student_t
from caremarket.experiments.analysis.stopping import Rounds, look, next_look
from caremarket.experiments.design.layout import design_from_config
from caremarket.experiments.design.plan import Design, RunSpec
from caremarket.experiments.design.section import StoppingSpec

Draw = Callable[[np.random.Generator, int], NDArray[np.float64]]
TARGET = {"outcome_index": 0.4}


def stopping_design(arms: Iterable[str] = ("a", "b", "c"), **stopping: object) -> Design:
    given = {"measures": TARGET, "min_replicates": 5, "max_replicates": 60, "batch": 5, **stopping}
    return design_from_config({"arms": {arm: {} for arm in arms}, "stopping": given}, {}, 20, 1)


def value(spec: RunSpec) -> tuple[float]:
    """A point's spread grows with its number; replicate r has a part in common at every point."""
    common = np.random.default_rng(spec.seed).normal()
    own = np.random.default_rng((spec.seed, spec.point)).normal()
    return (5.0 * common + 0.4 * (1 + spec.point) * own,)


def carried_out(design: Design, shuffled: int = 0, already: Iterable[RunSpec] = ()) -> tuple[Rounds, set[int]]:
    """The rounds of a design until they are over, runs coming in in another order; the numbers of all runs made."""
    rounds, made = Rounds(design), set()
    for spec in already:
        rounds.add(spec.point, spec.replicate, value(spec))
        made.add(spec.run)
    while specs := rounds.next_round():
        random.Random(shuffled).shuffle(specs)
        for spec in specs:
            assert spec.run not in made
            made.add(spec.run)
            rounds.add(spec.point, spec.replicate, value(spec))
    return rounds, made


def test_a_point_ends_at_the_first_look_that_reaches_its_target() -> None:
    design = stopping_design(measures={"outcome_index": 2.0})
    rounds, made = carried_out(design)
    assert sorted(rounds.ended) == [0, 1, 2]
    for point, ended in rounds.ended.items():
        values = [value(s)[0] for s in design.runs() if s.point == point]
        widths = {
            n: student_t(n - 1) * float(np.std(values[:n], ddof=1)) / n**0.5 for n in range(5, design.replicates + 1, 5)
        }
        first = next((n for n, width in widths.items() if width <= 2.0), design.replicates)
        assert ended.replicates == first
        assert ended.reached == (widths[first] <= 2.0)
        assert sum(run // design.replicates == point for run in made) == first
    assert min(e.replicates for e in rounds.ended.values()) > 5


@pytest.mark.parametrize("against", [None, "b"])
def test_order_of_arrival_makes_no_difference(against: str | None) -> None:
    design = stopping_design(against=against)
    first, made = carried_out(design)
    for shuffled in (1, 2):
        again, others = carried_out(design, shuffled)
        assert others == made
        assert again.ended == first.ended


def test_going_on_after_a_kill_ends_with_the_same_runs() -> None:
    design = stopping_design(against="a")
    first, made = carried_out(design)
    finished = [s for s in design.runs() if s.run in made]
    for share in (0.1, 0.5, 0.9, 1.0):
        kept = random.Random(3).sample(finished, int(share * len(finished)))
        again, others = carried_out(design, already=kept)
        assert others == made
        assert again.ended == first.ended


def test_pairs_with_the_baseline_need_fewer_runs_than_means_and_share_its_replicates() -> None:
    alone, of_means = carried_out(stopping_design())
    paired, of_pairs = carried_out(stopping_design(against="a"))
    assert sorted(paired.ended) == [1, 2]  # the baseline is compared with, not decided on
    assert all(ended.reached for ended in paired.ended.values())
    assert not any(ended.reached for ended in alone.ended.values())  # its common part has a spread of 5
    assert len(of_pairs) < len(of_means)
    baseline = {run for run in of_pairs if run < 60}
    assert len(baseline) == max(ended.replicates for ended in paired.ended.values())


def test_the_baseline_of_a_point_shares_its_grid_and_world() -> None:
    section = {
        "arms": {"a": {}, "b": {}},
        "grid": {"policy.flow_down": [0, 1]},
        "levers": {"one_at_a_time": {"policy.monitoring": [1]}},
        "uncertainties": {"grid": {"horizon_years": [1, 2, 3]}},
        "stopping": {"measures": TARGET, "against": "b", "min_replicates": 2, "max_replicates": 2},
    }
    design = design_from_config(section, {}, 1, 0)
    partner = Rounds(design)._partner
    for point in design.points:
        other = design.points[partner[point.index]]
        assert other.label == f"b{point.label[1:]}"
        assert other.levers == point.levers


def test_a_failed_run_holds_its_point_up_and_no_other() -> None:
    design = stopping_design()
    rounds = Rounds(design)
    while specs := rounds.next_round():
        for spec in specs:
            if (spec.point, spec.replicate) == (1, 3):
                rounds.fail(1, 3)
            else:
                rounds.add(spec.point, spec.replicate, value(spec))
    assert sorted(rounds.ended) == [0, 2]


def test_what_is_never_measured_is_never_known() -> None:
    spec = StoppingSpec(measures={"outcome_index": 1.0, "tenders": 1.0}, min_replicates=2)
    assert look([(1.0, 1.0)] * 5, spec)[1]
    assert not look([(1.0, None)] * 5, spec)[1]
    assert not look([(1.0, None)] * 4 + [(1.0, 1.0)], spec)[1]


def test_values_are_dropped_once_a_point_has_ended() -> None:
    rounds, _ = carried_out(stopping_design(against="b"))
    assert rounds._values == {}


def stopped(draw: Draw, target: float, least: int, experiments: int = 1500) -> tuple[float, float]:
    """Share of synthetic experiments whose final interval covers the true mean, zero, and the replicates they took."""
    spec = StoppingSpec(measures={"outcome_index": target}, min_replicates=least, batch=5, max_replicates=200)
    generator = np.random.default_rng(1)
    covered = taken = 0
    for _ in range(experiments):
        values = [(float(v),) for v in draw(generator, spec.max_replicates)]
        size = least
        (found,), reached = look(values[:size], spec)
        while not reached and size < spec.max_replicates:
            size = next_look(size, spec)
            (found,), reached = look(values[:size], spec)
        assert found is not None
        assert found.half_width is not None
        covered += abs(found.mean) <= found.half_width
        taken += size
    return covered / experiments, taken / experiments


def normal(generator: np.random.Generator, size: int) -> NDArray[np.float64]:
    return generator.normal(0.0, 1.0, size)


def skewed(generator: np.random.Generator, size: int) -> NDArray[np.float64]:
    """Log-normal with sigma 1, its mean taken off, in units of its standard deviation."""
    return (generator.lognormal(0.0, 1.0, size) - np.exp(0.5)) / np.sqrt(np.exp(2) - np.exp(1))


def rare(generator: np.random.Generator, size: int) -> NDArray[np.float64]:
    """Something that happens in one run out of ten, its mean taken off, in units of its standard deviation."""
    return ((generator.random(size) < 0.1) - 0.1) / 0.3


@pytest.mark.parametrize(
    ("draw", "least", "low", "high"),
    [
        (normal, 5, 0.91, 0.945),
        (normal, 10, 0.92, 0.955),
        (normal, 20, 0.93, 0.965),
        (skewed, 5, 0.74, 0.82),
        (skewed, 10, 0.82, 0.88),
        (skewed, 20, 0.84, 0.90),
        (rare, 5, 0.35, 0.45),
        (rare, 10, 0.60, 0.70),
        (rare, 20, 0.84, 0.90),
    ],
)
def test_coverage_of_the_95_percent_interval_is_what_the_docs_say(
    draw: Draw, least: int, low: float, high: float
) -> None:
    coverage, _ = stopped(draw, 0.4, least)
    assert low < coverage < high


def test_a_fixed_number_of_replicates_covers_as_it_says_where_stopping_does_not() -> None:
    generator = np.random.default_rng(2)
    spec = StoppingSpec(measures={"outcome_index": 0.4})
    found = [look([(float(v),) for v in normal(generator, 28)], spec)[0][0] for _ in range(3000)]
    coverage = sum(f is not None and f.half_width is not None and abs(f.mean) <= f.half_width for f in found) / 3000
    assert coverage == pytest.approx(0.95, abs=0.012)
    assert stopped(normal, 0.4, 5, experiments=3000)[0] < 0.945
