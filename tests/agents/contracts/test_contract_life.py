"""Failure, finding out, remedies, leaving early, staff transfer, capability: each at work, and gone when off."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

import pytest

from caremarket.agents.contracts.allocation import resize
from caremarket.agents.contracts.delivery import deliver
from caremarket.agents.contracts.exit import replace_host_or_end
from caremarket.agents.contracts.monitoring import attention, attention_of_lead, months_to_see
from caremarket.agents.contracts.performance import best_cut, set_cut
from caremarket.agents.contracts.price_allocation import allocate_price
from caremarket.agents.contracts.remedies import check_for_recovery
from caremarket.agents.contracts.termination import consider_leaving
from caremarket.agents.costs.contract_margin import holder_margin
from caremarket.agents.entities.contract import Failure
from caremarket.agents.entities.performance_level import initial_performance_margin
from caremarket.agents.model import CareMarket, simulate
from caremarket.agents.money.payment_flow import pay_invoice
from caremarket.agents.world.result import RunResult
from caremarket.market.contracts import ContractState, EndReason
from caremarket.market.ledger import WORLD, Reason
from caremarket.market.scenario import Scenario
from tests.agents.conftest import changed, small, without

SEEDS = (1, 2, 3)
LED = {"form": "prime_provider", "lot_scope": "pathway", "turnover_ratio": 0.0, "budget_discount": -0.1}
CHAIN = {"form": "prime_contractor", "lot_scope": "pathway", "turnover_ratio": 0.0, "budget_discount": -0.1}


def frail(**sections: Any) -> Scenario:
    """Many fail: a high standard, watched closely."""
    strict = {"life": {"performance_standard": 0.5, "form_sd": 0.12}}
    return changed(small(behaviour=strict, policy={"monitoring": 0.8}), **sections)


@cache
def _run(text: str, seed: int) -> RunResult:
    return simulate(Scenario.model_validate_json(text), seed)


def run(scenario: Scenario, seed: int = 1) -> RunResult:
    return _run(scenario.model_dump_json(), seed)


def kinds(result: RunResult) -> Counter[str]:
    return Counter(result.tables["events"].column("kind").to_pylist())


def paid(result: RunResult, reason: str) -> int:
    return sum(p["amount"] for p in result.tables["postings"].to_pylist() if p["reason"] == reason)


def total(scenario: Scenario, measure: str) -> float:
    return sum(float(run(scenario, seed).summary[measure] or 0.0) for seed in SEEDS)


def led_market(month: float, policy: dict[str, Any], **sections: Any) -> CareMarket:
    model = CareMarket(changed(small(policy=policy), **sections), 1)
    model.run_until(month)
    return model


def a_chain(model: CareMarket) -> Any:
    """A running contract with a sub-contractor at work, and that part of it."""
    for in_force in model.contracts.values():
        for allocation in in_force.allocations:
            if allocation.sub is not None and allocation.failure is None:
                return in_force, allocation
    raise AssertionError("no chain")


# Performance and corner cutting ---------------------------------------------------------------------------


def test_performance_depends_on_quality_and_the_same_draw_in_every_arm() -> None:
    model = CareMarket(small(), 1)
    provider = model.bidders("area-1", 0)[0]
    before = initial_performance_margin(provider, 7)
    provider.quality += 0.1
    assert initial_performance_margin(provider, 7) == pytest.approx(before + 0.1)


def test_who_loses_more_cuts_more_and_who_is_watched_or_rich_cuts_less() -> None:
    model = led_market(30.0, LED)
    in_force, allocation = a_chain(model)
    deliverer = allocation.deliverer
    allocation.repaired = False
    assert best_cut(in_force, allocation, 0.0) == 0.0
    assert 0.0 < best_cut(in_force, allocation, 0.05) < best_cut(in_force, allocation, 0.1)
    loss = best_cut(in_force, allocation, 0.1)
    model.ledger.post(model.time, WORLD, deliverer.account, 10**12, Reason.EQUITY)
    assert best_cut(in_force, allocation, 0.1) < 0.01 * loss
    model.ledger.post(model.time, deliverer.account, WORLD, 10**12, Reason.RETURNED_EQUITY)
    unwatched = model.policy.model_copy(update={"monitoring": 0.0})
    in_force.holder.skill = 0.0
    model.policy = unwatched
    most = best_cut(in_force, allocation, 0.1)
    assert most == pytest.approx(0.1 / (1.0 - deliverer.fixed_share))
    assert most > loss
    allocation.repaired = True
    assert best_cut(in_force, allocation, 0.1) == 0.0


def test_a_corner_cut_saves_cost_and_takes_performance() -> None:
    model = led_market(30.0, LED)
    in_force, allocation = a_chain(model)
    rate, standing = allocation.cost_rate, allocation.performance_margin
    set_cut(in_force, allocation, 0.1)
    assert allocation.cost_rate == pytest.approx(0.9 * rate)
    harm = model.scenario_data.behaviour.life.cutting_harm
    assert allocation.performance_margin == pytest.approx(standing - 0.1 * harm)
    set_cut(in_force, allocation, 0.0)
    assert (allocation.cost_rate, allocation.performance_margin) == (pytest.approx(rate), pytest.approx(standing))


def cuts(scenario: Scenario) -> int:
    model = CareMarket(scenario, 1)
    model.run()
    return sum(a.cut > 0.0 for in_force in model.contracts.values() for a in in_force.allocations)


def test_corners_are_cut_under_pressure_only_while_that_is_done() -> None:
    pressed = small(policy={"budget_discount": 0.1, "publish_budget": True})
    assert cuts(pressed) > 0
    assert cuts(changed(pressed, mechanisms=without("corner_cutting"))) == 0


# Finding out ----------------------------------------------------------------------------------------------


def test_a_second_tier_adds_its_lag_and_no_lag_means_none() -> None:
    for mechanisms, lag in (({}, 2.0), (without("reporting_lag"), 0.0)):
        model = led_market(30.0, LED, mechanisms=mechanisms)
        in_force, allocation = a_chain(model)
        one, two = (months_to_see(in_force, allocation, 0.5, tiers) for tiers in (1, 2))
        assert one is not None
        assert two is not None
        assert two - one == pytest.approx(lag)
        assert months_to_see(in_force, allocation, 0.0, 1) is None


def test_attention_grows_with_monitoring_and_a_manager_and_is_diluted_by_indicators() -> None:
    model = led_market(30.0, LED)
    in_force, _ = a_chain(model)
    plain = attention(in_force)
    assert plain == pytest.approx(0.3)
    model.policy = model.policy.model_copy(update={"contract_manager": True})
    assert attention(in_force) == pytest.approx(0.6)
    in_force.contract.indicators = 100
    assert attention(in_force) == pytest.approx(0.15)
    assert attention_of_lead(in_force) == pytest.approx(0.25 * in_force.holder.skill)
    model.scenario_data = changed(model.scenario_data, mechanisms=without("attention_limit"))
    assert attention(in_force) == pytest.approx(0.6)
    model.scenario_data = changed(model.scenario_data, mechanisms=without("detection"))
    assert attention(in_force) == attention_of_lead(in_force) == 0.0


def test_a_contract_manager_costs_money_for_led_contracts_alone() -> None:
    for policy, costs in (({}, False), (LED, True)):
        with_one = run(small(policy={**policy, "contract_manager": True})).summary
        plain = run(small(policy=policy)).summary
        more = with_one["commissioner_transaction_cost_pence"] or 0
        assert (more > (plain["commissioner_transaction_cost_pence"] or 0)) == costs


def test_nothing_is_seen_and_nobody_acts_without_detection() -> None:
    seen = run(frail())
    assert seen.summary["warning_rate"]
    assert (seen.summary["months_to_detect_failure"] or 0.0) > 0.0
    blind = run(frail(mechanisms=without("detection")))
    assert kinds(blind)["failure_begins"] > 0
    assert blind.summary["months_to_detect_failure"] is None
    assert blind.summary["warning_rate"] == 0.0
    assert not {"warning", "remedial_plan", "payment_withheld", "step_in", "supplier_removed"} & kinds(blind).keys()


# Remedies -------------------------------------------------------------------------------------------------


def test_stages_follow_one_another_and_withheld_pay_comes_back_on_recovery() -> None:
    happened: Counter[str] = Counter()
    for seed in SEEDS:
        result = run(frail(), seed)
        happened += kinds(result)
        assert result.summary["ledger_imbalance_pence"] == 0
        rows = result.tables["events"].to_pylist()
        first: dict[tuple[str, int], float] = {}
        for row in rows:
            first.setdefault((row["kind"], row["contract"]), row["time"])
        for (kind, contract), month in first.items():
            if kind == "payment_withheld":
                assert month >= first["warning", contract] + 2.0 - 1e-9
    for kind in ("failure_begins", "warning", "remedial_plan", "payment_withheld", "withheld_released", "terminated"):
        assert happened[kind] > 0, kind
    assert paid(run(frail(), 1), "remedial_plan") > 0


def test_a_failing_supplier_is_removed_sooner_with_a_right_to_step_in() -> None:
    free = frail(policy=CHAIN)
    bound = changed(free, policy={"step_in": True})
    assert sum(kinds(run(bound, seed))["step_in"] for seed in SEEDS) > 0
    assert sum(kinds(run(free, seed))["step_in"] for seed in SEEDS) == 0
    assert total(free, "step_in_rate") == 0.0
    assert total(bound, "step_in_rate") > 0.0
    blind = without("detection")
    assert run(changed(bound, mechanisms=blind)).summary == run(changed(free, mechanisms=blind)).summary


def test_withheld_pay_falls_on_the_supplier_at_fault_as_far_as_it_flows_down() -> None:
    for flow_down in (0.0, 1.0):
        model = led_market(30.0, {**LED, "flow_down": flow_down})
        in_force, allocation = a_chain(model)
        failure = Failure(in_force, allocation)
        allocation.failure = failure
        allocation.performance_margin = -9.0
        failure.withholding = True
        in_force.last_delivery -= 3.0
        deliver(in_force)
        assert failure.withheld > 0
        assert failure.passed == pytest.approx(flow_down * failure.withheld, abs=1)
        supplier = allocation.deliverer
        before = (in_force.holder.reserves, supplier.reserves)
        withheld, passed = failure.withheld, failure.passed
        allocation.performance_margin = 9.0
        check_for_recovery(failure)
        assert failure.over
        assert in_force.holder.reserves - before[0] == withheld - passed
        assert supplier.reserves - before[1] == passed
        model.ledger.check()
        model.check_no_event_lost()


# Leaving early --------------------------------------------------------------------------------------------


def test_a_limited_holder_hands_back_what_it_cannot_afford_and_a_rich_one_does_not() -> None:
    for reserves, switch, leaves in ((0, True, True), (10**12, True, False), (0, False, False)):
        model = led_market(30.0, {}, mechanisms={"hand_back": switch})
        in_force = next(x for x in model.contracts.values() if x.holder.can_fail and x.expiry > model.time + 6.0)
        holder = in_force.holder
        holder.limited_liability = True
        post = model.ledger.post
        post(model.time, holder.account, WORLD, max(0, holder.reserves), Reason.RETURNED_EQUITY)
        post(model.time, WORLD, holder.account, reserves, Reason.EQUITY)
        # Paid far less than the work costs it or anybody.
        in_force.contract.price //= 2
        allocate_price(in_force)
        assert consider_leaving(in_force) is leaves
        assert (in_force.contract.state is ContractState.TERMINATED) is leaves
        if leaves:
            assert in_force.contract.end_reason is EndReason.HANDED_BACK
            assert model.oversight.handed_back
            assert holder.defaults
        model.ledger.check()
        model.check_no_event_lost()


def test_a_trust_that_loses_more_than_notice_costs_gives_notice_and_stays_until_it_has_run_out() -> None:
    for price, switch, gives in ((0.1, True, True), (0.97, True, False), (0.1, False, False)):
        model = led_market(30.0, {"duration_years": 7.0}, mechanisms={"hand_back": switch})
        lives = [x for x in model.contracts.values() if x.holder.is_trust and x.expiry > model.time + 36.0]
        in_force = max(lives, key=lambda x: x.expiry)
        margin, _ = holder_margin(in_force)
        in_force.contract.price = round((in_force.contract.price - margin) * price)
        allocate_price(in_force)
        assert not consider_leaving(in_force)
        assert in_force.noticed is gives
        assert model.oversight.handed_back == gives
        if gives:
            assert in_force.expiry == model.time + 12.0
            assert not in_force.holder.defaults
            model.run_until(model.time + 6.0)
            assert in_force.contract.running
            model.run_until(model.time + 60.0)
            assert in_force.contract.end_reason is EndReason.NOTICE
        model.ledger.check()
        model.check_no_event_lost()


def test_a_guarantee_share_is_pledged_as_far_as_reserves_go() -> None:
    model = led_market(30.0, {})
    in_force = next(x for x in model.contracts.values() if x.holder.reserves > 0)
    assert in_force.holder.guarantee_pence(in_force.contract, 0.0) == 0
    assert in_force.holder.guarantee_pence(in_force.contract, 1e6) == in_force.holder.reserves
    in_force.holder.limited_liability = True
    assert in_force.holder.means_pence(10**15, in_force.contract, 0.5) == in_force.holder.reserves
    in_force.holder.limited_liability = False
    assert in_force.holder.means_pence(10**15, in_force.contract, 0.5) == 10**15


def test_a_direct_agreement_keeps_the_key_supplier_when_the_lead_ends() -> None:
    for agreed in (False, True):
        model = led_market(30.0, {**LED, "direct_agreement": agreed})
        in_force, allocation = a_chain(model)
        sub = allocation.sub
        for other in in_force.contract.subcontracts:
            other.price = sub.price if other is sub else other.price // 100
        # Dear enough to be worth going on.
        sub.price *= 3
        resize(in_force, allocation, allocation.share)
        items = list(sub.items)
        so_far = len(model.recorder.events)
        replace_host_or_end(in_force, in_force.holder.exit_reason)
        held = {model.contracts[n].holder.index for i in items for n in i.contracts}
        log = Counter(row[1] for row in model.recorder.events[so_far:])
        assert log["direct_agreement"] == agreed
        if agreed:
            assert held == {allocation.deliverer.index}
        model.check_no_event_lost()


# Paying down the chain ------------------------------------------------------------------------------------


def test_direct_payment_means_no_lateness_and_survives_the_lead() -> None:
    late = {**LED, "subcontract_payment_days": 200.0}
    direct = run(small(policy={**late, "direct_payment": True}))
    assert paid(direct, "subcontract_payment") == paid(direct, "management_fee") == 0
    assert paid(run(small(policy=late)), "subcontract_payment") > 0
    model = led_market(30.0, {**LED, "direct_payment": True})
    in_force, allocation = a_chain(model)
    in_force.last_delivery -= 3.0
    deliver(in_force)
    supplier = allocation.deliverer
    before = supplier.reserves
    in_force.holder.alive = False
    pay_invoice(in_force)
    assert supplier.reserves > before
    in_force.holder.alive = True


def test_prompt_payment_overrides_pay_when_paid_and_every_slower_term() -> None:
    slow = {**LED, "payment_days": 90.0, "subcontract_payment_days": 120.0, "pay_when_paid": True}
    plain = run(small(policy=slow)).summary["sme_days_to_paid"]
    prompt = run(small(policy={**slow, "prompt_payment_days": 20.0})).summary["sme_days_to_paid"]
    assert plain is not None
    assert plain > 80.0
    assert prompt == pytest.approx(20.0, abs=1e-6)


def test_consent_keeps_work_where_it_is_better() -> None:
    villages = {"synthetic": {"population_per_ccg": 30_000, "third_sector": 30}}
    loose = {**LED, "weight_price": 0.2, "weight_quality": 0.3, "weight_social_value": 0.4, "monitoring": 0.1}
    free = small(policy=loose, market=villages)
    asked = changed(free, policy={"consent_right": True})
    assert sum(kinds(run(free, seed))["volume_diverted"] for seed in SEEDS) > 0
    assert sum(kinds(run(asked, seed))["consent_refused"] for seed in SEEDS) > 0
    diverted = [sum(kinds(run(s, seed))["volume_diverted"] for seed in SEEDS) for s in (free, asked)]
    assert diverted[1] < diverted[0]


# Staff transfer and capability ----------------------------------------------------------------------------


def test_taking_work_over_costs_money_only_while_staff_transfer_does() -> None:
    result = run(small())
    assert result.summary["staff_transfer_pence"] == paid(result, "staff_transfer") > 0
    assert run(small(mechanisms=without("staff_transfer_cost"))).summary["staff_transfer_pence"] == 0


def test_lost_work_takes_capacity_and_experience_with_it_only_while_they_wither() -> None:
    for on in (True, False):
        model = CareMarket(small(mechanisms={"capability_decay": on}), 1)
        provider = next(p for p in model.bidders("area-1", 0) if p.is_trust)
        provider.take_on(0, 10_000_000.0, 10_000_000.0)
        provider.give_up(0, 10_000_000.0, 10_000_000.0)
        lost = provider.idle[0]
        assert lost > 0
        provider.track[99] = 2.0
        capacity = provider.capacity[0]
        provider.close_year()
        assert provider.capacity[0] == (pytest.approx(capacity - lost * (1.0 - 0.5**0.5), abs=2) if on else capacity)
        assert provider.track[99] == pytest.approx(2.0 * 0.5**0.5 if on else 2.0)
        if on:
            for _ in range(12):
                provider.close_year()
            assert 99 not in provider.track


@pytest.mark.parametrize("policy", [{}, LED, CHAIN, {**CHAIN, "step_in": True, "direct_agreement": True}])
def test_money_is_conserved_after_every_event_and_none_is_lost(policy: dict[str, Any]) -> None:
    scenario = frail(policy=policy, record={"check_ledger": "event"}, horizon_years=4)
    assert simulate(scenario, 2).summary["ledger_imbalance_pence"] == 0
