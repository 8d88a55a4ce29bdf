"""Designs lay out points, and replicates share seeds across points."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.design import LeverRange, design_from_config
from experiments.sampling import SAMPLERS
from market.errors import ConfigurationError
from market.randomness import Streams


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
    ],
)
def test_a_malformed_design_names_its_key(section: dict[str, Any], key: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        design_from_config(section, {}, 1, 0)
    assert caught.value.key == key


def test_a_latin_hypercube_uses_every_slice_once() -> None:
    rows = SAMPLERS["latin_hypercube"].sample(["a", "b"], 20, Streams(1))
    for column in zip(*rows, strict=True):
        assert sorted(int(u * 20) for u in column) == list(range(20))


@pytest.mark.parametrize("name", sorted(SAMPLERS))
def test_samples_do_not_depend_on_other_dimensions(name: str) -> None:
    one = SAMPLERS[name].sample(["a"], 5, Streams(2))
    two = SAMPLERS[name].sample(["b", "a"], 5, Streams(2))
    assert [row[0] for row in one] == [row[1] for row in two]


@given(u=st.floats(min_value=1e-12, max_value=1 - 1e-12), low=st.integers(-5, 5), width=st.integers(0, 9))
def test_a_drawn_lever_stays_in_its_range(u: float, low: int, width: int) -> None:
    whole = LeverRange(low=low, high=low + width, integer=True).at(u)
    real = LeverRange(low=low, high=low + width).at(u)
    assert isinstance(whole, int)
    assert low <= whole <= low + width
    assert isinstance(real, float)
    assert low <= real <= low + width
    assert LeverRange(choices=("x", "y")).at(u) in {"x", "y"}
