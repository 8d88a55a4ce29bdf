"""What is true of every market that is built, made-up or real."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caremarket.agents.population import build_population
from caremarket.agents.population.capacity import area_demand
from caremarket.agents.world.blueprint import Blueprint
from caremarket.market.errors import ConfigurationError
from caremarket.market.randomness import Streams
from caremarket.market.scenario import Scenario


def capacity_over_demand(blueprint: Blueprint, scenario: Scenario, level: str) -> dict[tuple[str, str], float]:
    """Capacity homed in an area or region over its demand, by (place, function)."""
    region = {c.area: c.region for c in blueprint.commissioners}
    demand: dict[tuple[str, str], float] = defaultdict(float)
    for (area, function), pence in area_demand(blueprint.commissioners, scenario.pathways).items():
        demand[area if level == "area" else region[area], function] += pence
    supply: dict[tuple[str, str], float] = defaultdict(float)
    for provider in blueprint.providers:
        for function, pence in provider.capacity.items():
            supply[getattr(provider, level), function] += pence
    return {key: supply[key] / pence for key, pence in demand.items() if pence > 0}


def assert_books_agree(blueprint: Blueprint, scenario: Scenario) -> None:
    """What providers earn inside the market is what the market demands; a list is somebody's patients."""
    inside = sum(p.turnover - p.outside_turnover for p in blueprint.providers)
    demand = sum(area_demand(blueprint.commissioners, scenario.pathways).values())
    assert inside == pytest.approx(demand, rel=0.02)
    ids = [c.id for c in blueprint.commissioners] + [p.id for p in blueprint.providers]
    assert len(set(ids)) == len(ids)
    patients: Counter[str] = Counter()
    for practice in blueprint.practices:
        patients[practice.commissioner] += practice.list_size
    for commissioner in blueprint.commissioners:
        assert patients[commissioner.id] == commissioner.population
    federations = {p.id for p in blueprint.providers if p.kind == "gp_federation"} | {n.id for n in blueprint.networks}
    assert {p.federation for p in blueprint.practices} - {None} == federations


def test_local_market_has_the_organisations_that_are_configured(local: Scenario) -> None:
    blueprint = build_population(local, Streams(1))
    groups = [n.form for n in blueprint.networks]
    groups += [p.federation_form for p in blueprint.providers if p.federation_form]
    assert len(groups) == 6
    assert Counter(p.kind for p in blueprint.providers) == {
        "acute_trust": 4,
        "community_trust": 2,
        "mental_health_trust": 2,
        "gp_federation": 6 - len(blueprint.networks),
        "third_sector": 30,
        "independent": 10,
        "prime": 4,
    }
    assert len(blueprint.commissioners) == 6
    assert len(blueprint.practices) == 180
    assert blueprint.contracts is None
    assert blueprint.notes == ()


@pytest.mark.parametrize("seed", range(8))
def test_local_capacity_covers_demand_in_every_area_and_function(local: Scenario, seed: int) -> None:
    blueprint = build_population(local, Streams(seed))
    ratios = capacity_over_demand(blueprint, local, "area")
    assert len(ratios) == 2 * 7
    assert all(1.3 <= r <= 2.5 for r in ratios.values()), ratios
    assert_books_agree(blueprint, local)


def test_two_pathways_are_covered_too_by_providers_of_the_same_size(
    local_with: Callable[..., Scenario],
) -> None:
    ten, two = (build_population(local_with(name), Streams(1)) for name in ("nhs_ten", "two"))
    assert all(1.3 <= r <= 2.5 for r in capacity_over_demand(two, local_with("two"), "area").values())
    acute = [[p.turnover for p in b.providers if p.kind == "acute_trust"] for b in (ten, two)]
    assert acute[0] == pytest.approx(acute[1], rel=0.25)


def test_most_practices_start_in_a_federation_and_some_are_single(local: Scenario) -> None:
    practices = build_population(local, Streams(1)).practices
    assert 0.65 <= sum(p.federation is not None for p in practices) / len(practices) <= 0.92
    homes: dict[str, set[str]] = defaultdict(set)
    for practice in practices:
        if practice.federation is not None:
            homes[practice.commissioner].add(practice.federation)
    assert all(len(federations) == 1 for federations in homes.values())


