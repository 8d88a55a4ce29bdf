"""Mergers: when they are sought, what goes over, and that nothing is lost on the way."""

from __future__ import annotations

from typing import Any

import pytest

from caremarket.agents.contracts.remedies import check_for_recovery
from caremarket.agents.entities.contract import Failure
from caremarket.agents.entities.provider import Provider
from caremarket.agents.entities.providers.default import Default
from caremarket.agents.entities.providers.special_purpose_vehicle import Vehicle, found_vehicle
from caremarket.agents.market_structure.merger_search import Merger, MergerDesk, family_of
from caremarket.agents.market_structure.takeover import take_over
from caremarket.agents.model import CareMarket, simulate
from caremarket.agents.world.organisation import ExitReason
from caremarket.market.ledger import Reason
from caremarket.market.scenario import Scenario
from tests.agents.conftest import changed, months, small
from tests.agents.test_conservation import (
    POLICIES,
    check_commitments,
    check_federations,
    check_hands,
    check_services,
    check_shares,
)


def market(name: str = "prime provider", **sections: Any) -> Scenario:
    return changed(small(**POLICIES[name]), **sections)


def desk(model: CareMarket) -> MergerDesk:
    assert model.merger_search is not None
    return model.merger_search


def living(model: CareMarket, family: str) -> list[Provider]:
    return [o for o in model.organisations if isinstance(o, Provider) and o.alive and family_of(o) == family]


def pair(model: CareMarket) -> tuple[Provider, Provider] | None:
    """Two that can merge, partners in one chain if there are any, and none about to be awarded a contract."""
    waiting = {p.winner.bidder for p in model.processes.values() if p.winner is not None}
    for in_force in model.contracts.values():
        for sub in in_force.contract.subcontracts:
            other = model.provider(sub.supplier)
            same = family_of(other) is not None and family_of(other) == family_of(in_force.holder)
            if same and other.alive and other is not in_force.holder and not {other, in_force.holder} & waiting:
                one, two = in_force.holder, other
                return (one, two) if one.turnover >= two.turnover else (two, one)
    for family in ("prime", "third_sector", "independent", "trust"):
        found = sorted(living(model, family), key=lambda p: (-p.market_value, p.index))
        found = [p for p in found if p not in waiting]
        if len(found) >= 4:
            one, two = found[:2]
            return (one, two) if one.turnover >= two.turnover else (two, one)
    return None


@pytest.mark.parametrize("name", POLICIES)
def test_everything_holds_together_when_many_merge(name: str) -> None:
    """A forced merger every four months, of partners in a chain first: money, work, claims and staff all go over."""
    merged = inside = 0
    for model in months(market(name, record={"check_ledger": "event"}), 2):
        if model.time and model.time % 4 == 0:
            found = pair(model)
            if found is not None:
                larger, smaller = found
                value = larger.market_value + smaller.market_value
                held = larger.reserves + smaller.reserves
                cost = int(0.1 * smaller.turnover)
                own_chain = [
                    s.price * s.share
                    for in_force in model.contracts.values()
                    for s in in_force.contract.subcontracts
                    if {in_force.holder, model.provider(s.supplier)} == {larger, smaller} and s.end < 0
                ]
                inside += len(own_chain)
                take_over(model, larger, smaller, 0.08, 0.1)
                merged += 1
                assert larger.reserves == held - cost
                assert smaller.reserves == smaller.receivable == 0
                assert not smaller.holdings
                assert not smaller.supplies
                assert larger.market_value == pytest.approx(value - sum(own_chain), rel=1e-6, abs=10.0)
                model.ledger.check()
        check_services(model)
        check_shares(model)
        check_commitments(model)
        check_hands(model)
        check_federations(model)
        check_nobody_works_for_itself(model)
        check_claims(model)
        check_ventures(model)
    assert merged > 5
    assert inside or not name.startswith(("prime provider", "bundles"))


