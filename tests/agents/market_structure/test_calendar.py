"""Reforms change levers at their date and leave contracts in force as they are; shocks strike on their day."""

from __future__ import annotations

from typing import Any

import pytest

from caremarket.agents.entities.provider import Provider
from caremarket.agents.model import CareMarket, simulate
from caremarket.market.errors import ConfigurationError
from caremarket.market.scenario import Scenario
from tests.agents.conftest import composed, small

REFORM = {"form": "prime_provider", "lot_scope": "pathway", "turnover_ratio": 0.0}


def reformed(month: float, **policy: Any) -> Scenario:
    return small(policy={"duration_years": 1.0}, calendar={"reform": {"month": month, "policy": policy}})


def test_a_reform_changes_what_is_bought_from_its_date() -> None:
    rows = simulate(reformed(30.0, **REFORM), 1).tables["procurements"].to_pylist()
    before = {row["form"] for row in rows if row["opened"] < 30.0}
    after = {row["form"] for row in rows if row["opened"] >= 30.0}
    assert before == {"separate"}
    assert "prime_provider" in after
    begun = simulate(reformed(30.0, **REFORM), 1).tables["contracts"].to_pylist()
    assert {c["form"] for c in begun if c["procurement"] >= 0 and c["start"] > 55.0} == {"prime_provider"}


def test_nothing_differs_before_a_reform_takes_effect() -> None:
    plain = simulate(small(policy={"duration_years": 1.0}), 2).tables["events"].to_pylist()
    other = simulate(reformed(30.0, **REFORM), 2).tables["events"].to_pylist()
    assert [e for e in plain if e["time"] < 30.0] == [e for e in other if e["time"] < 30.0]
    assert plain != other


def test_a_contract_keeps_the_terms_it_was_let_under() -> None:
    model = CareMarket(reformed(36.0, payment="tariff", outcome_share=0.2, indicators=40), 1)
    model.run_until(40.0)
    old = [in_force for in_force in model.contracts.values() if in_force.contract.start < 36.0]
    assert old
    assert {in_force.contract.payment.name for in_force in old} == {"block"}
    assert {in_force.contract.outcome_share for in_force in old} == {0.0}
    assert model.policy.payment == "tariff"


def test_reforms_build_on_one_another_in_order_of_time() -> None:
    second = {"month": 40.0, "policy": {"indicators": 30}}
    first = {"month": 20.0, "policy": {"indicators": 20, "monitoring": 0.9}}
    scenario = small(calendar={"a_later": second, "b_sooner": first})
    steps = [(name, policy.indicators, policy.monitoring) for name, _, policy in scenario.reforms()]
    assert steps == [("b_sooner", 20, 0.9), ("a_later", 30, 0.9)]


@pytest.mark.parametrize(
    ("reform", "key"),
    [
        ("{month: 24, policy: {form: nonsense}}", "calendar.x.policy.form"),
        ("{month: 24, policy: {flow_down: 3}}", "calendar.x.policy.flow_down"),
        ("{month: 24, policy: {flow_dwn: 0.3}}", "calendar.x.policy.flow_dwn"),
        ("{month: 24, policy: {weight_price: 0.9}}", "calendar.x.policy"),
        ("{month: 24, policy: {monitoring: true}}", "calendar.x.policy.monitoring"),
        ("{month: -1, policy: {monitoring: 0.1}}", "calendar.x.month"),
    ],
)
def test_a_wrong_reform_is_refused_by_the_key_at_fault(reform: str, key: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        composed(f"+calendar.x={reform}")
    assert error.value.key == key


def test_a_shock_strikes_the_largest_first_on_its_day() -> None:
    shock = {"one": {"month": 20.0, "kind": "provider_fails", "who": "third_sector", "count": 2}}
    model = CareMarket(small(shocks=shock), 1)
    model.run_until(20.0 - 1e-6)
    charities = [o for o in model.organisations if isinstance(o, Provider) and o.alive and o.kind == "third_sector"]
    largest = sorted(charities, key=lambda p: (-p.market_value, p.index))[:2]
    model.run_until(20.0)
    assert {p.exit_reason.name for p in largest} == {"INSOLVENT"}
    assert [p.exited_at for p in largest] == [20.0, 20.0]
    assert sum(not p.alive for p in charities) == 2


def test_lost_funds_are_written_off_in_the_books() -> None:
    shock = {"one": {"month": 20.0, "kind": "funds_lost", "who": "acute_trust", "count": 3, "share": 0.5}}
    result = simulate(small(shocks=shock), 1)
    lost = [p for p in result.tables["postings"].to_pylist() if p["reason"] == "write_off"]
    assert len(lost) == 3
    assert {p["time"] for p in lost} == {20.0}
    assert result.summary["ledger_imbalance_pence"] == 0


def test_a_practice_that_is_made_to_leave_has_left() -> None:
    shock = {"one": {"month": 1.0, "kind": "practice_withdraws"}}
    events = simulate(small(shocks=shock), 1).tables["events"].to_pylist()
    assert {"shock", "practice_leaves"} <= {e["kind"] for e in events if e["time"] == 1.0}
