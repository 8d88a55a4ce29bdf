"""Termination for failure: a choice of the commissioner, who learns from reports how much of a failing will last."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from caremarket.agents.contracts.performance import check_performance
from caremarket.agents.contracts.remedies import (
    begin_failure,
    check_for_recovery,
    lost_by_termination,
    worthwhile_plan,
)
from caremarket.agents.costs.contract_margin import years_left
from caremarket.agents.costs.termination_choice import gravity_of, months_of_notice, termination_pays
from caremarket.agents.entities.judgement import Judgement
from caremarket.agents.model import CareMarket
from caremarket.market.contracts import EndReason
from tests.agents.conftest import small, without

LONG = {"duration_years": 7.0, "monitoring": 1.0}


def judgement(usual: float = 0.15, form_sd: float = 0.08) -> Judgement:
    return Judgement(usual, 0.08, form_sd, 0.8)


def a_contract(**sections: Any) -> tuple[CareMarket, Any, Any]:
    """A market, a contract in it with years to go, and its only allocation; another provider has room for the work."""
    model = CareMarket(small(policy=LONG, **sections), 1)
    model.run_until(40.0)
    for in_force in model.contracts.values():
        if years_left(in_force) > 3.0 and len(in_force.allocations) == 1 and in_force.allocations[0].failure is None:
            (allocation,) = in_force.allocations
            function = allocation.item.function
            for other in model.bidders(in_force.commissioner.area, function):
                if other is not allocation.deliverer:
                    other.capacity[function] += 10**12
                    return model, in_force, allocation
    raise AssertionError("no such contract")


def fail(in_force: Any, allocation: Any, reports: list[float]) -> Any:
    """A failure with pay withheld, on which the commissioner has had these reports, a quarter apart."""
    begin_failure(in_force, allocation)
    usual = allocation.deliverer.quality - in_force.model.scenario_data.behaviour.life.performance_standard
    allocation.judged = judgement(usual)
    for n, report in enumerate(reports):
        allocation.judged.hear(report, 3.0 * n)
    allocation.failure.withholding = True
    return allocation.failure


# What a commissioner learns -------------------------------------------------------------------------------


def test_one_bad_report_says_little_and_many_say_that_it_lasts() -> None:
    judged = judgement()
    judged.hear(-0.1, 0.0)
    once = judged.chance_lasting
    assert once < 0.5
    chances = [once]
    for quarter in range(1, 17):
        judged.hear(-0.1, 3.0 * quarter)
        chances.append(judged.chance_lasting)
    assert chances == sorted(chances)
    assert chances[-1] > 0.5
    assert judged.chance_failing(3.0) > judged.chance_failing(60.0)


def test_a_report_repeated_within_weeks_is_no_news_and_without_luck_one_report_is_enough() -> None:
    judged = judgement()
    judged.hear(-0.1, 0.0)
    level, precision = judged.level, judged.precision
    judged.hear(-0.1, 0.5)
    assert (judged.level, judged.precision) == (level, precision)
    certain = judgement(form_sd=0.0)
    certain.hear(-0.1, 0.0)
    assert certain.level == pytest.approx(-0.1, abs=1e-6)
    assert certain.chance_lasting == pytest.approx(1.0)
    assert certain.failing_years(2.0) == pytest.approx(2.0)


def test_a_plan_is_believed_until_reports_say_otherwise() -> None:
    judged = judgement()
    for quarter in range(4):
        judged.hear(-0.1, 3.0 * quarter)
    before = judged.chance_lasting
    judged.expect_gain(0.12)
    planned = judged.chance_lasting
    assert planned < before
    for quarter in range(4, 12):
        judged.hear(-0.1, 3.0 * quarter)
    assert judged.chance_lasting > planned


# The choice -----------------------------------------------------------------------------------------------


def test_one_bad_measurement_ends_no_contract_and_a_lasting_failure_does() -> None:
    for reports, ends in (([-0.1], False), ([-0.25] * 12, True)):
        model, in_force, allocation = a_contract()
        allocation.deliverer.quality = 0.62
        fail(in_force, allocation, reports)
        assert termination_pays(in_force) is ends
        model.check_no_event_lost()


def test_a_contract_is_kept_where_ending_costs_more_or_nobody_could_take_over() -> None:
    model, in_force, allocation = a_contract()
    fail(in_force, allocation, [-0.25] * 12)
    assert termination_pays(in_force)
    function = allocation.item.function
    room = {p: p.capacity[function] for p in model.bidders(in_force.commissioner.area, function)}
    for other in room:
        other.capacity[function] = 0
    assert not termination_pays(in_force)
    for other, capacity in room.items():
        other.capacity[function] = capacity
    in_force.expiry = model.time + months_of_notice(model)
    assert not termination_pays(in_force)


def test_a_lasting_failure_is_queried_reported_noticed_and_only_then_ended() -> None:
    model, in_force, allocation = a_contract()
    allocation.performance_margin = -0.6
    check_performance(in_force)
    started = model.time
    so_far = len(model.recorder.events)
    model.run_until(started + 30.0)
    log = [row for row in model.recorder.events[so_far:] if row[5] == in_force.contract.id]
    when = {row[1]: row[0] for row in reversed(log)}
    assert in_force.contract.end_reason is EndReason.POOR_PERFORMANCE
    months = [when[k] for k in ("warning", "payment_withheld", "termination_notice", "terminated")]
    assert months == sorted(months)
    assert months[2] >= months[0] + 2.0 * model.scenario_data.behaviour.life.remedy_months - 1e-9
    assert months[3] >= months[2] + months_of_notice(model) - 1e-9
    default = in_force.holder.defaults[in_force.commissioner.index]
    assert default.gravity > 0.9
    assert model.oversight.noticed >= 1
    assert model.oversight.defaults >= 1
    model.ledger.check()
    model.check_no_event_lost()


def test_a_deliverer_that_recovers_during_the_notice_keeps_the_contract() -> None:
    model, in_force, allocation = a_contract()
    allocation.performance_margin = -0.6
    check_performance(in_force)
    started = model.time
    while not (allocation.failure is not None and allocation.failure.noticed):
        model.run_until(model.time + 0.5)
        assert model.time < started + 30.0
    allocation.performance_margin = 0.9
    model.run_until(model.time + 12.0)
    log = Counter(row[1] for row in model.recorder.events if row[5] == in_force.contract.id)
    assert log["termination_withdrawn"] == 1
    assert in_force.contract.running
    assert not in_force.holder.defaults
    model.check_no_event_lost()


def test_a_failure_that_comes_back_weighs_more_than_a_first_one() -> None:
    _, in_force, allocation = a_contract()
    failure = fail(in_force, allocation, [-0.1] * 6)
    first = allocation.judged
    before = first.chance_lasting
    allocation.performance_margin = 0.9
    check_for_recovery(failure)
    assert failure.over
    assert allocation.judged is first
    first.hear(-0.1, 18.0)
    assert first.chance_lasting > before


def test_nobody_is_given_notice_without_detection() -> None:
    model, in_force, allocation = a_contract(mechanisms=without("detection"))
    allocation.performance_margin = -0.6
    check_performance(in_force)
    model.run_until(model.time + 24.0)
    log = Counter(row[1] for row in model.recorder.events)
    assert not {"termination_notice", "kept_with_remedy", "admitted_after_default"} & log.keys()
    assert allocation.judged is None
    assert model.oversight.noticed == 0


def test_notice_puts_more_at_stake_and_makes_a_plan_worth_its_cost() -> None:
    _, in_force, allocation = a_contract()
    failure = fail(in_force, allocation, [-0.1])
    allocation.performance_margin = -0.05 - allocation.deliverer.fitness
    in_force.expiry = in_force.model.time + 0.1
    assert not isinstance(worthwhile_plan(in_force, allocation), int)
    assert lost_by_termination(failure) > 0.0
    assert isinstance(worthwhile_plan(in_force, allocation, at_stake=1e12), int)


def test_corners_cut_make_a_default_grave() -> None:
    _, in_force, allocation = a_contract()
    failure = fail(in_force, allocation, [-0.05])
    light = gravity_of(failure)
    assert 0.0 < light < 0.5
    allocation.cut = 0.1
    assert gravity_of(failure) == 1.0
