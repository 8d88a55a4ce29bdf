"""Entry is a decision: expected surplus from published tenders, against a cost that is sunk."""

from __future__ import annotations

from collections import Counter
from functools import cache
from math import exp, log
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caremarket.agents.entities.notices import EntrantReviewed
from caremarket.agents.entities.provider import Provider
from caremarket.agents.market_structure.entry_openings import Newcomer
from caremarket.agents.market_structure.entry_plan import EntryPlan, _drawn, believed_cost, plan_for
from caremarket.agents.market_structure.entry_prospects import weights
from caremarket.agents.model import CareMarket, simulate
from caremarket.agents.world.result import RunResult
from caremarket.market.pathways import FUNCTION_INDEX
from caremarket.market.randomness import Streams
from caremarket.market.scenario import Scenario
from tests.agents.conftest import changed, small, without

OPEN = {"route": "single_stage", "duration_years": 1.0, "turnover_ratio": 0.0}
OPEN |= {"consortium_bids": False, "vehicles": False}
MANY = {"potential_entrants_per_area": 20.0}
FREE = {"registration_gbp": 0.0, "setup_months": 0.0}


def busy(**sections: Any) -> Scenario:
    """Separate lots tendered every year, and many that may enter."""
    answers = {"strategy": "best_response", "entry": MANY}
    return changed(small(policy=OPEN, behaviour=answers), **sections)


@cache
def _result(scenario: str, seed: int) -> RunResult:
    return simulate(Scenario.model_validate_json(scenario), seed)


def entries(scenario: Scenario) -> int:
    """Entries in two runs."""
    return sum(int(_result(scenario.model_dump_json(), seed).summary["entries"] or 0) for seed in (1, 2))


def events(scenario: Scenario, kind: str, seed: int = 1) -> list[dict[str, Any]]:
    log_ = _result(scenario.model_dump_json(), seed).tables["events"].to_pylist()
    return [e for e in log_ if e["kind"] == kind]


@cache
def market() -> CareMarket:
    """A market after three years of tenders."""
    model = CareMarket(busy(), 1)
    model.run_until(36.0)
    return model


def plan(cost: float, **changes: Any) -> EntryPlan:
    """Plan of an independent provider of community care with this believed cost."""
    model = market()
    assert model.published_tenders is not None
    area, region = model.provider_lists.areas()[0]
    seed = _drawn(model, "independent", "somebody", (area, region), "community")
    newcomer = Newcomer(seed, FUNCTION_INDEX["community"], cost)
    return plan_for(model, model.published_tenders, newcomer._replace(**changes))


# Decision ---------------------------------------------------------------------------------------------


def test_without_tenders_nobody_enters() -> None:
    directly = busy(policy={"route": "direct_award"})
    assert entries(directly) == 0
    assert {e["detail"] for e in events(directly, "no_entry")} == {"no_tenders"}


def test_nobody_enters_before_the_first_tender_closes() -> None:
    first = min(e["time"] for e in events(busy(), "procurement_evaluation"))
    assert min(e["time"] for e in events(busy(), "entry")) > first


def test_the_dearer_entry_is_the_fewer_enter() -> None:
    free = entries(busy(behaviour={"entry": FREE}))
    dear = entries(busy(behaviour={"entry": {"setup_months": 24.0}}))
    assert free > entries(busy()) > dear


def test_more_enter_where_margins_are_higher() -> None:
    generous, mean = busy(policy={"budget_discount": -0.2}), busy(policy={"budget_discount": 0.1})
    assert entries(generous) > entries(busy()) > entries(mean)


def test_a_draw_with_high_cost_stays_out_and_one_with_low_cost_enters() -> None:
    assert plan(1.4).against == "no_surplus"
    low = plan(0.7)
    assert not low.against
    assert low.worth > low.cost > 0.0
    assert low.worth >= plan(0.8).worth >= plan(0.9).worth


def test_an_entrant_builds_no_more_than_it_can_and_no_more_than_it_can_pay_for() -> None:
    model = market()
    found = plan(0.7)
    area, region = model.provider_lists.areas()[0]
    drawn = _drawn(model, "independent", "somebody", (area, region), "community")
    assert 0 < found.seed.capacity["community"] <= drawn.capacity["community"]
    assert found.cost <= found.seed.reserves


def test_an_entrant_can_do_one_thing_and_what_it_earns_is_from_elsewhere() -> None:
    model = market()
    came = [p for p in model.providers if p.entry_cost]
    assert came
    for entrant in came:
        assert entrant.kind in {"third_sector", "independent"}
        assert sum(cost > 0.0 for cost in entrant.unit_cost) == 1
        assert entrant.outside_turnover


# Money and records ------------------------------------------------------------------------------------