def check_nobody_works_for_itself(model: CareMarket) -> None:
    assert all(payer != payee for _, payer, payee, _, _, _ in model.ledger.journal or ())
    for in_force in model.contracts.values():
        own = [a.item.index for a in in_force.allocations if a.deliverer is in_force.holder]
        assert len(own) == len(set(own))
        for sub in in_force.contract.subcontracts:
            assert sub.end >= 0 or sub.supplier != in_force.holder.index
        for allocation in in_force.allocations:
            assert (allocation.sub is None) == (allocation.deliverer is in_force.holder)
            if allocation.sub is not None:
                assert allocation.sub.supplier == allocation.deliverer.index


def check_claims(model: CareMarket) -> None:
    """What a provider is owed by commissioners, at hand or through a lead, is what unpaid invoices say."""
    owed: dict[int, int] = {}
    for lives in (model.contracts, model.winding_up):
        for in_force in lives.values():
            for amount, _, dues, _ in in_force.invoices:
                through = sum(due for _, due in dues)
                holder = in_force.holder.index
                owed[holder] = owed.get(holder, 0) + amount - through
                for sub, due in dues:
                    owed[sub.supplier] = owed.get(sub.supplier, 0) + due
    for provider in model.organisations:
        if isinstance(provider, Provider) and provider.alive:
            assert provider.receivable == owed.get(provider.index, 0)


def check_ventures(model: CareMarket) -> None:
    """Nobody who was merged is left in a vehicle, a pool, an award, a failure or joint books."""
    merged = {p for p in model.organisations if isinstance(p, Provider) and p.exit_reason is ExitReason.MERGED}
    gone = {p.index for p in merged}
    for vehicle in model.organisations:
        if isinstance(vehicle, Vehicle) and vehicle.alive:
            sponsors: list[Provider] = [sponsor for sponsor, _ in vehicle.sponsors]
            assert len(set(sponsors)) == len(sponsors) == len(vehicle.guarantees)
            assert not merged & set(sponsors)
    for framework in model.desk.frameworks.values():
        assert not merged & set(framework.members)
        assert len(set(framework.members)) == len(framework.members)
    bound: dict[tuple[int, int], int] = {}
    for process in model.processes.values():
        assert not gone & process.held.keys()
        for provider, function, pence in process.bound:
            bound[provider.index, function] = bound.get((provider.index, function), 0) + pence
        if process.award is not None:
            assert not merged & {part.deliverer for part in process.award.plan.parts}
        for response in process.responses.values():
            assert response.plan is None or not merged & {part.deliverer for part in response.plan.parts}
    for organisation in model.organisations:
        if isinstance(organisation, Provider):
            kept = [bound.get((organisation.index, f), 0) for f in range(len(organisation.bound))]
            assert organisation.bound == kept
    for lives in (model.contracts, model.winding_up):
        for in_force in lives.values():
            assert in_force.holder not in merged
            assert not gone & {s.supplier for s in in_force.contract.subcontracts}
            assert not gone & (in_force.books or {}).keys()
    for in_force in model.contracts.values():
        for failure in in_force.failures:
            assert failure.over or failure.allocation in in_force.allocations
            assert failure.over or failure.allocation.failure is failure
        assert all(a.failure is None or a.failure in in_force.failures for a in in_force.allocations)


def test_what_is_withheld_and_who_is_shut_out_go_over() -> None:
    """A merger ends no failure, and cleans no name."""
    model = CareMarket(market("separate"), 1)
    larger, smaller = sorted([p for p in living(model, "trust") if p.holdings], key=lambda p: -p.turnover)[:2]
    in_force = next(iter(smaller.holdings.values()))
    allocation = in_force.allocations[0]
    allocation.failure = failure = Failure(in_force, allocation)
    failure.withholding = True
    failure.withheld = 1_000
    smaller.idle[0], larger.idle[0] = 300, 400
    late, grave, light = Default(7.0, 0.5, True), Default(3.0, 0.9, True), Default(5.0, 0.1, True)
    smaller.defaults = {0: late, 1: grave}
    larger.defaults = {1: light}
    smaller.track = {0: 2.0}
    larger.track = {0: 1.0, 1: 4.0}
    take_over(model, larger, smaller, 0.08, 0.1)
    assert larger.idle[0] == 700
    assert larger.defaults == {0: late, 1: grave}
    assert larger.track == {0: 3.0, 1: 4.0}
    assert failure in in_force.failures
    assert failure.withheld == 1_000
    assert failure.allocation.deliverer is larger
    before = larger.reserves
    allocation.performance_margin = 10.0
    check_for_recovery(failure)
    assert larger.reserves == before + 1_000
    assert failure.over


