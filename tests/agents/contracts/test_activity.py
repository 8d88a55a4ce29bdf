"""Volume, place and case mix answer to what is paid for, and to nothing once the switch is off."""

from __future__ import annotations

from typing import Any

import pytest

from caremarket.agents.contracts.activity_response import ACUTE, capacity_limit
from caremarket.agents.contracts.delivery import deliver
from caremarket.agents.contracts.price_allocation import allocate_price
from caremarket.agents.entities.contract import Allocation, ContractInForce
from caremarket.agents.model import CareMarket, simulate
from caremarket.agents.records.measures import MEASURES
from caremarket.agents.records.measures.view import MarketView, Shares
from caremarket.agents.records.tally import Tally
from caremarket.market.ledger import Reason
from caremarket.market.payments import PAYMENTS
from tests.agents.conftest import only, small, without
from tests.agents.lives import let, market, of_kind


def measured_activity(model: CareMarket) -> dict[str, Any]:
    view = MarketView(model, Shares(model))
    return {name: MEASURES[name].value(view) for name in ("acute_activity_share", "acute_activity", "case_mix")}


def alone(
    payment: str, *, kind: str = "acute_trust", years: int = 1, **sections: Any
) -> tuple[CareMarket, ContractInForce]:
    """A year of one contract for acute work, delivered by one provider, everything else let be."""
    model = CareMarket(market(**sections), 1)
    holder = of_kind(model, kind)
    in_force = let(model, holder, [(holder, "acute")], payment=payment, duration_years=5.0)
    model.tally = Tally(model)
    model.run_until(12.0 * years + 0.01)
    return model, in_force


def response(in_force: ContractInForce) -> float:
    found = in_force.allocations[0].response
    return found.intensity if found is not None else 1.0


# Volume -----------------------------------------------------------------------------------------------


def test_a_tariff_buys_activity_and_what_is_saved_is_worth_less_where_the_next_budget_takes_it_back() -> None:
    both = only("volume_response", "rebasing")
    chosen = {name: response(alone(name, years=0, mechanisms=both)[1]) for name in PAYMENTS}
    assert chosen["tariff"] > 1.01
    for rebased in ("block", "year_of_care", "programme_budget"):
        assert chosen["capitated"] < chosen[rebased] - 0.005 < 1.0 - 0.01
    assert chosen["capitated"] == pytest.approx(chosen["bundle"])
    # Without the ratchet a block and a capitated budget give the same reasons.
    kept = {n: response(alone(n, years=0, mechanisms=only("volume_response"))[1]) for n in ("block", "capitated")}
    assert kept["block"] == kept["capitated"] == chosen["capitated"]


@pytest.mark.parametrize("payment", ["tariff", "capitated"])
def test_without_volume_response_activity_is_what_need_asks(payment: str) -> None:
    model, in_force = alone(payment, mechanisms=only())
    assert in_force.allocations[0].response is None
    assert measured_activity(model)["acute_activity"] == pytest.approx(1.0)


def test_marginal_income_equals_marginal_cost_at_the_activity_chosen() -> None:
    """Tariff: price of a further unit = its variable cost and what it takes to do more than need asks."""
    model, in_force = alone("tariff", mechanisms=only("volume_response"))
    allocation = in_force.allocations[0]
    parameters = model.scenario_data.behaviour.activity
    curvature = parameters.activity_curvature_acute
    step = response(in_force) - 1.0
    assert 0.0 < step < parameters.activity_cap
    marginal_cost = allocation.cost_rate + curvature * step * allocation.head_rate
    assert marginal_cost == pytest.approx(allocation.head_rate)
    assert allocation.response is not None
    effort = allocation.response.effort * allocation.cost_rate
    assert effort == pytest.approx(curvature * step**2 / 2.0 * allocation.head_rate)