def test_the_cost_of_entry_leaves_the_market() -> None:
    model = CareMarket(busy(), 1)
    result = model.run()
    paid = [p["amount"] for p in result.tables["postings"].to_pylist() if p["reason"] == "entry_cost"]
    assert sorted(paid) == sorted(p.entry_cost for p in model.providers if p.entry_cost)
    assert sum(paid) == sum(e["amount"] for e in result.tables["events"].to_pylist() if e["kind"] == "entry") > 0
    assert result.summary["ledger_imbalance_pence"] == 0


def test_each_potential_entrant_enters_or_has_a_reason_to_stay_out() -> None:
    looked = _result(busy().model_dump_json(), 1).summary["potential_entrants"]
    reasons = Counter(e["detail"] for e in events(busy(), "no_entry"))
    assert len(events(busy(), "entry")) + reasons.total() == looked
    assert set(reasons) <= {"no_tenders", "no_surplus", "entry_cost", "no_funds"}
    assert all(e["amount"] >= 0 for e in events(busy(), "no_entry"))


def test_entrants_report_their_profit_at_the_horizon_of_their_plan() -> None:
    model = CareMarket(busy(behaviour={"entry": {"horizon_years": 2.5, "setup_months": 0.5}}), 1)
    told: list[EntrantReviewed] = []
    model._observers[EntrantReviewed] += (told.append,)
    model.run()
    came = [p for p in model.providers if p.entry_cost and p.entered_at + 30.0 <= model.time]
    assert {n.provider.index for n in told} == {p.index for p in came}
    assert model.tally.entrant_cost == sum(p.entry_cost for p in came) > 0


def test_entrants_win_tenders() -> None:
    share = _result(busy().model_dump_json(), 1).summary["entrant_award_share"]
    assert share is not None
    assert 0.0 < share < 1.0
    still = busy(mechanisms=without("entry"))
    assert _result(still.model_dump_json(), 1).summary["entrant_award_share"] == 0.0


def test_with_the_mechanism_off_nobody_looks_or_enters() -> None:
    still = busy(mechanisms=without("entry"))
    summary = _result(still.model_dump_json(), 1).summary
    assert (summary["entries"], summary["potential_entrants"]) == (0, 0)
    assert not events(still, "no_entry")


def test_the_same_seed_gives_the_same_entrants() -> None:
    one, other = CareMarket(busy(), 3), CareMarket(busy(), 3)
    assert one.run().tables["events"].equals(other.run().tables["events"])


def test_the_same_organisations_look_in_every_arm() -> None:
    for policy in ({"route": "direct_award"}, {"budget_discount": 0.1}):
        times = [e["time"] for e in events(busy(policy=policy), "no_entry") + events(busy(policy=policy), "entry")]
        same = [e["time"] for e in events(busy(), "no_entry") + events(busy(), "entry")]
        assert sorted(times) == sorted(same)


def test_suppliers_of_leads_enter_as_well() -> None:
    led = {"form": "prime_provider", "lot_scope": "pathway", "duration_years": 3.0, "weight_price": 0.4}
    scenario = busy(policy=led, behaviour={"entry": FREE})
    assert entries(scenario) > 0


# Arithmetic -------------------------------------------------------------------------------------------


@given(horizon=st.floats(0.5, 12.0), rate=st.floats(0.01, 0.3), delay=st.floats(0.0, 2.0), years=st.floats(0.5, 6.0))
def test_weights_are_the_integrals_they_stand_for(horizon: float, rate: float, delay: float, years: float) -> None:
    found = weights(horizon, rate, delay, years)
    steps, last = 4_000, max(0.0, horizon - delay)
    width = last / steps
    surplus = start = bid = 0.0
    for i in range(steps):
        t = (i + 0.5) * width
        begins, ends = t + delay, min(t + delay + years, horizon)
        surplus += (exp(-rate * begins) - exp(-rate * ends)) / rate * width
        start += exp(-rate * begins) * width
        bid += exp(-rate * t) * width
    assert found == pytest.approx((surplus, start, bid), rel=1e-4, abs=1e-6)


def test_who_enters_is_no_more_disappointed_in_its_cost_than_others() -> None:
    spec = small().market.kinds["independent"]
    streams = Streams(1)
    believed, true = [], []
    for n in range(20_000):
        cost = spec.unit_cost.median * exp(spec.unit_cost.sigma * streams.normal(1, 1, 0, n))
        belief = believed_cost(spec, cost, 0.1, streams.normal(1, 2, 0, n))
        if belief < 0.9:
            believed.append(belief)
            true.append(cost)
    assert len(true) > 3_000
    assert sum(believed) / len(believed) == pytest.approx(sum(true) / len(true), rel=0.003)
    assert believed_cost(spec, 0.8, 0.0, 2.0) == pytest.approx(0.8)
    assert log(believed_cost(spec, 0.8, 0.5, 0.0)) > log(0.85)


def test_entrants_are_providers_like_others() -> None:
    entrant = next(p for p in market().providers if p.entry_cost)
    assert isinstance(entrant, Provider)
    assert entrant in market().bidders(entrant.area, next(f for f, cost in enumerate(entrant.unit_cost) if cost))
