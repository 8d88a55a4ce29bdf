"""A measure is defined in one place: summary, yearly table, MLflow's description and the page follow from it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from caremarket.agents.model import simulate
from caremarket.agents.records.measures import MEASURES, Measure, summary_names
from caremarket.experiments.analysis.measures import formatted, formatted_change, noun, unit
from caremarket.runners.tracking.mlflow_pages import experiment_tags
from tests.agents.conftest import small
from tools.docs.measures import measures_page

SHARE = Measure(
    "two_largest_share",
    "Concentration, contracts in force",
    "share",
    "share of the two largest holders",
    lambda view: sum(sorted(view.shares.holders)[-2:]) / sum(view.shares.holders) if view.shares.holders else None,
    null_when="no contract is in force",
    yearly="in_force",
    headline=True,
    noun="the part of the two largest holders",
)


def test_a_measure_defined_in_one_place_is_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    before = simulate(small(), 1)
    monkeypatch.setitem(MEASURES, SHARE.name, SHARE)
    after = simulate(small(), 1)
    found = after.summary[SHARE.name]
    assert found is not None
    assert after.summary["cr1_direct"] < found < after.summary["cr4_direct"]
    assert {name: value for name, value in after.summary.items() if name != SHARE.name} == before.summary
    yearly = [row for row in after.tables["yearly"].to_pylist() if row["measure"] == SHARE.name]
    assert {row["dimension"] for row in yearly} == {"nation", "area", "pathway"}
    assert "`two_largest_share` | two largest share | share" in "".join(experiment_tags().values())
    assert "| `two_largest_share` | share of the two largest holders | share | yes |" in measures_page()
    assert formatted(SHARE.name, 0.25) == "25.0%"
    assert noun(SHARE.name) == SHARE.noun


def test_a_count_is_shown_whole_whenever_it_was_added(monkeypatch: pytest.MonkeyPatch) -> None:
    added = replace(SHARE, name="small_holders", group="A group of my own", unit="count")
    assert formatted(added.name, 10) == "10.0"
    monkeypatch.setitem(MEASURES, added.name, added)
    assert [formatted(added.name, value) for value in (10, 0, 2.5, 0.25)] == ["10", "0", "2.5", "0.25"]
    assert [formatted_change(added.name, value) for value in (3, -0.25, 0)] == ["+3", "-0.25", "0"]
    assert formatted("mergers", 3) == formatted("tenders", 3) == "3"


def test_the_format_follows_the_unit_not_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, measured, shown in (("x_share_rate", "ratio", "1.50"), ("hhi_of_mine", "days", "1.50")):
        monkeypatch.setitem(MEASURES, name, replace(SHARE, name=name, unit=measured))
        assert formatted(name, 1.5) == shown
    assert unit("hhi_of_mine").text == "days"
    assert unit("x_share_rate").text == ""


def test_names_are_used_once_and_headlines_have_a_noun() -> None:
    assert len(set(summary_names())) == len(summary_names())
    for measure in MEASURES.values():
        assert not measure.headline or measure.noun
