"""Figures of a run show what its tables say, as known by a month, and are legible specifications."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from functools import cache
from typing import Any

import pyarrow as pa
import pytest

from caremarket.agents.model import CareMarket, simulate
from caremarket.agents.records.tables import SCHEMAS
from caremarket.experiments.report.figures import (
    RUN_FIGURES,
    png_bytes,
    run_data,
    run_figure,
    specification,
    svg_bytes,
)
from caremarket.experiments.report.figures.flow import STEPS
from caremarket.experiments.report.figures.style import date_text, milliseconds
from caremarket.market.errors import ConfigurationError
from caremarket.market.provider_kinds import PROVIDER_KINDS
from tests.agents.conftest import small

Tables = dict[str, pa.Table]


@cache
def tables_of(form: str = "prime_provider") -> Tables:
    scope = {} if form == "separate" else {"lot_scope": "pathway"}
    return simulate(small(policy={"form": form, **scope}), 5).tables


def yearly(tables: Tables, measure: str) -> dict[int, float]:
    rows = tables["yearly"].to_pylist()
    return {r["year"]: r["value"] for r in rows if r["dimension"] == "nation" and r["measure"] == measure}


@pytest.mark.parametrize("name", RUN_FIGURES)
@pytest.mark.parametrize(("form", "month"), [("prime_provider", None), ("separate", 0.0), ("alliance", 31.5)])
def test_every_figure_is_a_valid_chart_whose_data_can_be_exchanged(name: str, form: str, month: float | None) -> None:
    tables = tables_of(form)
    theme = "dark" if form == "separate" else "light"
    found = run_figure(name, tables, month, theme=theme).to_dict()  # checked against Vega-Lite's schema
    assert found["datasets"] == json.loads(json.dumps(run_data(name, tables, month)))
    named = set(_named(found))
    assert named <= set(found["datasets"])
    people = tables["organisations"].num_rows
    clickable = [r["organisation"] for rows in found["datasets"].values() for r in rows if "organisation" in r]
    assert all(-1 <= index < people for index in clickable)
    if name in {"market_shares", "supply_network", "contract_timeline", "small_reserves"}:
        assert any(index >= 0 for index in clickable)
    other = specification(run_figure(name, tables, month, theme="light" if theme == "dark" else "dark"))
    assert other["background"] != found["background"]
    assert other["datasets"] == found["datasets"]


def _named(spec: Any) -> list[str]:
    if isinstance(spec, list):
        return [name for part in spec for name in _named(part)]
    if not isinstance(spec, dict):
        return []
    here = [spec["data"]["name"]] if isinstance(spec.get("data"), dict) and "name" in spec["data"] else []
    return here + [name for key, part in spec.items() if key != "datasets" for name in _named(part)]


def test_concentration_is_that_of_the_yearly_measures() -> None:
    tables = tables_of()
    data = run_data("concentration", tables)
    for view, text in (("direct", "who holds the contracts"), ("delivered", "who does the work")):
        for rows, field, measure in (("index", "hhi", "hhi"), ("small", "share", "sme_value_share")):
            drawn = {row["date"]: row[field] for row in data[rows] if row["view"] == text}
            for year, value in yearly(tables, f"{measure}_{view}").items():
                assert drawn[milliseconds(12.0 * year)] == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("largest", [3, 100])
def test_the_segments_of_a_bar_fill_it(largest: int) -> None:
    tables = tables_of()
    bars: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in run_data("market_shares", tables, view="direct", largest=largest)["shares"]:
        bars[row["to"]].append(row)
    assert len(bars) == 25
    for rows in bars.values():
        assert sum(row["share"] for row in rows) == pytest.approx(1.0)
        assert [row["bottom"] for row in rows[1:]] == [row["top"] for row in rows[:-1]]
        assert len({row["organisation"] for row in rows} - {-1}) <= largest
    labels = [kind.label for kind in PROVIDER_KINDS.values()]
    order = [labels.index(row["kind"]) for row in bars[milliseconds(72.0)]]
    assert order == sorted(order)


def test_the_flow_sums_up_to_what_is_paid_and_shows_what_small_providers_have() -> None:
    tables = tables_of()
    groups = run_data("sme_flow", tables)["groups"]
    sums: dict[str, float] = defaultdict(float)
    for row in groups:
        sums[row["column"]] += row["millions"]
    assert len(sums) == 3
    paid = sums["commissioners pay"]
    assert all(value == pytest.approx(paid) for value in sums.values())
    flows = [r for r in tables["flows"].to_pylist() if r["month"] == 72.0]
    assert paid == pytest.approx(sum(r["value"] for r in flows) / 1e8)
    note = run_data("sme_flow", tables)["note"][0]["text"]
    assert f"do {yearly(tables, 'sme_value_share_delivered')[6]:.0%}" in note


def test_every_ribbon_is_as_wide_at_its_end_as_at_its_beginning() -> None:
    ribbons: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in run_data("sme_flow", tables_of())["ribbons"]:
        ribbons[row["ribbon"]].append(row)
    for rows in ribbons.values():
        widths = [row["y2"] - row["y"] for row in rows]
        assert widths == pytest.approx([widths[0]] * len(rows))
        assert widths[0] > 0.0


def test_large_and_small_ones_of_a_kind_have_ribbons_and_names_of_their_own() -> None:
    tables = dict(tables_of())
    people = tables["organisations"]
    kinds = people["kind"].to_pylist()
    for kind in ("gp_federation", "third_sector", "independent"):
        # Every other one is large.
        odd = [i for i, k in enumerate(kinds) if k == kind][::2]
        small = [s and i not in odd for i, s in enumerate(people["sme"].to_pylist())]
        people = people.set_column(people.column_names.index("sme"), "sme", pa.array(small))
    tables["organisations"] = people
    found = run_data("sme_flow", tables)
    names = [(row["column"], row["group"]) for row in found["groups"]]
    assert len(set(names)) == len(names)
    steps = Counter(row["ribbon"] for row in found["ribbons"])
    assert set(steps.values()) == {STEPS}


@pytest.mark.parametrize("largest", [4, 100])
def test_the_network_carries_all_that_is_paid(largest: int) -> None:
    tables = tables_of()
    data = run_data("supply_network", tables, 40.0, largest=largest)
    flows = [r for r in tables["flows"].to_pylist() if r["month"] == 39.0]
    paid = sum(e["millions"] for e in data["edges"] if e["tie"] == "contract")
    below = sum(e["millions"] for e in data["edges"] if e["tie"] == "sub-contract")
    assert paid == pytest.approx(sum(r["value"] for r in flows) / 1e8)
    assert below == pytest.approx(sum(r["value"] for r in flows if r["holder"] != r["deliverer"]) / 1e8)
    columns = [[n for n in data["nodes"] if n["role"] == e] for e in {n["role"] for n in data["nodes"]}]
    for nodes in columns:
        assert len({(n["x"], n["y"]) for n in nodes}) == len(nodes)
    assert below > 0.0


def test_who_has_left_fades_and_is_gone_after_a_year() -> None:
    tables = simulate(small(policy={"form": "separate"}, shocks={"one": {"month": 20, "kind": "provider_fails",
        "who": "third_sector"}}), 5).tables  # fmt: skip
    gone = [r for r in tables["organisations"].to_pylist() if r["exited"] == 20.0]
    assert gone
    index = gone[0]["index"]

    def node(month: float) -> list[dict[str, Any]]:
        rows = run_data("supply_network", tables, month)["nodes"]
        return [row for row in rows if row["organisation"] == index]

    assert [row["gone"] for row in node(19.0)] in ([False], [False, False])
    early, late = node(20.5)[0], node(31.0)[0]
    assert early["gone"]
    assert early["opacity"] > late["opacity"] > 0.0
    assert not node(33.0)
    ends = {row["organisation"]: row for row in run_data("small_reserves", tables, 40.0)["ends"]}
    assert ends[index]["gone"]
    assert ends[index]["date"] == milliseconds(20.0)
    assert not {row["organisation"]: row for row in run_data("small_reserves", tables, 18.0)["ends"]}[index]["gone"]


def test_the_timeline_knows_no_more_than_was_known() -> None:
    tables = tables_of()
    now = 30.0
    data = run_data("contract_timeline", tables, now, lots=1000)
    assert max(row["to"] for rows in ("contracts", "procurements") for row in data[rows]) <= milliseconds(now)
    contracts = [r for r in tables["contracts"].to_pylist() if r["start"] <= now]
    assert len(data["contracts"]) == len(contracts)
    later = sum(not 0.0 <= r["ended"] <= now for r in contracts)
    assert sum(row["fate"] == "running" for row in data["contracts"]) == later
    under_way = [r for r in tables["procurements"].to_pylist() if r["opened"] <= now < r["closed"]]
    shown = [row for row in data["procurements"] if row["fate"] == "under way"]
    assert len(shown) == len(under_way) > 0
    assert all(row["winner"] == "–" and row["bidders"] == "not known yet" for row in shown)


def test_a_live_run_and_its_recording_are_drawn_alike() -> None:
    model = CareMarket(small(policy={"form": "prime_provider", "lot_scope": "pathway"}), 5)
    model.run_until(36.0)
    live, recorded = model.recorder.tables_now(), tables_of()
    for name in RUN_FIGURES:
        assert run_data(name, live, 36.0) == run_data(name, recorded, 36.0), name


def test_the_timeline_can_be_of_one_provider_alone() -> None:
    tables = tables_of()
    holder = tables["contracts"].to_pylist()[-1]["holder"]
    bids = {r["procurement"] for r in tables["bids"].to_pylist() if r["bidder"] == holder}
    lots = {(r["commissioner"], r["pathways"], r["functions"]) for r in tables["contracts"].to_pylist()
        if r["holder"] == holder} | {(r["commissioner"], r["pathways"], r["functions"])
        for r in tables["procurements"].to_pylist() if r["id"] in bids}  # fmt: skip
    found = run_data("contract_timeline", tables, organisation=holder, lots=1000)
    assert len(found["lots"]) == len(lots) < len(run_data("contract_timeline", tables, lots=1000)["lots"])


def test_what_small_providers_were_promised_is_held_against_what_they_get() -> None:
    tables = tables_of()
    people = tables["organisations"].to_pylist()
    last = [r for r in tables["positions"].to_pylist() if r["month"] == 72.0 and people[r["organisation"]]["sme"]]
    data = run_data("promised_delivered", tables)
    row = data["time"][-2]
    assert (row["group"], row["when"]) == ("small providers", "April 2019")
    assert row["promised"] == pytest.approx(sum(r["promised"] for r in last) / 1e8)
    assert row["given"] == pytest.approx(sum(r["given"] for r in last) / 1e8)
    assert sum(r["promised"] for r in data["suppliers"]) == pytest.approx(row["promised"])


def test_what_a_year_cost_adds_up_to_public_cost() -> None:
    tables = tables_of()
    data = run_data("outcome_cost", tables, 40.0)
    measured = [v for year, v in yearly(tables, "outcome_index").items() if year <= 3 and v is not None]
    assert [row["outcome"] for row in data["outcome"]] == measured
    assert measured
    spent = sum(row["millions"] for row in data["cost"])
    assert spent == pytest.approx(yearly(tables, "public_cost_pence")[3] / 1e8)


def test_what_cannot_be_drawn_is_said_in_one_line() -> None:
    tables = tables_of()
    without = {name: table for name, table in tables.items() if name not in ("positions", "flows")}
    with pytest.raises(ConfigurationError, match=r"record\.positions_months.*no table `positions`"):
        run_figure("market_shares", without)
    older = {**tables, "contracts": tables["contracts"].drop_columns(["pathways"])}
    with pytest.raises(ConfigurationError, match=r"contracts.*pathways.*anew"):
        run_figure("contract_timeline", older)
    for key, options in {"theme": {"theme": "blue"}, "view": {"view": "seen"}, "colour": {"colour": "red"}}.items():
        with pytest.raises(ConfigurationError, match=f"{key}.*allowed"):
            run_figure("market_shares", tables, **options)
    with pytest.raises(ConfigurationError, match=r"figure.*market_shares"):
        run_figure("market_share", tables)
    for month in (-1.0, float("nan")):
        with pytest.raises(ConfigurationError, match="month"):
            run_figure("supply_network", tables, month)


def test_a_run_in_which_nothing_was_noted_yet_is_drawn_empty() -> None:
    nothing = {name: schema.empty_table() for name, schema in SCHEMAS.items()}
    nothing["organisations"] = tables_of()["organisations"]
    for name in RUN_FIGURES:
        specification(run_figure(name, nothing))


def test_a_chart_is_the_same_picture_every_time() -> None:
    chart = run_figure("concentration", tables_of(), 24.0)
    picture = svg_bytes(chart)
    assert picture.startswith(b"<svg")
    assert b"Concentration" in picture
    assert picture == svg_bytes(run_figure("concentration", tables_of(), 24.0))
    assert png_bytes(chart).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("month", "text", "days"), [(0.0, "April 2013", 0), (9.0, "January 2014", 275), (24.5, "April 2015", 745)]
)
def test_months_are_calendar_months(month: float, text: str, days: float) -> None:
    assert date_text(month) == text
    assert (milliseconds(month) - 1_364_774_400_000) / 86_400_000 == pytest.approx(days)
