"""The model's own tender, stripped to the textbook case, gives the textbook answer."""

from __future__ import annotations

import pytest

from agents.model import simulate
from market.scenario import Roster, RosterCommissioner, RosterProvider, Scenario

from .conftest import changed, composed, only, single_function_pathways

COMMISSIONERS = 10
PATHWAYS = 40


def first_price_tender(bidders: int) -> Scenario:
    """Symmetric independent private costs, uniform on [0, 1] of reference cost; lowest price wins; all bid once."""
    pathways = single_function_pathways(PATHWAYS)
    roster = Roster(
        pathways=pathways,
        commissioners=tuple(
            RosterCommissioner(id=f"c{n}", population=1_000_000, skill=1.0) for n in range(COMMISSIONERS)
        ),
        providers=tuple(
            RosterProvider(
                id=f"b{n}",
                kind="independent",
                reach="area",
                unit_cost={"community": 1.0},
                capacity_gbp={"community": 1e11},
                turnover_gbp=1e9,
                outside_share=0.0,
                reserves_gbp=1e9,
                quality=0.6,
                skill=0.5,
                relative_risk_aversion=0.0,
            )
            for n in range(bidders)
        ),
        initial_contracts=False,
    )
    return changed(
        composed(),
        horizon_years=1.5,
        pathways=pathways,
        market={"source": "roster", "roster": roster.model_dump()},
        mechanisms=only(),
        record={"events": False, "organisations": False, "contracts": False},
        policy={
            "route": "single_stage",
            "engagement_months": 0.0,
            "turnover_ratio": 0.0,
            "weight_price": 1.0,
            "weight_quality": 0.0,
            "weight_social_value": 0.0,
            "weight_integration": 0.0,
        },
        behaviour={
            "strategy": "equilibrium",
            "local_fit": "uniform",
            "local_fit_low": 0.0,
            "local_fit_high": 1.0,
            "belief_low": 0.0,
            "belief_high": 1.0,
            "initial_participation": 1.0,
            "bids_in_hand_skilled": 1e9,
            "population_growth": 0.0,
            "price_memory": 0.0,
        },
    )


@pytest.mark.parametrize("bidders", [2, 3, 5, 10])
def test_the_equilibrium_strategy_gives_the_first_price_equilibrium(bidders: int) -> None:
    """Check 1: each bids ``c + (1 - c)/n``, and the mean price is ``2/(n + 1)``."""
    ratios = []
    for seed in range(9):
        result = simulate(first_price_tender(bidders), seed)
        first = [row for row in result.tables["procurements"].to_pylist() if row["round"] == 1 and row["attempt"] == 1]
        assert len(first) == COMMISSIONERS * PATHWAYS
        assert {(row["outcome"], row["candidates"], row["bids"]) for row in first} == {("awarded", bidders, bidders)}
        reference = {row["id"]: row["reference_cost"] for row in first}
        bids = [row for row in result.tables["bids"].to_pylist() if row["procurement"] in reference]
        for bid in bids:
            of_reference = reference[bid["procurement"]]
            cost = bid["cost_estimate"] / of_reference
            assert bid["price"] / of_reference == pytest.approx(cost + (1.0 - cost) / bidders, abs=1e-6)
        lowest = {p: min(b["price"] for b in bids if b["procurement"] == p) for p in list(reference)[:20]}
        assert all(row["price"] == lowest[row["id"]] for row in first if row["id"] in lowest)
        ratios += [row["price"] / row["reference_cost"] for row in first]
    assert len(ratios) >= 3000
    assert sum(ratios) / len(ratios) == pytest.approx(2.0 / (bidders + 1.0), rel=0.02)
