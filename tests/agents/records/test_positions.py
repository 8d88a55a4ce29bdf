"""Where everybody stands is noted as it is, at no cost to the market, and can be had while the market runs."""

from __future__ import annotations

from collections import defaultdict
from functools import cache

import pytest

from caremarket.agents.model import CareMarket, simulate
from caremarket.agents.records.arrow_rows import MOST_CHUNKS, GrowingTable
from caremarket.agents.records.tables import SCHEMAS, to_table
from caremarket.agents.world.result import RunResult
from caremarket.market.measures import effective_suppliers, gini, herfindahl_hirschman_index
from tests.agents.conftest import changed, small

FORMS = {
    "prime_provider": {"form": "prime_provider", "lot_scope": "pathway"},
    "alliance": {"form": "alliance", "lot_scope": "pathway"},
}


@cache
def run_of(form: str) -> RunResult:
    return simulate(small(policy=FORMS[form]), 5)


@pytest.mark.parametrize("form", FORMS)
def test_positions_give_the_concentration_of_the_yearly_measures(form: str) -> None:
    tables = run_of(form).tables
    values: dict[tuple[str, float], list[float]] = defaultdict(list)
    for row in tables["positions"].to_pylist():
        for view in ("direct", "delivered"):
            values[view, row["month"]].append(row[view])
    compared = 0
    for row in tables["yearly"].to_pylist():
        name, _, view = row["measure"].rpartition("_")
        measures = {"hhi": herfindahl_hirschman_index, "gini": gini, "effective_suppliers": effective_suppliers}
        if row["dimension"] == "nation" and name in measures:
            found = measures[name](values[view, 12.0 * row["year"]])
            assert found == pytest.approx(row["value"], rel=1e-12), (row["year"], row["measure"])
            compared += 1
    assert compared == 6 * 6


@pytest.mark.parametrize("form", FORMS)
def test_flows_say_who_holds_and_who_does_what_positions_sum_up(form: str) -> None:
    tables = run_of(form).tables
    flows: dict[tuple[str, float, int], float] = defaultdict(float)
    for row in tables["flows"].to_pylist():
        flows["direct", row["month"], row["holder"]] += row["value"]
        flows["delivered", row["month"], row["deliverer"]] += row["value"]
    positions = tables["positions"].to_pylist()
    for row in positions:
        for view in ("direct", "delivered"):
            assert flows[view, row["month"], row["organisation"]] == pytest.approx(row[view], rel=1e-9, abs=1e-3)
    assert any(row["given"] for row in positions) == (tables["subcontracts"].num_rows > 0)
    assert {row["month"] for row in positions} == {3.0 * n for n in range(25)}


def test_the_market_comes_out_the_same_however_it_is_looked_at() -> None:
    scenario = small(policy=FORMS["prime_provider"])
    model = CareMarket(scenario, 5)
    month = 0.0
    while month < 72.0:
        month = min(72.0, month + 0.7)
        model.run_until(month)
        model.recorder.tables_now()
    in_steps = model.recorder.tables_now()
    at_once = run_of("prime_provider")
    assert set(in_steps) == set(at_once.tables)
    for name, table in at_once.tables.items():
        # At the horizon, what is still under way was never closed.
        seen = [row for row in in_steps[name].to_pylist() if row.get("outcome") != "under_way"]
        assert seen == table.to_pylist(), name
    assert model.run().summary == at_once.summary
    unseen = simulate(changed(scenario, record={"positions_months": 0}), 5)
    assert unseen.summary == at_once.summary
    assert {"positions", "flows"}.isdisjoint(unseen.tables)


def test_tables_in_mid_run_hold_what_is_running_and_where_everybody_stands_now() -> None:
    model = CareMarket(small(policy=FORMS["prime_provider"]), 5)
    model.run_until(40.5)
    tables = model.recorder.tables_now()
    running = [row for row in tables["contracts"].to_pylist() if row["ended"] < 0.0]
    assert [row["id"] for row in running] == sorted(model.contracts)
    subs = [s for in_force in model.contracts.values() for s in in_force.contract.subcontracts if s.end < 0]
    assert sum(row["end"] < 0.0 for row in tables["subcontracts"].to_pylist()) == len(subs)
    under_way = [row for row in tables["procurements"].to_pylist() if row["outcome"] == "under_way"]
    assert [row["id"] for row in under_way] == list(model.processes)
    assert under_way
    assert all(row["closed"] == -1.0 and row["opened"] <= 40.5 and row["winner"] == -1 for row in under_way)
    now = [row for row in tables["positions"].to_pylist() if row["month"] == 40.5]
    assert {row["organisation"]: row["reserves"] for row in now} == {
        p.index: p.reserves for p in map(model.provider, [row["organisation"] for row in now])
    }
    assert len(now) > 20
    model.run_until(42.0)
    assert 40.5 not in set(model.recorder.tables_now()["positions"]["month"].to_pylist())


def test_positions_are_noted_at_the_horizon_as_well() -> None:
    result = simulate(small(horizon_years=1, record={"positions_months": 5}), 2)
    assert sorted(set(result.tables["positions"]["month"].to_pylist())) == [0.0, 5.0, 10.0, 12.0]


def test_a_growing_table_is_the_table_of_its_rows() -> None:
    rows: list[tuple[object, ...]] = []
    table = GrowingTable("events", rows)
    assert table.table() == SCHEMAS["events"].empty_table()
    for n in range(3 * MOST_CHUNKS):
        rows.append((float(n), f"kind {n % 7}", n, -1, -1, -1, 10 * n, ""))
        found = table.table([(99.0, "running", 0, -1, -1, -1, 0, "")])
        assert found.schema.equals(SCHEMAS["events"])
        assert found.num_rows == n + 2
    assert table.table().to_pylist() == to_table("events", rows).to_pylist()
    assert table.table().column("kind").num_chunks <= MOST_CHUNKS + 1
