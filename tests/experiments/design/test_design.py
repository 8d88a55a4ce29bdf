"""Designs lay out points, and replicates share seeds across points."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caremarket.experiments.design.layout import design_from_config
from caremarket.experiments.design.levers import LeverRange
from caremarket.experiments.design.sampling import SAMPLERS
from caremarket.experiments.design.section import SampleSpec
from caremarket.market.errors import ConfigurationError

RANGE = {"policy.flow_down": {"low": 0.0, "high": 1.0}}
GOLDEN_POINTS = {
    "latin_hypercube": [(4.34590989245, 4), (71.4660369862, 7)],
    "morris": [(1000.0, 0), (10.0, 0)],
    "saltelli": [(63.8755397451, 2), (181.804871372, 2)],
    "sobol": [(22.5884435119, 8), (676.708589144, 3)],
    "uniform": [(8.80738817675, 3), (8.87655315053, 0)],
}
"""The first two points of each sampler, with the versions of NumPy, SciPy and SALib in ``requirements.lock``."""


def test_arms_grid_and_random_are_crossed() -> None:
    section = {
        "arms": {"a": {"policy": "separate"}, "b": {"policy": "prime_provider"}},
        "grid": {"policy.flow_down": [0.0, 1.0]},
        "random": {"samples": 3, "levers": {"policy.monitoring": {"low": 0, "high": 1}}},
    }
    design = design_from_config(section, {"horizon_years": (2, 3)}, 4, 1)
    assert len(design.points) == 2 * 2 * 2 * 3
    assert len({point.label for point in design.points}) == len(design.points)
    assert set(design.lever_names) == {"policy", "policy.flow_down", "horizon_years", "policy.monitoring"}
    assert [spec.run for spec in design.runs()] == list(range(len(design.points) * 4))


def test_a_replicate_has_the_same_seed_at_every_point() -> None:
    design = design_from_config({"grid": {"policy.flow_down": [0, 1]}}, {}, 5, 7)
    seeds = {(s.point, s.replicate): s.seed for s in design.runs()}
    assert [seeds[0, r] for r in range(5)] == [seeds[1, r] for r in range(5)]
    assert len(set(design.seeds())) == 5
    assert all(0 <= seed < 2**63 for seed in design.seeds())


def test_more_replicates_keep_the_seeds_of_the_first() -> None:
    assert design_from_config({}, {}, 9, 3).seeds()[:4] == design_from_config({}, {}, 4, 3).seeds()


@pytest.mark.parametrize(
    ("section", "key"),
    [
        ({"grid": {"seed": [1, 2]}}, "seed"),
        ({"grid": {"policy.flow_down": []}}, "design.grid.policy.flow_down"),
        ({"arms": {"a": {"policy.route": "x"}}, "grid": {"policy.route": ["y"]}}, "policy.route"),
        ({"random": {"samples": 2}}, "design.random.levers"),
        ({"random": {"samples": 2, "sampler": "dice"}}, "design.random.sampler"),
        ({"random": {"samples": 1, "levers": {"x": {"low": 1}}}}, "design.random.levers.x"),
        ({"gird": {}}, "design.gird"),
        ({"levers": {"grid": {"policy.flow_down": []}}}, "design.levers.grid.policy.flow_down"),
        ({"levers": {"one_at_a_time": {"policy.flow_down": []}}}, "design.levers.one_at_a_time.policy.flow_down"),
        ({"levers": {"colour": {}}}, "design.levers.colour"),
        ({"grid": {"x": [1]}, "levers": {"grid": {"x": [2]}}}, "design.levers.grid.x"),
        ({"grid": {"x": [1]}, "uncertainties": {"one_at_a_time": {"x": [2]}}}, "x"),
        ({"levers": {"sample": {"samples": 100, "sampler": "sobol", "over": RANGE}}}, "design.levers.sample.samples"),
        ({"levers": {"sample": {"samples": 1, "sampler": "morris", "over": RANGE}}}, "design.levers.sample.samples"),
        ({"levers": {"sample": {"samples": 4, "over": {}}}}, "design.levers.sample.over"),
        ({"levers": {"sample": {"levels": 5}}}, "design.levers.sample.levels"),
        ({"levers": {"sample": {"over": {"x": {"low": 0, "high": 1, "log": True}}}}}, "design.levers.sample.over.x"),
        ({"levers": {"sample": {"over": {"x": {"low": 2, "high": 1}}}}}, "design.levers.sample.over.x"),
        (
            {"levers": {"sample": {"over": {"x": {"low": 0.5, "high": 2, "integer": True}}}}},
            "design.levers.sample.over.x",
        ),
        ({"levers": {"sample": {"over": {"x": {"low": 0, "hihg": 1}}}}}, "design.levers.sample.over.x.hihg"),
        (
            {"uncertainties": {"sample": {"samples": 4, "sampler": "morris", "over": {"x": {"choices": [1, 1]}}}}},
            "design.uncertainties.sample.over.x",
        ),
        ({"stopping": {"measures": {}}}, "design.stopping.measures"),
        ({"stopping": {"measures": {"outcome": 1}}}, "design.stopping.measures.outcome"),
        ({"stopping": {"measures": {"outcome_index": 0}}}, "design.stopping.measures.outcome_index"),
        ({"stopping": {"measures": {"tenders": 1}, "min_replicates": 1}}, "design.stopping.min_replicates"),
        ({"stopping": {"measures": {"tenders": 1}, "max_replicates": 5}}, "design.stopping"),
        ({"stopping": {"measures": {"tenders": 1}, "against": "a"}, "arms": {"a": {}}}, "design.stopping.against"),
    ],
)
def test_a_malformed_design_names_its_key(section: dict[str, Any], key: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        design_from_config(section, {}, 1, 0)
    assert caught.value.key == key


def drawn(sampler: str, samples: int, dimensions: int, seed: int = 1, **options: Any) -> Any:
    spec = SampleSpec(samples=samples, sampler=sampler, **options)
    return SAMPLERS[sampler].sample(dimensions, spec, np.random.default_rng(seed))


def test_a_latin_hypercube_uses_every_slice_once() -> None:
    for column in drawn("latin_hypercube", 20, 3).T:
        assert sorted((column * 20).astype(int)) == list(range(20))


def test_a_sobol_sequence_puts_one_point_in_every_box_of_equal_size() -> None:
    rows = drawn("sobol", 64, 2)
    for across in (1, 2, 4, 8, 16, 32, 64):  # a net: so it is for boxes of every shape
        boxes = {(int(x * across), int(y * (64 // across))) for x, y in rows}
        assert len(boxes) == 64


@pytest.mark.parametrize("sampler", ["uniform", "sobol"])
def test_more_samples_keep_the_first(sampler: str) -> None:
    assert (drawn(sampler, 16, 3) == drawn(sampler, 64, 3)[:16]).all()


@pytest.mark.parametrize("sampler", sorted(SAMPLERS))
def test_the_same_generator_draws_the_same_points_in_the_unit_cube_and_another_others(sampler: str) -> None:
    rows = drawn(sampler, 8, 3)
    assert (rows == drawn(sampler, 8, 3)).all()
    assert not (rows == drawn(sampler, 8, 3, seed=2)).all()
    assert ((rows >= 0) & (rows <= 1)).all()
    assert rows.shape[1] == 3


@pytest.mark.parametrize(("second", "rows"), [(True, 8), (False, 5)])
def test_saltelli_s_points_mix_two_matrices(second: bool, rows: int) -> None:
    block = drawn("saltelli", 4, 3, second_order=second).reshape(4, rows, 3)
    a, b = block[:, 0], block[:, -1]
    for factor in range(3):
        mixed = block[:, 1 + factor]
        others = [n for n in range(3) if n != factor]
        assert (mixed[:, factor] == b[:, factor]).all()
        assert (mixed[:, others] == a[:, others]).all()


def test_a_step_of_morris_trajectories_moves_one_factor() -> None:
    trajectories = drawn("morris", 10, 4, levels=6).reshape(10, 5, 4)
    moved = np.diff(trajectories, axis=1) != 0
    assert (moved.sum(axis=2) == 1).all()
    assert (moved.sum(axis=1) == 1).all()
    assert set(np.round(trajectories.ravel() * 5, 9)) <= set(range(6))


def sample(samples: int = 4, sampler: str = "uniform", **over: Any) -> dict[str, Any]:
    return {"sample": {"samples": samples, "sampler": sampler, "over": over}}


def test_levers_and_uncertainties_are_crossed_world_by_world() -> None:
    policies = ["separate", "prime_provider"]
    worlds = {
        "behaviour.life.failure_harm": {"low": 0.01, "high": 1.0, "log": True},
        "market.synthetic.ccgs": {"choices": [1, 2]},
    }
    section = {"levers": {"grid": {"policy": policies}}, "uncertainties": sample(8, "sobol", **worlds)}
    points = design_from_config(section, {}, 3, 5).points
    assert [p.label for p in points[7:9]] == ["policy=separate world=7", "policy=prime_provider world=0"]
    for one, two in zip(points[:8], points[8:], strict=True):
        assert {k: v for k, v in one.levers.items() if k != "policy"} == {
            k: v for k, v in two.levers.items() if k != "policy"
        }
    assert len({p.levers["behaviour.life.failure_harm"] for p in points}) == 8


def test_one_at_a_time_moves_each_key_alone_from_the_base_of_every_arm() -> None:
    section = {
        "arms": {"a": {}, "b": {"policy": "prime_provider"}},
        "levers": {"one_at_a_time": {"policy.flow_down": [0, 1], "policy.monitoring": [0.9]}},
    }
    points = design_from_config(section, {}, 1, 0).points
    assert [p.label for p in points] == [
        *("a", "a flow_down=0", "a flow_down=1", "a monitoring=0.9"),
        *("b", "b flow_down=0", "b flow_down=1", "b monitoring=0.9"),
    ]
    assert [p.levers for p in points[:4]] == [
        {},
        {"policy.flow_down": 0},
        {"policy.flow_down": 1},
        {"policy.monitoring": 0.9},
    ]
    assert all(p.levers["policy"] == "prime_provider" for p in points[4:])


def test_keys_that_end_alike_are_told_apart_in_labels() -> None:
    section = {
        "grid": {"market.initial_trust.mean": [1], "market.commissioner_skill.mean": [2], "policy.flow_down": [0]}
    }
    (point,) = design_from_config(section, {}, 1, 0).points
    assert point.label == "initial_trust.mean=1 commissioner_skill.mean=2 flow_down=0"


def test_the_short_forms_and_levers_are_the_same_design() -> None:
    levers = {"policy.flow_down": {"low": 0.0, "high": 1.0}}
    short = {"random": {"samples": 5, "sampler": "uniform", "levers": levers}, "arms": {"a": {}}}
    long = {"levers": {**sample(5, **levers), "arms": {"a": {}}}}
    assert design_from_config(short, {}, 1, 3) == design_from_config(long, {}, 1, 3)


def test_points_do_not_depend_on_the_order_of_keys_but_on_seed_and_family() -> None:
    over = {"policy.flow_down": {"low": 0.0, "high": 1.0}, "policy.monitoring": {"low": 0.0, "high": 1.0}}

    def points(seed: int, family: str, keys: list[str]) -> list[dict[str, Any]]:
        section = {family: sample(4, "latin_hypercube", **{k: over[k] for k in keys})}
        return [p.levers for p in design_from_config(section, {}, 1, seed).points]

    keys = sorted(over)
    first = points(1, "levers", keys)
    assert points(1, "levers", keys[::-1]) == first
    assert points(2, "levers", keys) != first
    assert points(1, "uncertainties", keys) != first


def test_points_are_those_of_every_machine() -> None:
    """A change here means that a request of before gives other points: say so where versions are told."""
    over = {"a": {"low": 1.0, "high": 1000.0, "log": True}, "b": {"low": 0, "high": 9, "integer": True}}
    found = {
        name: [
            (p.levers["a"], p.levers["b"])
            for p in design_from_config({"levers": sample(2, name, **over)}, {}, 1, 1).points
        ][:2]
        for name in sorted(SAMPLERS)
    }
    assert found == GOLDEN_POINTS


def test_whole_numbers_and_log_scales_are_drawn_in_their_proportions() -> None:
    quantiles = [(n + 0.5) / 10_000 for n in range(10_000)]
    whole = [LeverRange(low=1, high=4, integer=True).at(u) for u in quantiles]
    assert [whole.count(n) for n in range(1, 5)] == [2500] * 4
    decades = [LeverRange(low=0.01, high=100.0, log=True).at(u) for u in quantiles]
    assert [sum(low <= v < 10 * low for v in decades) for low in (0.01, 0.1, 1.0, 10.0)] == [2500] * 4  # type: ignore[operator]
    halves = [LeverRange(low=1, high=3, integer=True, log=True).at(u) for u in quantiles]
    assert halves.count(1) == 5000  # from 1 to 2 is half of 1 to 4 on a log scale


@given(u=st.floats(min_value=1e-12, max_value=1 - 1e-12), low=st.integers(-5, 5), width=st.integers(0, 9))
def test_a_drawn_lever_stays_in_its_range(u: float, low: int, width: int) -> None:
    whole = LeverRange(low=low, high=low + width, integer=True).at(u)
    real = LeverRange(low=low, high=low + width).at(u)
    assert isinstance(whole, int)
    assert low <= whole <= low + width
    assert isinstance(real, float)
    assert low <= real <= low + width
    assert LeverRange(choices=("x", "y")).at(u) in {"x", "y"}