def test_two_failing_at_one_service_fail_as_one() -> None:
    """A lead takes over its sub-contractor, and both fail: one failure goes on with all that was withheld."""
    in_force, sub = next(
        (in_force, sub)
        for seed in range(1, 9)
        for model in months(market("prime provider"), seed)
        for in_force in model.contracts.values()
        for sub in in_force.contract.subcontracts
        if sub.end < 0
        and {sub} == {a.sub for a in in_force.allocations if a.sub is not None and a.share < 1.0}
        and len(in_force.allocations) > len({a.item.index for a in in_force.allocations})
    )
    model = in_force.model
    supplier = model.provider(sub.supplier)
    shared = [a for a in in_force.allocations if a.item in sub.items]
    assert {a.deliverer for a in shared} == {in_force.holder, supplier}
    failures = []
    for allocation, withheld in zip(shared[:2], (500, 70), strict=True):
        if allocation.failure is None:
            allocation.failure = Failure(in_force, allocation)
        allocation.failure.withheld = withheld
        failures.append(allocation.failure)
    assert failures[0].allocation.item is failures[1].allocation.item
    take_over(model, in_force.holder, supplier, 0.08, 0.1)
    (allocation,) = [a for a in in_force.allocations if a.item is shared[0].item]
    assert allocation.share == pytest.approx(1.0)
    assert allocation.failure is not None
    assert allocation.failure.withheld == 570
    assert [f for f in in_force.failures if f.allocation is allocation] == [allocation.failure]
    check_nobody_works_for_itself(model)
    check_ventures(model)


def test_sponsors_of_a_vehicle_that_merge_are_one_sponsor() -> None:
    model = CareMarket(market("separate"), 1)
    larger, smaller, third = sorted(living(model, "trust"), key=lambda p: -p.turnover)[:3]
    vehicle = found_vehicle(
        model, [smaller, third, larger], [1.0, 2.0, 3.0], 1, 0, equity=6_000, guarantee=600, procurement=-1
    )
    take_over(model, larger, smaller, 0.08, 0.1)
    assert dict(vehicle.sponsors) == {larger: 4_000, third: 2_000}
    assert sorted(vehicle.guarantees) == [200, 400]
    before = larger.reserves, third.reserves
    vehicle.wind_up()
    assert (larger.reserves - before[0], third.reserves - before[1]) == (4_000, 2_000)


def test_two_become_one_with_the_sum_of_what_they_had() -> None:
    model = CareMarket(market("separate"), 1)
    larger, smaller = sorted(living(model, "trust"), key=lambda p: -p.turnover)[:2]
    capacity = [a + b for a, b in zip(larger.capacity, smaller.capacity, strict=True)]
    committed = sum(larger.committed) + sum(smaller.committed)
    fixed = larger.fixed_cost + smaller.fixed_cost
    cost = {
        p: sum(a.full_cost * a.share for x in p.supplies.values() for a in x.allocations) for p in (larger, smaller)
    }
    functions = {f for p in (larger, smaller) for f, c in enumerate(p.unit_cost) if c}
    take_over(model, larger, smaller, 0.5, 0.0)
    assert larger.capacity == capacity
    assert sum(larger.committed) == pytest.approx(committed, abs=20)
    assert {f for f, c in enumerate(larger.unit_cost) if c} == functions
    for function in functions:
        assert larger in model.bidders("area-1", function)
        assert smaller not in model.bidders("area-1", function)
    # Fixed cost that is no longer needed is there until it is shed, and care costs less.
    assert larger.fixed_cost == pytest.approx(fixed)
    assert larger.fixed_target < fixed
    now = sum(a.full_cost * a.share for x in larger.supplies.values() for a in x.allocations)
    assert now < sum(cost.values())
    assert smaller.exit_reason is ExitReason.MERGED


