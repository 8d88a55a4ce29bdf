"""Bidding together: consortia reach what none of them could alone, and vehicles keep losses from their sponsors."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import pytest

from caremarket.agents.bidding import consortium
from caremarket.agents.bidding.joint_bid import bids_through_vehicle, obstacle_to_vehicle, setup_cost
from caremarket.agents.bidding.joint_plan import plan_together
from caremarket.agents.contracts.exit import leave
from caremarket.agents.entities.providers.special_purpose_vehicle import Vehicle
from caremarket.agents.entities.submission import Submission
from caremarket.agents.model import CareMarket, simulate
from caremarket.agents.procurement.stages import StagedTender
from caremarket.agents.world.organisation import ExitReason
from caremarket.agents.world.result import RunResult
from caremarket.market.ledger import WORLD, Reason
from caremarket.market.procurement import State
from caremarket.market.scenario import Scenario
from tests.agents.conftest import changed, months, small

SEED = 1
# Single services of some size, asked of organisations whose turnover is mostly too small.
LARGE = {"turnover_ratio": 4.0, "duration_years": 2.0, "route": "two_stage"}


def demanding(**sections: Any) -> Scenario:
    return changed(small(policy=LARGE), **sections)


def kinds(result: RunResult) -> Counter[str]:
    return Counter(event["kind"] for event in result.tables["events"].to_pylist())


def test_those_who_would_fail_the_test_alone_pass_it_together() -> None:
    together = demanding(policy={"vehicles": False})
    alone = demanding(policy={"vehicles": False, "consortium_bids": False})
    joint = gained = 0
    for seed in (1, 2, 3):
        with_them, without_them = simulate(together, seed), simulate(alone, seed)
        joint += kinds(with_them)["joint_bid"]
        assert kinds(without_them)["joint_bid"] == 0
        assert without_them.summary["joint_bid_share"] == 0.0
        assert with_them.summary["vehicles_formed"] == without_them.summary["vehicles_formed"] == 0
        before, after = (r.summary["sme_qualification_rate"] or 0.0 for r in (without_them, with_them))
        gained += after > before
    assert joint > 3
    assert gained >= 2


def test_partners_share_the_cost_of_the_bid_and_the_work_on_terms_the_lead_cannot_change() -> None:
    for seed in range(1, 12):
        result = simulate(demanding(policy={"vehicles": False}), seed)
        posted = [p for p in result.tables["postings"].to_pylist() if p["reason"] == "joint_contribution"]
        bids = [e for e in result.tables["events"].to_pylist() if e["kind"] == "joint_bid"]
        assert len(posted) == sum(e["amount"] - 1 for e in bids)
        procured = {r["id"]: r for r in result.tables["contracts"].to_pylist() if r["form"] == "separate"}
        subs = [s for s in result.tables["subcontracts"].to_pylist() if s["head"] in procured]
        if subs:
            # A separate contract has sub-contractors only where it was won together.
            assert all(s["promised"] < 1.0 for s in subs)
            assert all(s["delivered_value"] == pytest.approx(s["promised_value"]) for s in subs)
            return
    raise AssertionError("no consortium won")


RISKY = {"collaboration": {"vehicle_setup_gbp": 0.0}}


def test_vehicles_are_set_up_where_the_loss_they_keep_off_is_worth_it() -> None:
    cheap = sum(simulate(demanding(behaviour=RISKY), s).summary["vehicles_formed"] or 0 for s in (1, 2))
    dear = {"collaboration": {"vehicle_setup_gbp": 1e9}}
    assert cheap > 0
    assert sum(simulate(demanding(behaviour=dear), s).summary["vehicles_formed"] or 0 for s in (1, 2)) == 0


def through_vehicles(**policy: Any) -> float:
    """Share of consortia that bid for a vehicle, over five seeds."""
    joint: dict[tuple[int, int], bool] = {}
    for seed in range(1, 6):
        for model in months(demanding(policy=policy), seed):
            for process in model.processes.values():
                for response in process.responses.values():
                    if response.consortium is not None:
                        joint[seed, id(response)] = response.through_vehicle
                        kept.append(response)
    return sum(joint.values()) / len(joint)


kept: list[Submission] = []
"""Submissions seen, so that none has the identity of another."""


def integrated() -> tuple[CareMarket, RunResult]:
    """A run in which some consortium's vehicle is preferred to an integrator."""
    for seed in range(1, 10):
        model = CareMarket(small("policy=prime_contractor"), seed)
        result = model.run()
        if vehicles(model):
            return model, result
    raise AssertionError("no vehicle was preferred")


