"""Experience of leading: whoever led before knows how to lead, may lead again, and leads at less cost (P 2.5)."""

from __future__ import annotations

from collections import Counter

import pytest

from caremarket.agents.bidding.consortium import meets_tests
from caremarket.agents.contracts.exit import leave
from caremarket.agents.costs.management import management_cost
from caremarket.agents.entities.capability import decay_capability
from caremarket.agents.entities.providers.leading import lead_for_a_year, leading_asked_of, leads
from caremarket.agents.model import CareMarket, simulate
from caremarket.agents.world.organisation import ExitReason
from tests.agents.conftest import changed, months, small, without

LED = small("policy=prime_provider", policy={"duration_years": 2.0, "turnover_ratio": 0.0})


def test_experience_of_leading_grows_with_contract_years_led_and_fades_without_them() -> None:
    model = CareMarket(LED, 1)
    model.run_until(60.0)
    led = [f for f in model.contracts.values() if leads(f)]
    assert led
    holder = led[0].holder
    before = holder.led
    lead_for_a_year(led[0])
    assert holder.led == before + 1.0
    decay_capability(holder)
    assert holder.led == before + 1.0
    idle = next(p for p in model.providers if p.alive and not p.holdings)
    idle.led = 2.0
    decay_capability(idle)
    half_life = model.scenario_data.behaviour.life.capability_half_life_months
    assert idle.led == pytest.approx(2.0 * 0.5 ** (12.0 / half_life))


def test_mere_deliverers_gain_none() -> None:
    model = CareMarket(small("policy=separate", policy={"consortium_bids": False, "vehicles": False}), 1)
    model.run()
    assert not any(p.led for p in model.providers)


def test_experience_of_leading_is_asked_for_once_enough_have_it() -> None:
    asked = Counter[bool]()
    for model in months(LED, 1):
        for process in model.processes.values():
            able = model.potential_bidders(process.procurement.lot, process.form)
            enough = sum(p.led >= 1.0 for p in able) >= 3
            years = leading_asked_of(process, able)
            asked[years > 0.0] += 1
            assert (years > 0.0) == enough
            if years:
                newcomer = min(able, key=lambda p: p.led)
                veteran = max(able, key=lambda p: p.led)
                process.leading_asked = years
                assert meets_tests(process, [veteran])
                assert meets_tests(process, [newcomer, veteran])
                assert meets_tests(process, [newcomer]) == (newcomer.led >= years)
    assert asked[True]
    assert asked[False]


def test_an_experienced_lead_manages_its_chain_at_less_cost() -> None:
    model = CareMarket(LED, 1)
    lead = model.providers[0]
    costs = []
    for led in (0.0, 1.0, 3.0):
        lead.led = led
        costs.append(management_cost(model, LED.policy, lead, 3, 1e6))
    progress = LED.behaviour.management_progress
    assert costs[1] == pytest.approx(costs[0] * (1.0 - progress))
    assert costs[2] == pytest.approx(costs[1] * (1.0 - progress))


def test_with_the_mechanism_off_nobody_learns_to_lead_and_nobody_is_asked() -> None:
    scenario = changed(LED, mechanisms=without("experience_of_leading"))
    model = CareMarket(scenario, 1)
    result = model.run()
    assert not any(p.led for p in model.providers)
    other = {"procurement": {"leading_years_asked": 0.1, "leading_least_able": 1}, "management_progress": 0.5}
    assert simulate(changed(scenario, behaviour=other), 1).summary == result.summary
    assert simulate(LED, 1).summary != result.summary


def test_the_books_balance_where_a_lead_with_experience_fails() -> None:
    model = CareMarket(LED, 2)
    model.run_until(48.0)
    lead = max((p for p in model.providers if p.alive), key=lambda p: p.led)
    assert lead.led > 0.0
    leave(lead, ExitReason.INSOLVENT)
    assert model.run().summary["ledger_imbalance_pence"] == 0
