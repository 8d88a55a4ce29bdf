from __future__ import annotations

from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caremarket.agents.population.draws import (
    demand_per_head,
    draw_provider,
    is_sme,
)
from caremarket.market.errors import ConfigurationError
from caremarket.market.market_spec import FitSpec
from caremarket.market.provider_kinds import ProviderKindName, ProviderKindSpec, lasting_kinds
from caremarket.market.randomness import Streams
from caremarket.market.scenario import Scenario

FIT = FitSpec()


def draw(scenario: Scenario, kind: ProviderKindName, id: str, seed: int = 1, **given):
    return draw_provider(scenario.market.kinds[kind], kind, id, id, "a", "r", Streams(seed), fit=FIT, **given)


def test_a_provider_is_the_same_whoever_was_drawn_before_it(local: Scenario) -> None:
    streams = Streams(3)
    spec = local.market.kinds["third_sector"]

    def first_then(ids: list[str]):
        return {i: draw_provider(spec, "third_sector", i, i, "a", "r", streams, fit=FIT) for i in ids}

    assert first_then(["x", "y", "z"])["z"] == first_then(["z", "w", "y"])["z"]


def test_providers_differ_by_id_kind_and_seed(local: Scenario) -> None:
    base = draw(local, "third_sector", "x")
    assert base.turnover != draw(local, "third_sector", "y").turnover
    assert base.turnover != draw(local, "third_sector", "x", seed=2).turnover
    assert base.skill != draw(local, "independent", "x").skill


@given(
    seed=st.integers(0, 2**63 - 1),
    kind=st.sampled_from([k.name for k in lasting_kinds()]),
    id=st.text(min_size=1, max_size=8),
)
def test_every_draw_is_within_its_bounds(local: Scenario, seed: int, kind: ProviderKindName, id: str) -> None:
    provider = draw(local, kind, id, seed)
    assert set(provider.unit_cost) == set(provider.capacity)
    assert set(provider.capacity) <= set(local.market.kinds[kind].functions)
    assert bool(provider.capacity) == (kind != "prime")
    assert all(c > 0 for c in provider.unit_cost.values())
    assert all(c > 0 for c in provider.capacity.values())
    assert 0 <= provider.quality <= 1
    assert 0 <= provider.skill <= 1
    assert 0 <= provider.outside_turnover <= provider.turnover
    assert provider.reserves >= 0
    assert provider.reach in ("area", "region", "nation")


@given(seed=st.integers(0, 2**63 - 1), turnover=st.integers(0, 10**13))
def test_capacity_is_headroom_times_turnover_inside_the_market(local: Scenario, seed: int, turnover: int) -> None:
    provider = draw(local, "independent", "x", seed, turnover=turnover)
    inside = turnover * (1 - local.market.kinds["independent"].outside_share)
    assert provider.turnover == turnover
    assert sum(provider.capacity.values()) == pytest.approx(FIT.headroom * inside, abs=8)
    assert provider.turnover - provider.outside_turnover == pytest.approx(inside, abs=2)


def test_fewer_pathways_mean_more_turnover_from_outside(local: Scenario) -> None:
    one = demand_per_head(local.pathways[:1])
    narrow = draw(local, "acute_trust", "x", demand=one)
    wide = draw(local, "acute_trust", "x", demand=demand_per_head(local.pathways))
    assert narrow.turnover == wide.turnover
    assert narrow.capacity["acute"] < 0.5 * wide.capacity["acute"]
    assert narrow.outside_turnover > wide.outside_turnover


def test_turnover_of_trusts_grows_with_those_they_serve_and_that_of_charities_does_not(
    local: Scenario,
) -> None:
    for kind, grows in (("acute_trust", True), ("gp_federation", True), ("third_sector", False)):
        small, large = (draw(local, kind, "x", population=p) for p in (100_000.0, 200_000.0))
        assert large.turnover == pytest.approx(small.turnover * (2 if grows else 1), rel=1e-6)


def test_reference_demand_is_that_of_the_ten_pathways(local: Scenario) -> None:
    assert demand_per_head(local.pathways) == pytest.approx(dict(FIT.reference_demand_gbp), rel=0.01)


def test_a_kind_that_can_do_nothing_is_refused_unless_it_is_a_prime(local: Scenario) -> None:
    idle = ProviderKindSpec.model_validate(local.market.kinds["third_sector"].model_dump() | {"functions": {}})
    assert draw_provider(idle, "prime", "p", "p", "a", "r", Streams(1), fit=FIT).capacity == {}
    with pytest.raises(ConfigurationError, match=r"market\.kinds\.third_sector\.functions: .*acute, community"):
        draw_provider(idle, "third_sector", "t", "t", "a", "r", Streams(1), fit=FIT)


def test_small_and_medium_is_fewer_than_250_staff_and_under_44_million() -> None:
    million = 100_000_000
    assert is_sme("third_sector", 8 * million, 33_000, FIT)  # 242 staff
    assert not is_sme("third_sector", 9 * million, 33_000, FIT)  # 273 staff
    assert is_sme("independent", 43 * million, 1_000_000, FIT)
    assert not is_sme("prime", 30 * million, 1_000_000, FIT)  # its partners count with it
    assert not is_sme("prime", 44 * million, 1_000_000, FIT)
    assert not is_sme("community_trust", million, 33_000, FIT)  # a public body is none, however small


def test_medians_are_those_of_the_configuration(local: Scenario) -> None:
    kind = local.market.kinds["third_sector"]
    drawn = [draw(local, "third_sector", f"t{i}") for i in range(800)]
    assert median(p.turnover for p in drawn) == pytest.approx(100 * kind.turnover_gbp.median, rel=0.12)
    assert median(p.skill for p in drawn) == pytest.approx(kind.skill.mean, abs=0.02)
    assert sum(p.reach == "area" for p in drawn) / 800 == pytest.approx(kind.reach_area, abs=0.04)
    costs = [c for p in drawn for c in p.unit_cost.values()]
    assert median(costs) == pytest.approx(kind.unit_cost.median, rel=0.02)