def test_there_is_no_vehicle_without_a_preferred_bid() -> None:
    """A consortium bids under a bidding agreement, and founds the company once its bid is preferred."""
    model, result = integrated()
    found = vehicles(model)
    events = result.tables["events"].to_pylist()
    formed = {e["procurement"]: e for e in events if e["kind"] == "vehicle_formed"}
    won = {e["procurement"]: e for e in events if e["kind"] == "preferred"}
    assert len(formed) == len(found) == len({v.procurement for v in found})
    assert kinds(result)["joint_bid"] > len(found)
    for number, event in formed.items():
        assert won[number]["organisation"] == event["organisation"]
        assert won[number]["time"] == event["time"]
    bids = [e for e in events if e["kind"] == "bid"]
    # The lead bids, and the company is preferred.
    assert not {e["organisation"] for e in bids} & {v.index for v in found}
    table = result.tables["bids"].to_pylist()
    assert {b["bidder"] for b in table if b["won"]} >= {v.index for v in found if v.contract >= 0}


def test_equity_and_set_up_are_paid_by_the_consortium_that_is_preferred_and_by_no_other() -> None:
    model, result = integrated()
    found = vehicles(model)
    setup = int(model.scenario_data.behaviour.collaboration.vehicle_setup_gbp * 100)
    paid = Counter[str]()
    for p in result.tables["postings"].to_pylist():
        paid[p["reason"]] += p["amount"]
    assert paid["sponsor_equity"] == sum(e for v in found for _, e in v.sponsors)
    assert paid["overhead"] >= setup * len(found) > 0
    assert result.summary["ledger_imbalance_pence"] == 0


def test_a_vehicle_whose_award_falls_is_wound_up_at_once_and_its_sponsors_get_their_equity_back() -> None:
    model, process, response = preferred_vehicle()
    vehicle, members = response.bidder, response.members
    assert isinstance(vehicle, Vehicle)
    assert vehicle.reserves == sum(equity for _, equity in vehicle.sponsors) > 0
    before = [m.reserves for m in members]
    process.withdraw("challenge")
    assert not vehicle.alive
    assert vehicle.exit_reason is ExitReason.DISSOLVED
    assert vehicle.reserves == 0
    assert [m.reserves - b for m, b in zip(members, before, strict=True)] == [e for _, e in vehicle.sponsors]
    assert vehicle.index not in model.vehicles
    model.ledger.check()


def preferred_vehicle() -> tuple[CareMarket, StagedTender, Submission]:
    """A market in which a vehicle's award is in its standstill, with the tender and the bid."""
    scenario = small("policy=prime_contractor")
    for seed in range(1, 10):
        for model in months(scenario, seed, 0.25):
            for process in model.processes.values():
                winner = process.winner
                if winner is not None and winner.through_vehicle and process.procurement.state is State.STANDSTILL:
                    assert isinstance(process, StagedTender)
                    return model, process, winner
    raise AssertionError("no vehicle was preferred")


def test_a_consortium_whose_members_lost_their_reserves_is_passed_over() -> None:
    _, _, response = preferred_vehicle()
    assert obstacle_to_vehicle(response) == ""
    for member in response.members:
        response.model.ledger.post(response.model.time, member.account, WORLD, member.reserves, Reason.OUTSIDE_COST)
    assert obstacle_to_vehicle(response) == "no_equity"
    response.members[1].alive = False
    assert obstacle_to_vehicle(response) == "gone"


def test_the_price_of_a_bid_foresees_the_set_up_of_its_vehicle() -> None:
    """Set-up is paid only if the bid wins: it belongs to the price, and not to the cost of bidding."""
    _, process, response = preferred_vehicle()
    assert response.consortium is not None
    with_set_up = plan_together(response.consortium, process.model, process).transfer
    response.consortium.vehicle = False
    without = plan_together(response.consortium, process.model, process).transfer
    assert with_set_up - without == pytest.approx(setup_cost(process.model), abs=1.0) or without > 0.0
    assert with_set_up >= setup_cost(process.model) > 0


def test_riskier_lots_are_bid_for_through_vehicles() -> None:
    """Outcome pay adds to what can be lost."""
    assert through_vehicles(outcome_share=0.5) > 1.2 * through_vehicles(outcome_share=0.0) > 0.0