def test_what_a_subcontractor_sees_of_a_tariff_is_what_flows_down() -> None:
    steps = []
    for flow_down in (0.0, 0.5, 1.0):
        model = CareMarket(market(mechanisms=only("volume_response")), 1)
        lead, trust = of_kind(model, "prime"), of_kind(model, "acute_trust")
        terms = {"form": "prime_contractor", "payment": "tariff", "flow_down": flow_down, "lot_scope": "pathway"}
        in_force = let(model, lead, [(trust, "acute")], **terms)
        steps.append(response(in_force) - 1.0)
    assert steps[0] == 0.0
    assert steps[1] == pytest.approx(steps[2] / 2.0)


def test_gain_share_takes_as_much_of_the_reward() -> None:
    def step(gain_share: float) -> float:
        return response(alone("tariff", mechanisms=only("volume_response"), policy={"gain_share": gain_share})[1]) - 1.0

    assert step(0.5) == pytest.approx(step(0.0) / 2.0)
    assert step(1.0) == 0.0


def test_nobody_delivers_more_than_it_can_and_the_rest_waits_or_is_cared_for_elsewhere() -> None:
    model = CareMarket(market(mechanisms=only("volume_response")), 1)
    holder = of_kind(model, "acute_trust")
    in_force = let(model, holder, [(holder, "acute")], payment="tariff", duration_years=5.0)
    allocation = in_force.allocations[0]
    short = 0.9
    holder.capacity[ACUTE] = round(short * holder.committed[ACUTE])
    assert capacity_limit(allocation) == pytest.approx(short)
    model.tally = Tally(model)
    before = model.ledger.totals[Reason.CARE_ELSEWHERE]
    done = []
    for quarter in range(1, 9):
        paid = holder.receivable
        model.run_until(3.0 * quarter)
        deliver(in_force)
        done.append(allocation.waiting)
        assert holder.receivable - paid <= short * in_force.contract.price / 4.0 + 1.0
    limit = model.scenario_data.behaviour.activity.waiting_limit
    assert done[:4] == pytest.approx([0.1, 0.2, 0.3, 0.4])
    assert done[-1] == pytest.approx(limit)
    elsewhere = model.ledger.totals[Reason.CARE_ELSEWHERE] - before
    multiple = model.scenario_data.behaviour.activity.elsewhere_multiple
    # Of eight quarters each a tenth short, half a quarter's work waits.
    assert elsewhere == pytest.approx((0.8 - limit) * allocation.reference / 4.0 * multiple, rel=1e-6)


