"""The event log says why, as whoever decided found it."""

from __future__ import annotations

from collections import Counter
from functools import cache
from math import inf, sqrt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caremarket.agents.bidding.subcontract_quotes import Quote, quote_for
from caremarket.agents.contracts.exit import why_insolvent
from caremarket.agents.contracts.price_allocation import allocate_price
from caremarket.agents.costs.contract_margin import holder_margin
from caremarket.agents.entities.provider import Provider
from caremarket.agents.model import CareMarket, simulate
from caremarket.agents.procurement.tender_process import TenderProcess
from caremarket.agents.world.reasons import REASONS, Why
from caremarket.market.contracts import EndReason
from caremarket.market.forms import FORMS
from tests.agents.conftest import composed, small, without

Event = dict[str, Any]
POLICIES = ("separate", "prime_contractor", "prime_provider", "alliance", "any_qualified_provider")


@cache
def log(policy: str = "prime_provider", seed: int = 1) -> tuple[Event, ...]:
    return tuple(simulate(small(f"policy={policy}"), seed).tables["events"].to_pylist())


def reasons(events: tuple[Event, ...], kind: str) -> Counter[str]:
    return Counter(e["detail"] for e in events if e["kind"] == kind)


def logged(kind: str, *overrides: str, **sections: Any) -> Counter[str]:
    events = simulate(small(*overrides, **sections), 1).tables["events"].to_pylist()
    return reasons(tuple(events), kind)


@pytest.mark.parametrize("policy", POLICIES)
def test_every_reason_that_is_logged_is_registered(policy: str) -> None:
    told = {(e["kind"], e["detail"]) for e in log(policy) if e["kind"] in REASONS}
    assert told
    assert {(kind, code) for kind, code in told if code not in REASONS[kind]} == set()


def test_contracts_end_for_the_reasons_there_are() -> None:
    of_suppliers = {"supplier_gone", "head_ended", "removed", "replaced_by_board"}
    assert set(REASONS["contract_ends"]) == {r.name.lower() for r in EndReason} - of_suppliers - {"running"}
    assert set(REASONS["terminated"]) < set(REASONS["contract_ends"])


def test_keeping_the_log_changes_nothing() -> None:
    kept = simulate(small("policy=alliance"), 2).summary
    assert simulate(small("policy=alliance", record={"events": False}), 2).summary == kept


# Sub-contracts ------------------------------------------------------------------------------------------

positive = st.floats(1.0, 1e9)


@given(
    paid=st.floats(0.1, 1.0), cost=positive, staff=positive, premium=positive, elsewhere=positive, at=st.floats(0, 1)
)
def test_a_refusal_names_the_first_thing_that_the_offer_does_not_cover(
    paid: float, cost: float, staff: float, premium: float, elsewhere: float, at: float
) -> None:
    least = (cost + staff + premium + elsewhere) / paid
    quote = Quote(least, 2.0 * least, paid, cost, staff, premium, 4.0, elsewhere, 0.0)
    price = at * least
    assert quote.taken_at(price) is None
    why = quote.why_not(price, 10)
    income = price * paid
    covered = {
        "below_cost": 0.0,
        "staff": cost,
        "risk": cost + staff,
        "better_elsewhere": cost + staff + premium,
    }
    tolerance = 1e-6 * least
    assert income >= covered[why.code] - tolerance
    nexts = [c for c in covered.values() if c > covered[why.code]] or [least * paid]
    assert income <= min(nexts) + tolerance


def test_thin_reserves_are_named_where_a_usual_bad_year_would_take_more() -> None:
    quote = Quote(100.0, 120.0, 1.0, 50.0, 0.0, 30.0, 400.0, 20.0, 0.0)
    assert quote.why_not(70.0, 19) == ("reserves", 20, -1)
    assert quote.why_not(70.0, 21) == ("risk", 30, -1)
    assert quote.why_not(45.0, 0) == ("below_cost", 5, -1)
    assert Quote(inf, inf, 0.0, 50.0, 0.0, 30.0, 400.0, 20.0, 0.0).why_not(1e9, 0).code == "nothing_sure"


def test_the_same_offer_is_refused_for_its_risk_only_by_who_is_averse_to_it() -> None:
    def quoted(*off: str) -> Quote:
        model = CareMarket(small("policy=prime_provider", mechanisms=without(*off)), 1)
        while True:
            model.run_until(model.time + 0.5)
            for tender in model.processes.values():
                if isinstance(tender, TenderProcess) and tender.usual_price and FORMS["prime_provider"] is tender.form:
                    item = tender.procurement.lot.items[0]
                    small_ones = [p for p in model.able_to(tender.procurement.lot, item.function) if p.sme]
                    if small_ones:
                        usual = float(item.reference_cost)
                        return quote_for(model, small_ones[0], [item], usual, 1.0, tender, 3)

    averse, neutral = quoted(), quoted("risk_aversion")
    assert neutral.premium == 0.0 < averse.premium
    # A price that covers all but the risk, and leaves less than may be earned elsewhere.
    part = 0.5 * min(averse.premium, averse.elsewhere)
    price = (averse.cost + averse.staff - averse.defence + part) / averse.paid
    assert averse.why_not(price, int(sqrt(averse.variance)) + 1).code == "risk"
    assert averse.why_not(price, 0).code == "reserves"
    assert neutral.why_not(price, 0).code == "better_elsewhere"