def test_a_consortium_that_bids_through_a_vehicle_would_also_do_so_with_more_at_risk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of the same members for the same lot."""
    answers: list[tuple[bool | None, bool | None]] = []

    def at_both(model: Any, tender: Any, members: Any, seats: Any) -> bool | None:
        policy = tender.policy
        tender.policy = policy.model_copy(update={"outcome_share": 0.5})
        riskier = bids_through_vehicle(model, tender, members, seats)
        tender.policy = policy
        usual = bids_through_vehicle(model, tender, members, seats)
        answers.append((usual, riskier))
        return usual

    monkeypatch.setattr(consortium, "bids_through_vehicle", at_both)
    for seed in (2, 3):
        CareMarket(demanding(policy={"outcome_share": 0.0}), seed).run()
    assert (False, True) in answers
    assert (True, False) not in answers


def vehicles(model: CareMarket) -> list[Vehicle]:
    return [o for o in model.organisations if isinstance(o, Vehicle)]


def test_sponsors_put_equity_in_and_get_what_is_left_out_and_lose_no_more() -> None:
    scenario = demanding(behaviour=RISKY, policy={"guarantee_share": 0.05}, horizon_years=8)
    model = CareMarket(scenario, SEED)
    result = model.run()
    found = vehicles(model)
    assert found
    moved: defaultdict[tuple[str, str], int] = defaultdict(int)
    for p in result.tables["postings"].to_pylist():
        if p["reason"] in {"sponsor_equity", "sponsor_return", "guarantee"}:
            moved[p["reason"], p["payer"] if p["reason"] != "sponsor_return" else p["payee"]] += p["amount"]
    put_in: Counter[str] = Counter()
    for vehicle in found:
        for (sponsor, equity), guarantee in zip(vehicle.sponsors, vehicle.guarantees, strict=True):
            put_in[sponsor.id] += equity
            assert guarantee >= 0
        assert vehicle.limited_liability
        assert not any(vehicle.unit_cost)
        assert vehicle.sme == all(s.sme for s, _ in vehicle.sponsors)
        if not vehicle.alive:
            assert vehicle.reserves == 0
    for sponsor, equity in put_in.items():
        assert moved["sponsor_equity", sponsor] == equity
    assert kinds(result)["vehicle_wound_up"] > 0


def test_a_vehicle_that_fails_costs_its_sponsors_equity_and_guarantee() -> None:
    scenario = demanding(behaviour=RISKY, policy={"guarantee_share": 0.05, "duration_years": 5.0})
    for seed in range(1, 20):
        model = CareMarket(scenario, seed)
        held: list[Vehicle] = []
        for month in range(1, 60):
            model.run_until(float(month))
            held = [v for v in vehicles(model) if v.holdings]
            if held:
                break
        if held:
            break
    (vehicle, *_) = held
    assert sum(vehicle.guarantees) > 0
    before = model.ledger.totals[Reason.GUARANTEE]
    leave(vehicle, ExitReason.INSOLVENT)
    called = sum(g for (s, _), g in zip(vehicle.sponsors, vehicle.guarantees, strict=True) if s.alive)
    assert model.ledger.totals[Reason.GUARANTEE] - before == called
    assert vehicle.reserves == 0
    result = model.run()
    assert result.summary["ledger_imbalance_pence"] == 0


def test_integrators_meet_vehicles_of_those_who_deliver() -> None:
    """P 2.3: a prime contractor can be a new entity that sub-contracts to its sponsors."""
    model, _ = integrated()
    without = changed(small("policy=prime_contractor"), policy={"vehicles": False})
    assert simulate(without, model.streams.seed).summary["vehicles_formed"] == 0


def test_keys_of_vehicles_do_not_depend_on_what_else_happened() -> None:
    """The same sponsors bidding for the same lot in the same round are the same vehicle in every arm."""
    arms = [demanding(behaviour=RISKY), demanding(behaviour=RISKY, policy={"payment": "capitated"})]
    found = []
    for arm in arms:
        model = CareMarket(arm, SEED)
        model.run()
        found.append({v.id: (v.key, tuple(s.id for s, _ in v.sponsors)) for v in vehicles(model)})
    common = set(found[0]) & set(found[1])
    assert common
    assert all(found[0][i] == found[1][i] for i in common)
    assert all(len(f) == len(set(f)) for f in found)
