"""Who loses work when it is bought anew, and what becomes of them."""

from __future__ import annotations

from math import ceil

import pytest

from caremarket.agents.bidding.make_or_buy import _draft_function
from caremarket.agents.contracts.ending import record_lost_work
from caremarket.agents.costs.staff_transfer import present_shares
from caremarket.agents.costs.stranded_cost import stranded_over_term, stranded_until_shed
from caremarket.agents.entities.provider import Provider
from caremarket.agents.entities.staff import fixed_cost_with_staff
from caremarket.agents.model import CareMarket
from caremarket.agents.procurement.opening import open_procurement
from caremarket.agents.world.organisation import ExitReason
from caremarket.market.pathways import ServiceItem
from caremarket.market.procurement import ROUTES
from tests.agents.conftest import changed, small


@pytest.fixture
def model() -> CareMarket:
    made = CareMarket(small(), 1)
    made.run_until(1.0)
    return made


def providers(model: CareMarket) -> list[Provider]:
    return [o for o in model.organisations if isinstance(o, Provider)]


def test_who_goes_on_with_the_work_has_lost_none(model: CareMarket) -> None:
    items = [item for item in model.items if item.contracts][:3]
    before = present_shares(model, items)
    record_lost_work(model, before, items)
    assert not model.tally.losing_incumbents
    assert model.tally.distressed_incumbents() is None


def test_what_is_lost_is_the_difference_by_reference_cost(model: CareMarket) -> None:
    item = next(item for item in model.items if item.contracts)
    ((index, share),) = [(p.index, s) for p, s in model.contracts[item.contracts[0]].deliverers(item)]
    other = next(p for p in providers(model) if p.index != index)
    # Before it was bought anew it was all the other's; now the other has none of it.
    record_lost_work(model, {(other.index, item.index): 1.0}, [item])
    assert share == 1.0
    assert other.losses == [(model.time, round(item.reference_cost))]
    assert list(model.tally.losing_incumbents) == [other.index]


@pytest.mark.parametrize(("months", "counted"), [(-1.0, 0.0), (1.0, 1.0), (23.0, 1.0), (25.0, 0.0)])
def test_distress_counts_within_two_years_of_the_loss(model: CareMarket, months: float, counted: float) -> None:
    trust = next(p for p in providers(model) if p.is_trust)
    small_one = next(p for p in providers(model) if p.can_fail)
    for loser in (trust, small_one):
        loser.losses = [(30.0, 100)]
        model.tally.losing_incumbents[loser.index] = loser
    trust.rescues = [30.0 + months]
    small_one.exit_reason, small_one.exited_at = ExitReason.WITHDREW, 31.0
    assert model.tally.distressed_incumbents() == counted / 2
    small_one.exit_reason = ExitReason.INSOLVENT
    assert model.tally.distressed_incumbents() == (counted + 1.0) / 2


def test_staff_that_moves_takes_its_pay_along_and_comes_back_with_the_work(model: CareMarket) -> None:
    loser = next(p for p in providers(model) if p.is_trust)
    moved = fixed_cost_with_staff(model)
    assert moved == pytest.approx(0.6 * 0.65)
    loser.fixed_cost += 5e7
    before, target = loser.fixed_cost, loser.fixed_target
    freed = loser.fixed_share * 1e7
    loser.give_up(0, 1e7, 1e7)
    assert loser.fixed_target == pytest.approx(target - freed)
    assert loser.fixed_cost == pytest.approx(before - moved * freed)
    assert loser.fixed_cost - loser.fixed_target == pytest.approx(
        5e7 + stranded_until_shed(model, 1e7, 0.5 * loser.fixed_share)
    )
    # Winning one's own work again rids nobody of what was stranded before.
    loser.take_on(0, 1e7, 1e7)
    assert (loser.fixed_cost, loser.fixed_target) == pytest.approx((before, target))


def test_a_defence_is_worth_what_is_stranded_while_the_contract_runs(model: CareMarket) -> None:
    whole = stranded_until_shed(model, 1e7, 0.6)
    short, long = (stranded_over_term(model, 1e7, 0.6, years) for years in (2.0, 10.0))
    assert short == pytest.approx(whole * (1.0 - 2.718281828**-1.0))
    assert short < 0.65 * long < long < whole
    off = CareMarket(changed(small(), mechanisms={"sticky_fixed_costs": False}), 1)
    assert stranded_over_term(off, 1e7, 0.6, 10.0) == 0.0


def test_a_lead_that_finds_nobody_for_all_of_a_function_buys_it_pathway_by_pathway() -> None:
    bundle = {"form": "prime_provider", "lot_scope": "pathway", "pathways_per_lot": 2}
    model = CareMarket(small(policy=bundle), 1)
    buyer = next(iter(model.commissioners.values()))
    items = [i for i in model.items if i.commissioner == buyer.index]
    tender = open_procurement(
        model, buyer, items, policy=model.policy, route=ROUTES["two_stage"], attempt=1, budget=10**12
    )
    tender.record_present_work()
    larger, smaller = sorted((i for i in items if i.function == 0), key=lambda i: -i.reference_cost)
    lead = next(p for p in providers(model) if p.kind == "community_trust")
    first, second = [p for p in providers(model) if p.kind == "acute_trust"][:2]
    tender.held.clear()
    for provider in providers(model):
        provider.capacity[0] = provider.committed[0] = 0
    lead.unit_cost[0] = 0.0

    def deliverers(room_of_first: ServiceItem, room_of_second: ServiceItem | None) -> list[str]:
        for provider, room in ((first, room_of_first), (second, room_of_second)):
            provider.unit_cost[0] = 0.6
            provider.forget_costs()
            provider.capacity[0] = capacity_for(room) if room else 0
        drafts = _draft_function(model, lead, 0, [larger, smaller], tender)
        return [draft.core.deliverer.id for draft in drafts]

    def capacity_for(item: ServiceItem) -> int:
        return ceil(item.reference_cost * (1.0 - model.scenario_data.behaviour.staff_transfer))

    assert deliverers(larger, smaller) == [p.id for p in (first, second)]
    # Room for either is not room for both.
    assert deliverers(larger, None) == []