def broke(model: CareMarket) -> Provider:
    """A third-sector provider with work and hardly any money left."""
    provider = max(living(model, "third_sector"), key=lambda p: p.market_value)
    provider.turnover //= 4
    model.ledger.post(model.time, provider.account, 0, max(0, provider.reserves), Reason.WRITE_OFF)
    return provider


EAGER = {"regulation": {"merger_saving": 0.5, "merger_trust": 0.0, "merger_months_low": 1.0, "merger_months_high": 1.0}}


def test_distress_makes_a_provider_look_for_a_partner() -> None:
    model = CareMarket(market("separate", behaviour=EAGER), 1)
    healthy = living(model, "third_sector")[0]
    desk(model).consider(healthy)
    assert not desk(model).planned
    provider = broke(model)
    desk(model).consider(provider)
    merger = desk(model).planned[provider.index]
    assert merger.smaller is provider
    assert merger.larger.kind == provider.kind
    assert merger.larger.turnover >= provider.turnover
    model.run_until(1.0)
    assert not provider.alive
    assert provider.exit_reason is ExitReason.MERGED
    assert desk(model).done == 1
    assert not desk(model).planned


def test_a_trust_looks_after_it_was_rescued_again() -> None:
    model = CareMarket(market("separate", behaviour=EAGER), 1)
    trust = min(living(model, "trust"), key=lambda p: p.turnover)
    for rescues, seeks in ((1, False), (2, True)):
        trust.rescues = [0.0] * rescues
        desk(model).consider(trust)
        assert (trust.index in desk(model).planned) == seeks


def test_partners_in_good_health_must_know_complete_and_want_one_another() -> None:
    alone = {"consortium_bids": False, "vehicles": False}
    policy = {"form": "prime_provider", "lot_scope": "pathway", "duration_years": 1.0} | alone
    wish = {"merger_autonomy": 0.0, "complement_trust": 0.0, "complement_line": 0.0, "merger_saving": 0.5}
    found = {}
    for name, change in (
        ("all", {}),
        ("autonomy", {"merger_autonomy": 1e6}),
        ("trust", {"complement_trust": 1.0}),
        ("saving", {"merger_saving": 0.0}),
    ):
        scenario = small(policy=policy, behaviour={"regulation": wish | change}, mechanisms={"exit": False})
        found[name] = simulate(scenario, 1).summary["mergers"] or 0
    assert found["all"] > 0
    assert found["autonomy"] == found["trust"] == found["saving"] == 0


def test_the_regulator_forbids_what_concentrates_a_market_unless_the_firm_fails() -> None:
    for line, failing, merges in ((200.0, False, False), (10_000.0, False, True), (200.0, True, True)):
        model = CareMarket(market("separate", policy={"merger_line": line}), 1)
        trusts = [p for p in living(model, "trust") if p.market_value]
        larger, smaller = sorted(trusts, key=lambda p: -p.turnover)[:2]
        if failing:
            smaller.can_fail = True
            smaller.is_trust = False  # type: ignore[misc]
            model.ledger.post(0.0, smaller.account, 0, smaller.reserves, Reason.WRITE_OFF)
            smaller.receivable = 0
        assert model.regulation is not None
        rise, after = model.regulation.market_index().effect_of_merging(larger.index, smaller.index)
        assert rise > 200.0
        assert after > 2_000.0
        merger = Merger(desk(model), model, larger, smaller, [])
        desk(model).planned |= {larger.index: merger, smaller.index: merger}
        desk(model).complete(merger)
        assert smaller.alive != merges
        assert model.regulation.mergers_forbidden == (not merges)
        # The same two are not tried again.
        assert desk(model)._near(larger, smaller) is False


def test_without_the_switch_nobody_merges() -> None:
    scenario = market("prime provider", behaviour=EAGER)
    assert simulate(scenario, 1).summary["mergers"]
    off = simulate(changed(scenario, mechanisms={"mergers": False}), 1)
    assert off.summary["mergers"] == 0
    assert "merged" not in {o["exit_reason"] for o in off.tables["organisations"].to_pylist()}
