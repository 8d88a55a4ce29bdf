"""Measures of a run against its own tables."""

from __future__ import annotations

import pytest

from agents.model import CareMarket, simulate

from .conftest import small

OPEN = {"route": "single_stage", "duration_years": 1.0, "turnover_ratio": 0.0}


def test_bid_cost_is_what_bidders_paid() -> None:
    result = simulate(small(policy=OPEN), 1)
    paid = sum(p["amount"] for p in result.tables["postings"].to_pylist() if p["reason"] == "bid_cost")
    assert result.summary["bid_cost_pence"] == paid > 0


def test_prices_are_set_against_reference_cost() -> None:
    model = CareMarket(small(policy=OPEN), 1)
    summary = model.run().summary
    price = reference = 0.0
    for life in model.contracts.values():
        price += life.contract.price
        reference += sum(allocation.reference for allocation in life.allocations)
    assert summary["price_to_reference"] == pytest.approx(price / reference)
    dearer = simulate(small(policy={**OPEN, "budget_discount": 0.1}), 1).summary["price_to_reference"]
    assert dearer is not None
    assert summary["price_to_reference"] is not None
    assert dearer < summary["price_to_reference"]
