"""Care that nobody has been found for: under the present contract or with a caretaker, for what can be afforded."""

from __future__ import annotations

from functools import partial

import pytest

from caremarket.agents.model import CareMarket, simulate
from caremarket.market.pathways import ServiceItem
from tests.agents.conftest import small


def a_fifth(price: int, items: list[ServiceItem]) -> float:
    """What is paid at most for items that cost ``price`` now."""
    return 0.2 * price


SQUEEZED = {"budget_discount": 0.25, "duration_years": 3.0}


def test_care_that_nobody_bids_for_is_paid_what_can_be_afforded() -> None:
    """P 1.10: a public body carries on for less, anybody else goes where that does not pay it to stay."""
    for binds in (True, False):
        events = simulate(small(policy=SQUEEZED, mechanisms={"budget_binds": binds}), 1).tables["events"].to_pylist()
        seen = {e["kind"] for e in events}
        assert ("paid_less" in seen) is binds
        assert ("refuses_to_go_on" in seen) <= binds


def test_a_public_body_stays_and_a_company_goes_where_the_price_does_not_pay() -> None:
    model = CareMarket(small(), 1)
    model.run_until(1.0)
    lives = list(model.contracts.values())
    for public in (True, False):
        in_force = next(x for x in lives if x.holder.is_trust is public and len(x.contract.items) == 1)
        (item,) = in_force.contract.items
        before, buyer = in_force.contract.price, model.commissioners[item.commissioner]
        model.succession.caretaker(buyer, [item], at_most=partial(a_fifth, before))
        assert in_force.contract.running is public
        (number,) = item.contracts
        now = model.contracts[number]
        if public:
            assert now is in_force
        else:
            assert now.holder is not in_force.holder or now is not in_force
        if now.holder.is_trust:
            assert now.contract.price <= round(0.2 * before)
        assert now.expiry >= model.time + model.scenario_data.behaviour.bridge_months
    model.ledger.check()
    model.check_no_event_lost()


def test_bidders_hear_the_budget_once_they_have_bid_above_it() -> None:
    """With the budget untold they bid what is paid now; told, some come down to it."""
    told = {}
    for binds in (True, False):
        result = simulate(small(policy={"budget_discount": 0.06}, mechanisms={"budget_binds": binds}), 2)
        again = {p["id"]: p["budget"] for p in result.tables["procurements"].to_pylist() if p["attempt"] == 2}
        bids = [b for b in result.tables["bids"].to_pylist() if b["procurement"] in again]
        assert bids
        told[binds] = sum(b["price"] == pytest.approx(again[b["procurement"]], abs=2) for b in bids) / len(bids)
    assert told[True] > told[False]
