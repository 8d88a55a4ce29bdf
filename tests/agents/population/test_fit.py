"""The constants that turn kinds into capacities are configuration, and each does what its comment says."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from caremarket.agents.population import build_population
from caremarket.agents.population.capacity import area_demand
from caremarket.agents.world.blueprint import Blueprint
from caremarket.market.market_spec import FitSpec
from caremarket.market.randomness import Streams
from caremarket.market.scenario import Scenario


def built(local: Scenario, **fit: Any) -> Blueprint:
    market = local.market.model_copy(update={"fit": FitSpec(**fit)})
    return build_population(local.model_copy(update={"market": market}), Streams(1))


def capacity(found: Blueprint) -> float:
    return sum(v for p in found.providers for v in p.capacity.values())


def test_headroom_scales_capacity_and_not_turnover(local: Scenario) -> None:
    usual, narrow = built(local), built(local, headroom=1.0)
    demand = sum(area_demand(usual.commissioners, local.pathways).values())
    assert 1.9 * demand < capacity(usual) < 2.3 * demand
    assert capacity(narrow) == pytest.approx(capacity(usual) / 2.0, rel=0.02)
    for a, b in zip(usual.providers, narrow.providers, strict=True):
        assert a.turnover == pytest.approx(b.turnover, rel=0.02)


def test_tight_limits_keep_providers_what_they_were_drawn_as(local: Scenario) -> None:
    loose = built(local)
    bound = {"trust_low": 1.0, "trust_high": 1.0, "other_low": 1.0, "other_high": 1.0}
    assert capacity(built(local, **bound)) != pytest.approx(capacity(loose), rel=0.01)
    assert len(built(local, enough=1.9, **bound).notes) > len(built(local, enough=0.0, **bound).notes)


def test_the_line_for_small_organisations_can_be_moved(local: Scenario) -> None:
    assert not any(p.sme for p in built(local, sme_staff=1).providers)
    wide = built(local, sme_staff=10**9, sme_turnover_gbp=1e12)
    small = {"gp_federation", "third_sector", "independent"}
    assert all(p.sme == (p.kind in small) for p in wide.providers)


def test_shared_efficiency_makes_a_provider_alike_in_all_it_does(local: Scenario) -> None:
    for provider in built(local, shared_efficiency=1.0).providers:
        if provider.unit_cost:
            assert max(provider.unit_cost.values()) == pytest.approx(min(provider.unit_cost.values()))
    usual = [p.unit_cost.values() for p in built(local).providers if len(p.unit_cost) > 1]
    assert all(max(costs) > min(costs) for costs in usual)


def test_the_smallest_commissioner_is_no_smaller(local: Scenario) -> None:
    assert min(c.population for c in built(local, smallest_population=200_000).commissioners) >= 200_000


def test_a_demand_that_is_left_out_is_refused() -> None:
    with pytest.raises(ValidationError, match="reference_demand_gbp: community is missing"):
        FitSpec(reference_demand_gbp={"acute": 1.0})
