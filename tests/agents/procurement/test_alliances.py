"""Alliances: formed among those who trust one another, sharing gain and pain, deciding together."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import combinations
from typing import Any

import pytest

from caremarket.agents.contracts.alliance_board import board_meets, split_with_board
from caremarket.agents.contracts.coordination import governance, mean_trust, members_of
from caremarket.agents.contracts.exit import leave
from caremarket.agents.entities.contract import ContractInForce
from caremarket.agents.model import CareMarket, simulate
from caremarket.agents.money.shared_accounts import bearing_shares, share_gain_and_pain, value_shares
from caremarket.agents.records.summary import Shares
from caremarket.agents.world.organisation import ExitReason
from caremarket.agents.world.result import RunResult
from caremarket.market.ledger import Reason
from caremarket.market.scenario import Scenario
from tests.agents.conftest import changed, small, without

SEED = 1


def allied(trust: float = 0.8, *overrides: str, **sections: Any) -> Scenario:
    return changed(
        small("policy=alliance", *overrides), **{"market": {"initial_trust": {"mean": trust, "sd": 0.1}}, **sections}
    )


def kinds(result: RunResult) -> Counter[str]:
    return Counter(event["kind"] for event in result.tables["events"].to_pylist())


def alliances(model: CareMarket) -> list[ContractInForce]:
    return [in_force for in_force in model.contracts.values() if in_force.contract.form.joint_holding]


def with_alliance(scenario: Scenario, seed: int = SEED, least: int = 3) -> tuple[CareMarket, ContractInForce]:
    """A market just after the first alliance of at least so many members has begun."""
    model = CareMarket(scenario, seed)
    for month in range(1, 72):
        model.run_until(float(month))
        for in_force in alliances(model):
            if len(members_of(in_force)) >= least:
                return model, in_force
    raise AssertionError("no alliance")


def formed(*off: str, trust: float) -> list[float]:
    found = [simulate(allied(trust, mechanisms=without(*off)), s).summary["alliances_formed"] for s in (1, 2)]
    return [float(f or 0.0) for f in found]


def test_h12_alliances_need_trust_only_while_there_is_a_threshold() -> None:
    assert sum(formed(trust=0.2)) == 0.0
    assert sum(formed(trust=0.2)) < sum(formed(trust=0.8))
    # Without the threshold about as many come about among strangers as among friends: whom one likes still differs.
    friends = sum(formed("trust_threshold", trust=0.8))
    assert abs(sum(formed("trust_threshold", trust=0.2)) - friends) <= 0.2 * friends


def test_when_none_can_be_formed_the_commissioner_buys_separately() -> None:
    result = simulate(allied(0.2), SEED)
    assert kinds(result)["falls_back"] > 0
    rows = result.tables["contracts"].to_pylist()
    assert {row["form"] for row in rows} == {"separate"}
    assert any(row["procurement"] >= 0 for row in rows)


def test_members_trust_one_another_and_the_commissioner_on_the_day_they_sign() -> None:
    model, in_force = with_alliance(allied(0.55))
    least = model.scenario_data.behaviour.collaboration.alliance_trust
    fresh = CareMarket(allied(0.55), SEED)
    parties = [*members_of(in_force), in_force.commissioner]
    assert in_force.contract.start < 24.0
    for one, other in combinations(parties, 2):
        # They were no strangers when they met; trust has drifted a little since.
        assert max(
            fresh.trust.between(one.key, other.key, 0.0), model.trust.between(one.key, other.key, model.time)
        ) >= (least - 0.02)


def test_members_hold_jointly_are_paid_with_the_host_and_charged_no_fee() -> None:
    model, in_force = with_alliance(allied())
    shares = Shares(model)
    shares.add(in_force)
    assert shares.direct == shares.delivered
    assert len(shares.direct) == len(members_of(in_force))
    assert in_force.terms.management_fee == 0.0
    result = model.run()
    number = in_force.contract.id
    paid: defaultdict[str, list[float]] = defaultdict(list)
    for p in result.tables["postings"].to_pylist():
        if p["contract"] == number:
            paid[p["reason"]].append(p["time"])
    assert not paid["management_fee"]
    assert paid["subcontract_payment"]
    assert set(paid["subcontract_payment"]) <= set(paid["contract_payment"])


def test_gain_and_pain_are_shared_by_value_with_the_commissioner_taking_its_part() -> None:
    for sign in (1, -1):
        model, in_force = with_alliance(allied())
        assert in_force.books is not None
        in_force.books.clear()
        parties = members_of(in_force)
        for number, member in enumerate(parties):
            in_force.books[member.index] = sign * 1_000_000.0 * (number + 1) - 300_000.0
        booked = dict(in_force.books)
        surplus = sum(booked.values())
        before = {p.index: p.reserves for p in [*parties, in_force.commissioner]}
        share_gain_and_pain(in_force)
        after = {p.index: p.reserves for p in [*parties, in_force.commissioner]}
        theirs = 0.5 * surplus
        assert after[in_force.commissioner.index] - before[in_force.commissioner.index] == pytest.approx(
            theirs, abs=1.0
        )
        weights = value_shares(in_force)
        for member in parties:
            end = booked[member.index] + after[member.index] - before[member.index]
            assert end == pytest.approx(weights[member.index] * (surplus - theirs), abs=len(parties) + 1.0)
        assert sum(after.values()) == sum(before.values())
        totals = model.ledger.totals
        assert (totals[Reason.GAIN_SHARE] > 0) == (sign > 0)
        assert (totals[Reason.PAIN_SHARE] > 0) == (sign < 0)
        assert not in_force.books


def test_who_can_bear_little_takes_little_of_gain_and_pain_and_others_the_rest() -> None:
    """What was agreed when the alliance came about holds for what a year leaves."""
    _, in_force = with_alliance(allied())
    parties = members_of(in_force)
    assert set(in_force.bearing) == {m.index for m in parties}
    small = next(m for m in parties if m is not in_force.holder)
    in_force.bearing[small.index] *= 0.25
    plain, borne = value_shares(in_force), bearing_shares(in_force)
    assert sum(borne.values()) == pytest.approx(1.0)
    assert borne[small.index] < plain[small.index]
    assert all(borne[m.index] > in_force.bearing[m.index] * plain[m.index] for m in parties)
    in_force.books = {m.index: 0.0 for m in parties} | {in_force.holder.index: 10_000_000.0}
    before = small.reserves
    share_gain_and_pain(in_force)
    assert small.reserves - before == int(borne[small.index] * 5_000_000)


def test_thin_reserves_keep_nobody_out_of_an_alliance_that_others_can_carry() -> None:
    """Members whose reserves would not bear their part of the risk join, and bear less of it."""
    thin = {"kinds": {k: {"reserve_months": {"median": 0.1}} for k in ("third_sector", "gp_federation")}}
    scenario = allied(market={"initial_trust": {"mean": 0.8, "sd": 0.1}, **thin})
    lighter = 0
    for seed in (1, 2, 3):
        model = CareMarket(scenario, seed)
        model.run_until(48.0)
        for in_force in alliances(model):
            lighter += sum(ratio < 0.99 for ratio in in_force.bearing.values())
            assert sum(bearing_shares(in_force).values()) == pytest.approx(1.0)
    assert lighter > 0


def test_nobody_moves_volume_alone_while_they_decide_together() -> None:
    """P 1.11 does not arise; without unanimity the host takes work as a prime does."""
    diverted = {}
    for name, off in (
        ("together", ()),
        ("alone", ("unanimity",)),
        ("neither", ("unanimity", "post_award_reallocation")),
    ):
        scenario = allied(mechanisms=without(*off), policy={"monitoring": 0.1})
        diverted[name] = sum(kinds(simulate(scenario, s))["volume_diverted"] for s in (1, 2, 3))
    assert diverted["alone"] > diverted["together"]
    assert diverted["together"] == 0
    assert diverted["neither"] == 0


def test_who_does_the_work_has_a_seat_only_while_they_decide_together() -> None:
    """Without unanimity the convener keeps for itself what it can do, as a lead does."""
    held = {}
    for name, off in (("together", ()), ("alone", ("unanimity",))):
        shares = []
        for seed in (1, 2, 3):
            model = CareMarket(allied(mechanisms=without(*off)), seed)
            model.run_until(36.0)
            shares += [value_shares(in_force)[in_force.holder.index] for in_force in alliances(model)]
        held[name] = sum(shares) / len(shares)
    assert held["alone"] > held["together"] + 0.05


def test_a_change_goes_through_if_all_gain_by_it() -> None:
    """The host has room and does the work at next to nothing, the member has no fixed cost to be left with."""
    model, in_force = with_alliance(allied(policy={"monitoring": 0.1}))
    host = in_force.holder
    sub = next(s for s in in_force.contract.subcontracts if s.end < 0)
    function = sub.items[0].function
    member = model.provider(sub.supplier)
    host.unit_cost[function] = 0.01
    host.capacity[function] = 10**15
    host._cost_factors.clear()
    promised = sub.share
    assert not split_with_board(in_force) or sub.share == promised or member.fixed_share == 0.0
    member.fixed_share = 0.0
    split_with_board(in_force)
    assert sub.share < promised


def test_outcomes_follow_mean_trust_and_the_commissioner_pays_for_every_further_member() -> None:
    _, in_force = with_alliance(allied())
    extra = len(members_of(in_force)) - 1
    assert governance(in_force) == pytest.approx(1.0 + 0.25 * extra)
    assert 0.5 < mean_trust(in_force.model, members_of(in_force)) < 1.0


def test_the_board_replaces_a_member_only_if_nobody_trusts_it_any_more() -> None:
    for distrust in (True, False):
        model, in_force = with_alliance(allied())
        member = next(m for m in members_of(in_force) if m is not in_force.holder)
        others = [m for m in members_of(in_force) if m is not member] + [in_force.commissioner]
        if not distrust:
            others = others[:-1]
        for other in others:
            for _ in range(40):
                model.trust.broken(member.key, other.key, model.time)
        assert in_force.books is not None
        in_force.contract.outcome = 1.0
        in_force.books.clear()
        in_force.books[member.index] = -1e12
        board_meets(in_force)
        gone = all(s.end >= 0 for s in in_force.contract.subcontracts if s.supplier == member.index)
        assert gone == distrust
        assert in_force.contract.running
        assert sum(a.share for a in in_force.allocations) == pytest.approx(len(in_force.contract.items))
        model.ledger.check()


def test_when_the_host_leaves_another_member_becomes_host() -> None:
    model, in_force = with_alliance(allied())
    old = in_force.holder
    # The first quarter has been invoiced, and the commissioner has not paid for it yet.
    model.run_until(in_force.contract.start + 3.5)
    assert in_force.invoices
    leave(old, ExitReason.INSOLVENT)
    assert in_force.contract.running
    assert in_force.holder is not old
    assert in_force.holder.alive
    assert in_force.contract.holder == in_force.holder.index
    assert not any(a.deliverer is old for a in in_force.allocations)
    assert sum(a.share for a in in_force.allocations) == pytest.approx(len(in_force.contract.items))
    assert all(a.sub is None for a in in_force.allocations if a.deliverer is in_force.holder)
    result = model.run()
    assert result.summary["ledger_imbalance_pence"] == 0
    last = max(p["time"] for p in result.tables["postings"].to_pylist() if old.id in (p["payer"], p["payee"]))
    assert last <= old.exited_at
    assert all(p.receivable >= -1 for p in members_of(in_force))


def test_alliances_compete_where_a_notice_is_published() -> None:
    result = simulate(allied(0.8, "policy.route=single_stage"), SEED)
    assert result.summary["alliances_formed"]
    assert result.summary["joint_bid_share"]
    bids = Counter(b["procurement"] for b in result.tables["bids"].to_pylist())
    assert max(bids.values()) > 1
