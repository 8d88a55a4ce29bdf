"""Measures of a run against its own tables."""

from __future__ import annotations

import pytest

from caremarket.agents.model import CareMarket, simulate
from tests.agents.conftest import small, without

OPEN = {"route": "single_stage", "duration_years": 1.0, "turnover_ratio": 0.0}


def test_bid_cost_is_what_bidders_paid() -> None:
    result = simulate(small(policy=OPEN), 1)
    paid = sum(p["amount"] for p in result.tables["postings"].to_pylist() if p["reason"] == "bid_cost")
    assert result.summary["bid_cost_pence"] == paid > 0


def test_prices_are_set_against_reference_cost() -> None:
    model = CareMarket(small(policy=OPEN), 1)
    summary = model.run().summary
    price = reference = 0.0
    for in_force in model.contracts.values():
        price += in_force.contract.price
        reference += sum(allocation.reference for allocation in in_force.allocations)
    assert summary["price_to_reference"] == pytest.approx(price / reference)


@pytest.mark.parametrize("seed", [1, 2])
def test_prices_follow_the_budget_that_is_bid(seed: int) -> None:
    """Where all bid the budget, a tenth off the budget is a tenth off prices; what competes on price follows less.

    Elsewhere tenders fail at a tight budget, and contracts at old prices are held over until one succeeds.
    A commissioner in deficit offers less than that: not here.
    """

    def price(discount: float) -> float:
        terms = {**OPEN, "payment": "programme_budget", "budget_discount": discount}
        still = without("balanced_budgets", "rebasing")
        found = simulate(small(policy=terms, mechanisms=still), seed).summary["price_to_reference"]
        assert found is not None
        return found

    assert price(0.1) == pytest.approx(0.9 * price(0.0), rel=0.01)


@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_awarded_is_cheaper_under_a_tighter_budget(seed: int) -> None:
    def price(discount: float) -> float:
        """Mean price of awards over reference cost."""
        tables = simulate(small(policy={**OPEN, "budget_discount": discount}), seed).tables
        reference = {p["id"]: p["reference_cost"] for p in tables["procurements"].to_pylist()}
        won = [b for b in tables["bids"].to_pylist() if b["won"]]
        assert len(won) > 20
        return float(sum(b["price"] for b in won) / sum(reference[b["procurement"]] for b in won))

    assert price(0.1) < price(0.0)


def test_a_bid_above_the_budget_is_marked_so_even_where_nobody_else_was_asked() -> None:
    result = simulate(small(policy={"budget_discount": 0.15, "duration_years": 1.0}), 1)
    procurements = {p["id"]: p for p in result.tables["procurements"].to_pylist()}
    dear = direct = 0
    for bid in result.tables["bids"].to_pylist():
        bought = procurements[bid["procurement"]]
        if bid["price"] > bought["budget"]:
            assert not bid["compliant"]
            dear += 1
            direct += bought["route"] == "direct_award"
    assert dear > direct > 0