def test_one_more_charity_changes_what_nobody_else_is(local_with: Callable[..., Scenario]) -> None:
    few, more = (build_population(local_with(third_sector=n), Streams(1)) for n in (30, 31))
    settled_by_the_area = {"capacity", "turnover", "outside_turnover", "reserves", "sme"}
    before = {p.id: p for p in few.providers}
    for provider in more.providers:
        if provider.id not in before:
            continue
        now, then = asdict(provider), asdict(before[provider.id])
        assert {k: v for k, v in now.items() if k not in settled_by_the_area} == {
            k: v for k, v in then.items() if k not in settled_by_the_area
        }
    assert few.practices == more.practices
    assert few.commissioners == more.commissioners


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**63 - 1),
    areas=st.integers(1, 5),
    regions=st.integers(1, 3),
    ccgs=st.integers(1, 8),
    practices_per_ccg=st.integers(1, 10),
    acute_trusts=st.integers(0, 4),
    community_trusts=st.integers(0, 3),
    mental_health_trusts=st.integers(0, 3),
    federations=st.integers(0, 9),
    third_sector=st.integers(0, 12),
    independents=st.integers(0, 5),
    primes=st.integers(0, 2),
)
def test_any_made_up_market_can_be_built(local: Scenario, seed: int, **counts: int) -> None:
    synthetic = local.market.synthetic.model_copy(update=counts)
    market = local.market.model_copy(update={"synthetic": synthetic})
    scenario = local.model_copy(update={"market": market})
    blueprint = build_population(scenario, Streams(seed))
    assert len(blueprint.commissioners) == counts["ccgs"]
    assert len(blueprint.practices) == counts["ccgs"] * counts["practices_per_ccg"]
    assert all(p.turnover >= p.outside_turnover >= 0 for p in blueprint.providers)
    assert all(p.capacity or p.kind == "prime" for p in blueprint.providers)
    short = {n.split(" is ")[0] for n in blueprint.notes if n.startswith("capacity")}
    region = {c.area: c.region for c in blueprint.commissioners}
    for area, function in area_demand(blueprint.commissioners, scenario.pathways):
        able = any(
            p.capacity.get(function, 0) > 0
            and (p.area == area or p.reach == "nation" or (p.reach == "region" and p.region == region[area]))
            for p in blueprint.providers
        )
        assert able or f"capacity for {function} in {area}" in short


def test_the_same_seed_gives_the_same_market_whatever_pythons_hash_seed() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from conftest import *\n"
        "from caremarket.agents.population import build_population\n"
        "from caremarket.market.randomness import Streams\n"
        "import hashlib\n"
        "s = Scenario(pathways=pathways(), market=market('local'))\n"
        "print(hashlib.sha256(repr(build_population(s, Streams(5))).encode()).hexdigest())\n"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            stdout=subprocess.PIPE,
            text=True,
        )
        for hash_seed in ("1", "2")
    ]
    digests = [process.communicate(timeout=120)[0] for process in processes]
    assert len(digests[0]) == 65
    assert digests[0] == digests[1]


def test_england_has_its_ccgs_trusts_and_practices(england: Scenario) -> None:
    blueprint = build_population(england, Streams(1))
    kinds = Counter(p.kind for p in blueprint.providers)
    assert len(blueprint.commissioners) == 209
    assert kinds["acute_trust"] + kinds["community_trust"] + kinds["mental_health_trust"] == 224
    assert len(blueprint.practices) == 7_752
    assert sum(c.population for c in blueprint.commissioners) == 7_752 * 7_300
    assert 0.65 <= sum(p.federation is not None for p in blueprint.practices) / 7_752 <= 0.9
    assert kinds["third_sector"] == pytest.approx(2.2 * 566, rel=0.03)
    assert_books_agree(blueprint, england)


def test_england_has_capacity_in_every_region_and_within_reach_of_every_area(england: Scenario) -> None:
    blueprint = build_population(england, Streams(1))
    by_region = capacity_over_demand(blueprint, england, "region")
    assert len(by_region) == 7 * 7
    assert all(1.3 <= r <= 2.5 for r in by_region.values()), by_region
    home = capacity_over_demand(blueprint, england, "area")
    region = {c.area: c.region for c in blueprint.commissioners}
    for (area, function), ratio in home.items():
        if ratio < 1.3:
            assert function in ("community", "mental_health", "social")
            spare = sum(
                p.capacity.get(function, 0)
                for p in blueprint.providers
                if p.area != area and (p.reach == "nation" or (p.reach == "region" and p.region == region[area]))
            )
            demand = area_demand(blueprint.commissioners, england.pathways)[area, function]
            assert ratio + spare / demand > 1.3
    assert not [n for n in blueprint.notes if n.startswith("capacity")]


def test_england_looks_like_england(england: Scenario) -> None:
    providers = build_population(england, Streams(1)).providers
    acute = sorted(p.turnover for p in providers if p.kind == "acute_trust")
    assert 2e10 < acute[len(acute) // 2] < 4.5e10
    charities = [p for p in providers if p.kind == "third_sector"]
    assert sum(p.sme for p in charities) / len(charities) > 0.85
    whole = sum(p.turnover - p.outside_turnover for p in providers)
    share = {
        kind: sum(p.turnover - p.outside_turnover for p in providers if p.kind == kind) / whole
        for kind in ("third_sector", "independent", "prime")
    }
    assert 0.04 < share["third_sector"] < 0.13
    assert 0.04 < share["independent"] < 0.13
    assert share["prime"] == 0


def test_a_source_nobody_knows_is_refused(local: Scenario) -> None:
    market = local.market.model_copy(update={"source": "oracle"})
    with pytest.raises(ConfigurationError, match=r"market\.source: 'oracle' .* synthetic, ods, roster"):
        build_population(local.model_copy(update={"market": market}), Streams(1))
