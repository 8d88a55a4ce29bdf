"""Figures of the market, on tables made by hand whose answer is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import pytest

from caremarket.experiments.evidence.market import bidders, budgets, prices
from caremarket.experiments.evidence.market.arms import ARMS, DEFAULT, DOUBLED, WIDE, Arm
from caremarket.experiments.evidence.market.estimates import over_seeds, paired
from caremarket.experiments.evidence.market.figure import (
    OUTSIDE,
    RATIO,
    SHOWN,
    TOO_FEW,
    UNDECIDED,
    UNMEASURED,
    WITHIN,
    Figure,
    Found,
)
from caremarket.experiments.evidence.market.registry import FIGURES
from caremarket.experiments.evidence.market.runs import Runs
from caremarket.experiments.report.market_table import bar, market_headline, market_page

SEEDS = range(3)
TENDER = {
    "commissioner": 0,
    "pathways": "diabetes",
    "functions": "community",
    "round": 1,
    "attempt": 1,
    "route": "two_stage",
    "form": "separate",
    "opened": 30.0,
    "outcome": "awarded",
    "qualified": 3,
    "bids": 2,
    "price": 900.0,
    "budget": 1000.0,
    "reference_cost": 1000.0,
}
BID = {
    "price": 900,
    "markup": 0.05,
    "believed_rivals": 1.0,
    "believed_chance": 0.5,
    "believed_affordable": 1000,
    "won": True,
}
EMPTY: dict[str, pd.DataFrame] = {
    "events": pd.DataFrame({"run": [0], "replicate": [0], "time": [60.0], "kind": ["allocation_cut"]}),
    "yearly": pd.DataFrame(
        {"run": [0], "replicate": [0], "year": [1], "dimension": [""], "measure": [""], "value": [0.0]}
    ),
}


def made(
    tenders: Sequence[dict[str, Any]],
    bids: Sequence[dict[str, Any]] = (),
    arms: Sequence[str] = (DEFAULT,),
    **tables: Any,
) -> Runs:
    """Runs of three seeds of each arm, all with these tenders and bids, which name their arm or are of all arms."""
    runs = pd.DataFrame(
        [
            {"run": len(SEEDS) * point + seed, "replicate": seed, "label": arm, "exits": 2.0 + point * seed}
            for point, arm in enumerate(arms)
            for seed in SEEDS
        ]
    )
    procurements = [
        {"run": run.run, "replicate": run.replicate, "id": number, **TENDER, **_entries(tender)}
        for run in runs.itertuples()
        for number, tender in enumerate(tenders)
        if tender.get("arm", run.label) == run.label
    ]
    offers = [
        {"run": run.run, "replicate": run.replicate, "procurement": 0, **BID, **_entries(bid)}
        for run in runs.itertuples()
        for bid in bids
        if bid.get("arm", run.label) == run.label
    ]
    bid_table = pd.DataFrame(offers or [{"run": 99, "replicate": 0, "procurement": 0, **BID}])
    return Runs({"runs": runs, "procurements": pd.DataFrame(procurements), "bids": bid_table, **EMPTY, **tables})


def _entries(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != "arm"}


def found(identity: str, runs: Runs) -> dict[str, Any]:
    """The row of a figure."""
    (figure,) = (one for one in FIGURES if one.id == identity)
    return figure.row(runs)


def test_the_slope_is_that_of_the_price_whatever_function_and_pathway_cost() -> None:
    dear = {"acute": 0.2, "community": 0.0}
    tenders = [
        # Few bid for acute care, which is dear: without effects of function the slope would be another.
        {"bids": n, "functions": name, "pathways": where, "price": 1000 * (1 - 0.02 * min(n, 5) + dear[name] + extra)}
        for name in dear
        for n in ((1, 2, 3) if name == "acute" else (2, 3, 4, 5, 9))
        for where, extra in (("stroke", 0.1), ("diabetes", 0.0))
        for _ in range(2)
    ]
    runs = made(tenders)
    for row in (found("1a reference", runs), found("1a budget", runs)):
        assert row["found"] == pytest.approx(-0.02, abs=1e-9)
        assert row["high"] == pytest.approx(-0.02, abs=1e-6)
        assert (row["count"], row["verdict"]) == (3 * len(tenders), TOO_FEW)


def test_generous_budgets_are_a_control_and_not_an_effect_of_bids() -> None:
    # More bid where the budget is more generous, and the price is a share of the budget whoever bids.
    tenders = [
        {"bids": n, "budget": 1000 * b, "price": 950 * b}
        for n, b in ((1, 0.9), (2, 0.95), (2, 0.9), (3, 1.0), (3, 1.1))
    ]
    runs = made(tenders)
    assert found("1a reference", runs)["found"] > 0.02
    assert found("1a control", runs)["found"] == pytest.approx(0.0, abs=0.004)
    assert found("1a control", runs)["verdict"] == SHOWN


def test_the_premium_of_a_single_bid_is_a_share_of_the_price_with_three_and_more() -> None:
    tenders = [
        {"bids": n, "functions": name, "price": level * (1.08 if n == 1 else 1.0)}
        for name, level in (("acute", 1000), ("community", 800))
        for n in (1, 3, 4)
    ] + [{"bids": 2, "price": 5000}]
    assert prices.single_bid_premium(made(tenders)).value == pytest.approx(0.08)


def test_awards_that_are_no_contests_do_not_count() -> None:
    others = [
        {"route": "direct_award", "bids": 1},
        {"route": "any_qualified_provider", "form": "any_qualified_provider", "bids": 4},
        {"outcome": "over_budget", "bids": 1},
    ]
    runs = made([{"bids": 2}, *others])
    assert len(prices.winners(runs)) == 3
    assert bidders.single_bids(runs).value == pytest.approx(0.5)


def test_chances_are_compared_with_the_share_won() -> None:
    bids = [{"believed_chance": 0.35, "won": n < 7} for n in range(20)]
    bids += [{"believed_chance": 0.75, "won": True}] * 50 + [{"believed_chance": 1.0, "won": True}] * 40
    runs = made([{}], bids)
    calibrated, timid, certain = (found(f"1d {tenth}", runs) for tenth in ("0.3", "0.7", "0.9"))
    assert (calibrated["found"], calibrated["verdict"]) == (pytest.approx(0.0), TOO_FEW)
    assert (timid["found"], timid["verdict"], timid["count"]) == (pytest.approx(0.25), OUTSIDE, 150)
    assert (certain["found"], certain["verdict"]) == (pytest.approx(0.0), WITHIN)
    assert found("1d 0.0", runs)["verdict"] == UNMEASURED
    early = made([{"opened": 10.0}], bids)
    assert found("1d mean", early)["verdict"] == UNMEASURED


def test_a_lone_bidder_is_measured_by_what_it_believes_affordable() -> None:
    runs = made([{}], [{"believed_rivals": 0.0, "price": 980}, {"believed_rivals": 0.4, "price": 500}])
    assert found("1b", runs)["found"] == pytest.approx(0.98)


def test_markups_are_compared_by_seed() -> None:
    bids: list[dict[str, Any]] = [
        {"arm": DEFAULT, "markup": 0.06},
        {"arm": DOUBLED, "markup": 0.04},
        {"won": False, "markup": 0.5},
    ]
    row = found("1c", made([{}], bids, arms=(DEFAULT, DOUBLED)))
    assert (row["found"], row["verdict"]) == (pytest.approx(-0.02), WITHIN)


def test_a_lot_is_compared_with_its_own_first_round() -> None:
    tenders = [
        {"pathways": "stroke", "bids": 5},
        {"pathways": "stroke", "round": 2, "bids": 3},
        {"pathways": "stroke", "round": 2, "attempt": 2, "bids": 0},
        {"pathways": "diabetes", "bids": 2},
        {"pathways": "dementia", "round": 2, "bids": 9},
    ]
    assert bidders.reprocurement(made(tenders, arms=(WIDE,))).value == pytest.approx(-2.0)


def test_a_cut_is_told_by_prices_before_and_after_it_and_by_failed_tenders() -> None:
    arms = (DEFAULT, "cut")
    years = [
        {
            "run": 3 * point + seed,
            "replicate": seed,
            "year": year,
            "dimension": "nation",
            "measure": "price_to_reference",
        }
        | {"value": 1.0 - (0.1 if point and year > 5 else 0.0)}
        for point in (0, 1)
        for seed in SEEDS
        for year in range(1, 11)
    ]
    tenders = [
        {"arm": "default", "opened": 70.0},
        {"arm": "cut", "opened": 70.0, "outcome": "over_budget"},
        {"arm": "cut", "opened": 50.0, "outcome": "no_bids"},
        {"arm": "cut", "opened": 80.0},
    ]
    runs = made(tenders, arms=arms, yearly=pd.DataFrame(years))
    assert found("3 before", runs)["verdict"] == WITHIN
    assert found("3 price", runs)["found"] == pytest.approx(-0.1)
    assert found("3 tenders", runs)["found"] == pytest.approx(0.5)
    exits = found("3 exits", runs)  # 0, 1 and 2 more
    assert (exits["found"], exits["verdict"]) == (pytest.approx(1.0), UNDECIDED)
    assert budgets.query_change(budgets.REFUSED, runs).value == 0.0


@pytest.mark.parametrize(
    ("value", "low", "high", "sure", "verdict"),
    [
        (-0.2, -0.3, -0.1, True, WITHIN),
        (-0.2, -0.5, 0.1, True, UNDECIDED),
        (0.2, -0.1, 0.5, True, OUTSIDE),
        (0.0, 0.0, 0.0, True, OUTSIDE),
        (-0.2, None, None, True, UNDECIDED),
        (-0.2, -0.5, 0.1, False, WITHIN),
        (0.0, 0.0, 0.0, False, WITHIN),
        (None, None, None, False, UNMEASURED),
    ],
)
def test_verdicts(value: float | None, low: float | None, high: float | None, sure: bool, verdict: str) -> None:
    figure = Figure("x", "a figure", RATIO, lambda _: Found(None, None, None, 0), "", "", bar_high=0.0, sure=sure)
    assert figure.verdict(Found(value, low, high, 5)) == verdict


def test_the_interval_over_seeds_is_students() -> None:
    before, after = pd.Series({0: 1.0, 1: 2.0, 2: 9.0}), pd.Series({0: 2.0, 1: 4.0, 2: 12.0, 3: 50.0})
    change = paired(before, after)
    assert change.value == pytest.approx(2.0)
    assert change.low == pytest.approx(2.0 - 4.302653 / 3**0.5)
    assert change.count == 3
    assert over_seeds(pd.Series(dtype=float)) == Found(None, None, None, 0)


def test_figures_and_arms_have_names_of_their_own() -> None:
    assert len({figure.id for figure in FIGURES}) == len(FIGURES)
    assert len({arm.name for arm in ARMS}) == len(ARMS)
    assert ARMS[0] == Arm(DEFAULT, ARMS[0].says)


def test_rows_are_told_with_their_bars() -> None:
    rows = [found("1d 0.7", made([{}], [{"believed_chance": 0.75}] * 40)), found("1a control", made([{"bids": 2}]))]
    assert bar(rows[0]) == "-5.0% to 5.0%"
    assert market_headline(rows) == "Market, 3 seeds: 0 of 1 figures with a bar are within it; 1 outside, 1 unmeasured"
    assert "| 1d 0.7 | share won less believed chance, believed chance of 0.7 to 0.8 | 25.0% |" in market_page(rows)