@pytest.mark.parametrize("payment", sorted(PAYMENTS))
def test_in_a_whole_market_no_quarter_is_above_capacity(payment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from caremarket.agents.contracts import delivery

    seen: list[tuple[float, float]] = []
    adjusted_activity = delivery.adjusted_activity

    def watched(in_force: ContractInForce, allocation: Allocation, *rest: float) -> Any:
        found = adjusted_activity(in_force, allocation, *rest)
        seen.append((found[0], capacity_limit(allocation)))
        return found

    monkeypatch.setattr(delivery, "adjusted_activity", watched)
    simulate(small(policy={"payment": payment, "duration_years": 2.0}, horizon_years=4), 2)
    assert seen
    assert all(done <= limit + 1e-9 for done, limit in seen)


def test_h18_acute_activity_is_ordered_by_payment_and_not_without_the_response() -> None:
    for off, ordered in (((), True), (("volume_response",), False)):
        found = []
        for payment in ("tariff", "block", "capitated"):
            terms = {"payment": payment, "turnover_ratio": 0.0}
            scenario = small(policy=terms, mechanisms=without(*off), horizon_years=5)
            found.append([simulate(scenario, seed).summary["acute_activity"] or 0.0 for seed in (1, 2)])
        for tariff, block, capitated in zip(*found, strict=True):
            if ordered:
                assert tariff > block + 0.005
                # By how much depends on the chance that a holder is the next one too.
                assert block > capitated
            else:
                # Pay decides who can afford to stay and what commissioners can, and so who does the work; little else.
                assert [tariff, capitated] == pytest.approx([block, block], abs=0.005)


# Place ------------------------------------------------------------------------------------------------


def led_by(kind: str, payment: str, **sections: Any) -> tuple[CareMarket, ContractInForce]:
    """Half a year of a pathway led by the acute or the community trust, the other one its sub-contractor."""
    model = CareMarket(market(**sections), 1)
    acute, community = of_kind(model, "acute_trust"), of_kind(model, "community_trust")
    lead = acute if kind == "acute_trust" else community
    terms = {"form": "prime_provider", "payment": payment, "flow_down": 1.0, "lot_scope": "pathway"}
    in_force = let(model, lead, [(acute, "acute"), (community, "community")], margin=1.02, duration_years=5.0, **terms)
    model.tally = Tally(model)
    model.run_until(6.01)
    return model, in_force


def acute_work(in_force: ContractInForce) -> float:
    """Acute work done over what need asks."""
    found = next(a.response for a in in_force.allocations if a.item.function == ACUTE)
    return found.moved if found is not None else 1.0


MOTIVE = only("own_margin_motive")


def test_h19_a_hospital_that_leads_on_a_tariff_keeps_its_activity() -> None:
    """K, site D."""
    assert acute_work(led_by("acute_trust", "tariff", mechanisms=MOTIVE)[1]) == 1.0
    assert acute_work(led_by("community_trust", "tariff", mechanisms=MOTIVE)[1]) < 0.97
    for mechanisms in (only(), only("volume_response")):
        kept = {acute_work(led_by(k, "tariff", mechanisms=mechanisms)[1]) for k in ("acute_trust", "community_trust")}
        assert kept == {1.0}


def test_a_population_budget_gives_reason_to_move_work_and_a_tariff_little() -> None:
    community = [acute_work(led_by("community_trust", p, mechanisms=MOTIVE)[1]) for p in ("capitated", "tariff")]
    assert community[0] < community[1] < 1.0
    # Without the motive own work costs as much as any other: who leads makes no difference.
    neutral = only("volume_response")
    kept = {acute_work(led_by(k, "capitated", mechanisms=neutral)[1]) for k in ("acute_trust", "community_trust")}
    assert len(kept) == 1
    assert kept.pop() < 1.0


def test_moved_work_is_done_and_paid_where_it_went() -> None:
    model, in_force = led_by("community_trust", "tariff", mechanisms=MOTIVE)
    acute, community = sorted(in_force.allocations, key=lambda a: a.item.function)
    ratio = model.scenario_data.behaviour.activity.shift_ratio
    assert acute.response is not None
    assert community.response is not None
    gone = (1.0 - acute.response.moved) * acute.reference
    assert (community.response.moved - 1.0) * community.reference == pytest.approx(ratio * gone)
    activity = model.tally.activity
    assert activity.acute_planned - activity.acute_done == pytest.approx(gone / 2.0)
    paid = [amount for sub, amount in in_force.invoices[-1][2] if sub is acute.sub]
    assert paid == pytest.approx([acute.whole_sub_rate * acute.response.moved], rel=1e-6)
    model.ledger.check()


def test_acute_share_is_measured_by_what_is_delivered() -> None:
    share = measured_activity(led_by("acute_trust", "block", mechanisms=only())[0])["acute_activity_share"]
    assert share == pytest.approx(0.5)
    moved = measured_activity(led_by("community_trust", "capitated", mechanisms=MOTIVE)[0])
    assert (moved["acute_activity_share"] or 1.0) < share - 0.01


def test_work_moves_only_as_far_as_there_is_room() -> None:
    in_force = led_by("community_trust", "capitated", mechanisms=MOTIVE)[1]
    community = next(a for a in in_force.allocations if a.item.function != ACUTE)
    function = community.item.function
    community.deliverer.capacity[function] = round(1.02 * community.deliverer.committed[function])
    allocate_price(in_force)
    assert community.response is not None
    assert 1.0 < community.response.moved <= 1.02 + 1e-6


# Case mix ---------------------------------------------------------------------------------------------

SKIMS = only("cream_skimming")


def refused(payment: str, monitoring: float, kind: str = "acute_trust", **sections: Any) -> float:
    in_force = alone(payment, kind=kind, policy={"monitoring": monitoring}, **{"mechanisms": SKIMS, **sections})[1]
    found = in_force.allocations[0].response
    return found.refused if found is not None else 0.0


def test_who_carries_cost_turns_severe_cases_away_the_more_the_less_it_is_watched() -> None:
    """M."""
    assert refused("episode", 0.1) == 0.0
    assert refused("block", 0.5, mechanisms=only("cream_skimming", "rebasing")) < refused("block", 0.5)
    assert refused("block", 0.5) == refused("capitated", 0.5) > 0.0
    weak, strong = refused("capitated", 0.1), refused("capitated", 0.9)
    assert weak > strong > 0.0
    known = 0.3
    assert refused("capitated", 0.0) == pytest.approx(known)
    blind: dict[str, Any] = {"behaviour": {"activity": {"severity_known": 0.0}}}
    assert refused("capitated", 0.1, **blind) == 0.0


def test_the_commissioner_pays_for_the_severe_cases_turned_away() -> None:
    model, in_force = alone("capitated", mechanisms=SKIMS, policy={"monitoring": 0.0})
    parameters = model.scenario_data.behaviour.activity
    allocation = in_force.allocations[0]
    assert allocation.response is not None
    share = parameters.severe_share * parameters.severe_cost * allocation.response.refused
    expected = share * allocation.reference * parameters.elsewhere_multiple
    assert model.ledger.journal is not None
    number = in_force.contract.id
    bills = [p for p in model.ledger.journal if p[4] == Reason.CARE_ELSEWHERE and p[3] == number]
    assert sum(p[5] for p in bills) == pytest.approx(expected, rel=1e-6)
    assert {p[1] for p in bills} == {in_force.commissioner.account}
    measured = measured_activity(model)
    assert (measured["case_mix"] or 0.0) < 1.0
    assert measured["acute_activity"] == pytest.approx(1.0)


def test_h25_case_mix_falls_with_demand_risk_and_weak_monitoring_only_while_cases_are_known() -> None:
    def mix(payment: str, monitoring: float, *off: str) -> list[float]:
        terms = {"payment": payment, "monitoring": monitoring, "turnover_ratio": 0.0}
        scenario = small(policy=terms, mechanisms=without(*off), horizon_years=5)
        return [simulate(scenario, seed).summary["case_mix"] or 0.0 for seed in (1, 2)]

    weak = mix("capitated", 0.1)
    assert all(w < b - 0.01 for w, b in zip(weak, mix("block", 0.1), strict=True))
    assert all(w < s - 0.01 for w, s in zip(weak, mix("capitated", 0.9), strict=True))
    assert mix("capitated", 0.1, "cream_skimming") == [1.0, 1.0]


def test_turning_cases_away_is_noticed_and_fined() -> None:
    scenario = market(mechanisms=SKIMS, policy={"monitoring": 1.0}, behaviour={"activity": {"skimming_penalty": 0.5}})
    fines = 0
    for seed in range(12):
        model = CareMarket(scenario, seed)
        holder = of_kind(model, "acute_trust")
        in_force = let(model, holder, [(holder, "acute")], payment="capitated", duration_years=5.0)
        model.run_until(4.0)
        worth = 0.3 * in_force.allocations[0].head_rate * 4.0
        found = in_force.allocations[0].response
        assert found is not None
        assert model.ledger.journal is not None
        number = in_force.contract.id
        fine = sum(p[5] for p in model.ledger.journal if p[4] == Reason.FINE and p[3] == number)
        assert fine in (0, int(0.5 * found.refused / 2.0 * worth))
        fines += fine > 0
    # Detection has probability 1.0 times the share refused, 0.3.
    assert 0 < fines < 9
