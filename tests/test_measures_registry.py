"""A measure is defined in one place: summary, yearly table, MLflow's description and the page follow from it."""

from __future__ import annotations

import pytest

from caremarket.agents.model import simulate
from caremarket.agents.records.measures import MEASURES, Measure, summary_names
from caremarket.experiments.analysis.measures import formatted, noun
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


def test_names_are_used_once_and_money_is_named_as_such() -> None:
    assert len(set(summary_names())) == len(summary_names())
    for measure in MEASURES.values():
        assert (measure.unit == "pence") == measure.name.endswith("_pence")
        assert not measure.headline or measure.noun
