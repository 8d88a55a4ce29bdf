"""The figures that are held against contracts awarded in 2013 and 2014."""

from __future__ import annotations

from typing import Any

import pytest

from caremarket.agents.records.tables import SCHEMAS, to_table
from caremarket.experiments.calibration.targets import DISTANCE, TARGETS, awarded, distance, figures

AQP = "any_qualified_provider"


def table(name: str, rows: list[dict[str, Any]]) -> Any:
    """Rows of a table of a run; what a row leaves out is null."""
    return to_table(name, [[row.get(field.name) for field in SCHEMAS[name]] for row in rows])


def contract(holder: int, route: int, functions: str = "acute", **more: Any) -> dict[str, Any]:
    usual = {"form": "separate", "price": 100_00, "start": 5.0, "agreed_end": 29.0}
    return usual | {"holder": holder, "procurement": route, "functions": functions} | more


def tables(contracts: list[dict[str, Any]]) -> dict[str, Any]:
    kinds = ["acute_trust", "independent", "third_sector", "gp_federation"]
    routes = [("two_stage", 4.0), ("direct_award", 4.5), (AQP, -1.0), ("two_stage", 16.5), ("two_stage", 17.5)]
    procurements = [{"id": n, "route": route, "signed": signed} for n, (route, signed) in enumerate(routes)]
    return {
        "organisations": table("organisations", [{"index": n, "kind": kind} for n, kind in enumerate(kinds)]),
        "procurements": table("procurements", procurements),
        "contracts": table("contracts", contracts),
    }


def test_by_hand() -> None:
    found = figures(
        awarded(
            tables(
                [
                    contract(0, 0),  # tendered, won by a trust: 200 pounds over two years
                    # tendered, won by a company, signed in the window and begun after it: 100 pounds
                    contract(1, 3, price=50_00, start=20.0, agreed_end=44.0),
                    contract(0, 1, agreed_end=17.0),  # agreed directly: 100 pounds
                    contract(0, -1, start=17.0, agreed_end=18.0, price=1200_00),  # a caretaker: 100 pounds for a month
                    contract(2, 2, "community", form=AQP),  # accredited: no stated value
                    contract(3, 1, "social+community"),  # bought together: the group's business too, 200 pounds
                    # Not counted: others' business, inherited, too late.
                    contract(1, 0, "social"),
                    contract(1, 0, "primary"),
                    contract(1, 0, "voluntary"),
                    contract(1, -1, start=0.0),
                    contract(1, 4, start=21.0, agreed_end=40.0),
                    contract(1, 2, start=17.1, form=AQP),
                ]
            )
        )
    )
    assert found["awarded"] == 6
    assert found["tendered"] == 2
    assert found["awarded_value_gbp"] == pytest.approx(700.0)
    number = {k.rpartition("_")[2]: v for k, v in found.items() if k.startswith("awarded_number")}
    assert number == pytest.approx({"nhs": 3 / 6, "private": 1 / 6, "voluntary": 1 / 6, "other": 1 / 6})
    value = {k.rpartition("_")[2]: v for k, v in found.items() if k.startswith("awarded_value_") and "gbp" not in k}
    assert value == pytest.approx({"nhs": 4 / 7, "private": 1 / 7, "voluntary": 0.0, "other": 2 / 7})
    assert found["awarded_by_tender"] == pytest.approx(2 / 6)
    assert (found["tenders_won_nhs"], found["tenders_won_private"]) == (0.5, 0.5)


def test_distance_is_zero_on_target_and_not_known_where_something_is_not() -> None:
    assert distance(TARGETS) == 0.0
    off = {name: value + 0.02 for name, value in TARGETS.items()}
    assert distance(off) == pytest.approx(0.02)
    assert figures([])[DISTANCE] is None