def test_without_risk_aversion_nobody_refuses_because_of_risk() -> None:
    averse = logged("refuses_subcontract", "policy=prime_provider")
    neutral = logged("refuses_subcontract", "policy=prime_provider", mechanisms=without("risk_aversion"))
    assert averse["risk"] + averse["reserves"] > 0
    assert neutral["below_cost"] > 0
    assert neutral["risk"] + neutral["reserves"] == 0


# Bidding --------------------------------------------------------------------------------------------------


def test_who_fails_selection_hears_which_test_and_by_how_much() -> None:
    scenario = small("policy=prime_provider", policy={"turnover_ratio": 2.0, "guarantee_share": 0.0})
    events = simulate(scenario, 2).tables["events"].to_pylist()
    turned = [e for e in events if e["kind"] == "fails_selection"]
    assert {e["detail"] for e in turned} <= {"turnover", "experience", "default"}
    assert any(e["detail"] == "turnover" for e in turned)
    assert all(e["amount"] > 0 for e in turned if e["detail"] == "turnover")
    guarantee = logged("fails_selection", policy={"turnover_ratio": 0.0, "guarantee_share": 0.9})
    assert guarantee["guarantee"] > 0 == guarantee["turnover"]


def test_who_does_not_bid_says_why() -> None:
    found = reasons(log(), "no_bid")
    assert found
    assert found[""] == 0
    published = {"policy": {"publish_budget": True}}
    known = logged("no_bid", "policy=prime_provider", behaviour={"strategy": "cost_plus"}, **published)
    assert known["over_budget"] > 0
    # A best response is never above a budget that is known: where that leaves no surplus, it says so.
    known = logged("no_bid", "policy=prime_provider", **published)
    assert known["no_surplus"] > 0 == known["over_budget"]


def test_where_only_price_counts_only_price_decides() -> None:
    weights = {"weight_quality": 0.0, "weight_social_value": 0.0, "weight_integration": 0.0, "weight_price": 1.0}
    found = logged("preferred", policy=weights)
    assert found["price"] > 0
    assert set(found) <= {"price", "only_bid"}
    assert reasons(log("separate"), "preferred")["quality"] > 0


# Failing and leaving --------------------------------------------------------------------------------------


def failures(*off: str) -> list[Event]:
    """Who left the extension of a house, in twenty of its lives."""
    house = composed("scenario=house")
    mechanisms = house.mechanisms.model_copy(update=dict.fromkeys(off, False))
    lives = [simulate(house.model_copy(update={"mechanisms": mechanisms}), seed) for seed in range(1, 21)]
    return [e for in_force in lives for e in in_force.tables["events"].to_pylist() if e["kind"] == "exit"]


def test_a_failure_names_the_contract_or_the_lead_that_did_it() -> None:
    exits = failures()
    for event in exits:
        assert (event["contract"] >= 0) == (event["detail"] == "insolvent_contracts")
        assert (event["other"] >= 0) == (event["detail"] == "insolvent_unpaid")
    assert {e["detail"] for e in exits} >= {"insolvent_unpaid", "insolvent_stranded"}


def test_whose_work_costs_more_than_it_is_paid_fails_by_the_contract_that_costs_most() -> None:
    model = CareMarket(small(), 1)
    providers = [o for o in model.organisations if isinstance(o, Provider)]
    provider = next(p for p in providers if len(p.holdings) > 2 and p.fixed_cost <= p.fixed_target)
    for share, in_force in zip((0.5, 0.01), list(provider.holdings.values())[:2], strict=True):
        in_force.contract.price = round(share * in_force.contract.price)
        allocate_price(in_force)
    worst = min(provider.holdings, key=lambda n: holder_margin(provider.holdings[n])[0])
    assert why_insolvent(provider) == (Why("insolvent_contracts"), worst)
    provider.fixed_cost = provider.fixed_target + 1e12
    assert why_insolvent(provider) == (Why("insolvent_stranded"), -1)


def test_nobody_fails_over_stranded_cost_where_none_sticks() -> None:
    assert any(e["detail"] == "insolvent_stranded" for e in failures())
    assert not any(e["detail"] == "insolvent_stranded" for e in failures("sticky_fixed_costs"))


def test_alliances_fail_over_distrust_only_while_trust_is_asked_for() -> None:
    distrust = ("commissioner_distrusts", "convener_distrusts", "member_distrusts")
    wary = logged("alliance_fails", "policy=alliance")
    trusting = logged("alliance_fails", "policy=alliance", mechanisms=without("trust_threshold"))
    assert sum(wary[code] for code in distrust) > 0
    assert sum(trusting[code] for code in distrust) == 0


def test_who_leaves_because_others_left_would_have_stayed_without_contagion() -> None:
    site = composed("scenario=site_d")
    events = simulate(site, 1).tables["events"].to_pylist()
    found = reasons(tuple(events), "practice_leaves")
    assert found["shock"] == 1
    assert found["others_left"] > 0
    calm = site.model_copy(update={"mechanisms": site.mechanisms.model_copy(update={"contagion": False})})
    assert reasons(tuple(simulate(calm, 1).tables["events"].to_pylist()), "practice_leaves")["others_left"] == 0
