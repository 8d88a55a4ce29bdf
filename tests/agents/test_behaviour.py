"""What each kind of organisation does, and why."""

from __future__ import annotations

from math import exp
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caremarket.agents.bidding.bid_value import bid_cost, chance_to_win, writing_cost
from caremarket.agents.bidding.subcontract_quotes import answer_offer, quote_for
from caremarket.agents.costs.diversion import diversion
from caremarket.agents.costs.management import management_cost, reporting_cost
from caremarket.agents.entities.contest import Affordability, Contest
from caremarket.agents.entities.general_practice.practice import Practice
from caremarket.agents.entities.general_practice.practice_group import GPFederation
from caremarket.agents.entities.notices import PromiseReviewed
from caremarket.agents.entities.provider import Provider
from caremarket.agents.entities.providers.trust import Trust
from caremarket.agents.model import CareMarket, simulate
from caremarket.agents.primary_care.membership import scale_gain
from caremarket.agents.strategies import STRATEGIES, Opportunity, PricingView
from caremarket.market.offers import at, chance_to_beat, normal_distribution
from caremarket.market.procurement import ROUTES

from .conftest import changed, composed, months, small

OPEN = {"route": "single_stage", "duration_years": 1.0, "turnover_ratio": 0.0}
ALONE = {"consortium_bids": False, "vehicles": False}
LED = {"form": "prime_provider", "lot_scope": "pathway", "turnover_ratio": 0.0}


# Supplying somebody else's bid ------------------------------------------------------------------------


def at_once(model: CareMarket) -> Any:
    """A tender without engagement, for work that nobody does yet."""
    return SimpleNamespace(
        model=model,
        commissioner=model.commissioners[model.items[0].commissioner],
        term_factor=1.0,
        engagement_months=0.0,
        policy=model.policy,
        held_work=lambda _: 0.0,
        held={},
    )


MANY = 20
"""Rivals of a supplier that therefore does not hold out for a higher offer."""


def lowest_price(supplier_wealth: float, **policy: Any) -> float:
    """Lowest price over true cost at which a small provider takes all of a function, by bisection."""
    model = CareMarket(small(policy={**LED, **policy}, mechanisms={"estimate_error": False}), 1)
    supplier = next(p for p in model.organisations if isinstance(p, Provider) and p.third_sector)
    supplier.relative_risk_aversion = 3.0
    supplier.turnover = 0
    model.ledger.balances[supplier.account] = int(supplier_wealth)
    item = next(i for i in model.items if supplier.unit_cost[i.function])
    cost = supplier.true_cost(item)
    low, high = 0.5 * cost, 10.0 * cost
    tender = at_once(model)
    assert not answer_offer(model, supplier, [item], low, 1.0, tender, MANY)
    assert answer_offer(model, supplier, [item], high, 1.0, tender, MANY)
    for _ in range(40):
        middle = 0.5 * (low + high)
        accepted = answer_offer(model, supplier, [item], middle, 1.0, tender, MANY)
        low, high = (low, middle) if accepted else (middle, high)
    return high / cost


def test_small_providers_learn_what_promises_are_worth() -> None:
    """P 1.11: who expects part of a promise to be taken back wants more for it, unless that cannot be."""

    def least(share: float, kept: float, guaranteed: float = 0.0, *, moves: bool = True) -> float:
        scenario = small(policy={**LED, "volume_guarantee": guaranteed}, mechanisms={"post_award_reallocation": moves})
        model = CareMarket(scenario, 1)
        for _ in range(400):
            model.beliefs.promise_reviewed(PromiseReviewed(kept))
        supplier = next(p for p in model.organisations if isinstance(p, Provider) and p.third_sector)
        item = next(i for i in model.items if supplier.unit_cost[i.function])
        return quote_for(model, supplier, [item], supplier.true_cost(item), share, at_once(model), MANY).least

    sure = least(0.6, 1.0)
    assert least(0.6, 0.5) > 1.01 * sure
    assert least(0.6, 0.5, guaranteed=0.75) == pytest.approx(least(0.6, 0.75), rel=1e-6)
    assert least(0.6, 0.5, guaranteed=1.0) == least(0.6, 0.5, moves=False) == pytest.approx(sure)
    # The whole of a function cannot be taken back by a lead that has nobody else for it.
    assert least(1.0, 0.5) == least(1.0, 1.0)


def test_what_became_of_promises_is_seen_every_year() -> None:
    found = []
    for moves in (True, False):
        scenario = small(
            "policy=prime_provider",
            policy={"monitoring": 0.05},
            market={"synthetic": {"population_per_ccg": 30_000, "third_sector": 30}},
            mechanisms={"post_award_reallocation": moves},
        )
        # In some runs no lead shares a function with a supplier, and nothing can be taken back.
        model = CareMarket(scenario, 4)
        model.run_until(72.0)
        found.append(model.beliefs.promises_kept)
    assert found[0] < found[1] == 1.0


@pytest.mark.parametrize("strategy", ["best_response", "cost_plus"])
def test_a_supplier_gets_no_more_than_it_asks_and_defends_the_work_it_has(strategy: str) -> None:
    """P 1.6: whoever does the work now takes less than a stranger would, by what losing it would strand."""
    quotes = {}
    for defends in (True, False):
        mechanisms = {"estimate_error": False, "defence_of_fixed_costs": defends}
        model = CareMarket(small(policy=LED, behaviour={"strategy": strategy}, mechanisms=mechanisms), 1)
        in_force = next(c for c in model.contracts.values() if c.holder.fixed_share and c.holder.markup > 0.01)
        item, holder = in_force.contract.items[0], in_force.holder
        stranger = at_once(model)
        tender = SimpleNamespace(**(vars(stranger) | {"held": {holder.index: 1.0}}))
        # Cheap enough to have a choice of prices below the most that leads offer.
        holder.unit_cost = [0.8 * cost for cost in holder.unit_cost]
        holder.forget_costs()
        cost = float(holder.true_cost(item))
        quotes[defends] = quote_for(model, holder, [item], cost, 1.0, tender, MANY)
        if not defends:
            assert quotes[defends] == quote_for(model, holder, [item], cost, 1.0, stranger, MANY)
        # What it is offered, down to the least; what it asks, however much is offered.
        least, asks = quotes[defends].least, quotes[defends].asks
        assert answer_offer(model, holder, [item], 3.0 * cost, 1.0, tender, MANY) == pytest.approx(asks, rel=0.02)
        assert answer_offer(model, holder, [item], 0.5 * (least + asks), 1.0, tender, MANY) == 0.5 * (least + asks)
        assert answer_offer(model, holder, [item], 0.9 * least, 1.0, tender, MANY) is None
    behaviour = model.scenario_data.behaviour
    months, years = behaviour.shedding_months, model.policy.duration_years
    stays = holder.fixed_share * (1.0 - behaviour.staff_transfer * behaviour.life.staff_cost_share)
    stranded = item.reference_cost * stays * months / 12.0 * (1.0 - exp(-years * 12.0 / months)) / years
    paid = 1.0 - model.policy.management_fee
    assert quotes[True].least == pytest.approx(quotes[False].least - stranded / paid)
    if strategy == "cost_plus":
        assert quotes[True].asks == quotes[False].asks
    else:
        # Having more to lose, it asks less, though by no more than its lowest price falls.
        assert 0.0 < quotes[False].asks - quotes[True].asks <= quotes[False].least - quotes[True].least


def test_a_supplier_asks_more_the_more_risk_flows_down() -> None:
    """P 3.6: at the same price it refuses what it would have taken with less flow-down."""
    asked = [lowest_price(1e8, flow_down=f) for f in (0.0, 0.5, 1.0)]
    assert asked[0] < asked[1] < asked[2]


def test_thin_reserves_make_a_supplier_refuse_full_flow_down() -> None:
    """P 3.7: wealth hardly matters without flow-down, and decides with it."""
    rich, poor = 1e10, 2e7
    dearer_without = lowest_price(poor, flow_down=0.0) / lowest_price(rich, flow_down=0.0)
    dearer_with = lowest_price(poor, flow_down=1.0) / lowest_price(rich, flow_down=1.0)
    assert dearer_with > dearer_without + 0.02


def test_a_supplier_wants_its_fee_back_and_its_outcome_pay_made_certain() -> None:
    assert lowest_price(1e8, management_fee=0.1) > lowest_price(1e8, management_fee=0.0)
    risky = lowest_price(1e8, outcome_share=0.4, flow_down=1.0)
    assert risky > lowest_price(1e8, outcome_share=0.0, flow_down=1.0)


def test_a_lead_takes_back_more_the_more_it_gains_and_the_less_it_is_watched() -> None:
    def taken(gain: float, **policy: Any) -> float:
        model = CareMarket(small(policy={**LED, **policy}), 1)
        return diversion(model, model.policy, gain)

    assert taken(-0.1) == taken(0.0) == 0.0
    assert taken(0.1, monitoring=0.5) == pytest.approx(0.1 / (0.5 * 2.0))
    assert taken(0.1, monitoring=1.0) < taken(0.1, monitoring=0.25) < taken(0.2, monitoring=0.25)
    assert taken(0.1, monitoring=0.0) == 1.0
    assert taken(0.9, monitoring=0.1, volume_guarantee=0.7) == pytest.approx(0.3)
    assert taken(0.9, monitoring=0.0, volume_guarantee=1.0) == 0.0


def test_managing_a_chain_costs_more_with_suppliers_and_indicators_and_less_with_skill() -> None:
    few = CareMarket(small(policy={**LED, "indicators": 5}), 1)
    many = CareMarket(small(policy={**LED, "indicators": 50}), 1)
    lead = next(p for p in few.organisations if isinstance(p, Provider))
    lead.skill = 0.5
    assert management_cost(few, few.policy, lead, 0, 1e6) == 0.0
    assert 0.0 < management_cost(few, few.policy, lead, 1, 1e6) < management_cost(few, few.policy, lead, 4, 1e6)
    assert management_cost(few, few.policy, lead, 2, 1e6) < management_cost(many, many.policy, lead, 2, 1e6)
    unskilled = management_cost(few, few.policy, lead, 2, 1e6)
    # Its own work has to be reported on as well.
    asked = reporting_cost(few, lead, 5, 1e6)
    assert reporting_cost(few, lead, 0, 1e6) == 0.0 < asked == pytest.approx(reporting_cost(few, lead, 50, 1e6) / 10)
    lead.skill = 0.9
    assert management_cost(few, few.policy, lead, 2, 1e6) < unskilled
    assert reporting_cost(few, lead, 5, 1e6) < asked


# Bidding ----------------------------------------------------------------------------------------------


def tender_of(model: CareMarket, route: str, items: int = 1) -> Any:
    lot = SimpleNamespace(items=model.items[:items], budget=1_000_000_00)
    tender = SimpleNamespace(procurement=SimpleNamespace(lot=lot, route=ROUTES[route]))
    tender.writing_cost = writing_cost(model, tender)
    return tender


def test_bids_cost_more_by_dearer_routes_and_wider_lots_and_less_with_skill() -> None:
    model = CareMarket(small(), 1)
    bidder = next(p for p in model.organisations if isinstance(p, Provider))
    bidder.skill = 0.5
    by_route = [bid_cost(bidder, tender_of(model, r)) for r in ("direct_award", "single_stage", "two_stage")]
    assert 0 < by_route[0] < by_route[1] < by_route[2]
    assert bid_cost(bidder, tender_of(model, "two_stage", 3)) > by_route[2]
    bidder.skill = 0.9
    assert bid_cost(bidder, tender_of(model, "two_stage")) < by_route[2]


@given(ratio=st.floats(0.5, 1.5), quality=st.floats(0.0, 1.0), bidders=st.floats(1.0, 30.0), more=st.floats(0.01, 0.2))
def test_believed_chances_fall_with_price_and_rivals_and_rise_with_quality(
    ratio: float, quality: float, bidders: float, more: float
) -> None:
    model: Any = SimpleNamespace(scenario_data=composed())
    tender: Any = SimpleNamespace(policy=composed().policy)
    chance = chance_to_win(model, tender, ratio, quality, bidders)
    assert 0.0 < chance <= 1.0
    assert chance_to_win(model, tender, ratio + more, quality, bidders) <= chance
    assert chance_to_win(model, tender, ratio, quality + more, bidders) >= chance
    assert chance_to_win(model, tender, ratio, quality, bidders + more) <= chance
    assert chance_to_win(model, tender, 1.0, 0.6, bidders) == pytest.approx(1.0 / bidders)


@given(price=st.floats(0.5, 1.5), points=st.floats(0.0, 1.0), rivals=st.integers(1, 30), more=st.floats(0.01, 0.2))
def test_believed_chances_fall_with_price_and_rivals_and_rise_with_points(
    price: float, points: float, rivals: int, more: float
) -> None:
    def chance(price: float, points: float, rivals: int, *, holder: bool = False) -> float:
        offers = normal_distribution(1.0, 0.1)
        among_all, as_holder = (chance_to_beat(offers, n, 0.8) for n in (rivals + 1, rivals))
        contest = Contest(rivals, among_all, as_holder, Affordability(1000.0, 1000.0, 0.0), 0.5, 0.5)
        return at(as_holder if holder else among_all, 1000.0 * price * contest.scale(points))

    now = chance(price, points, rivals)
    assert 0.0 <= now <= 1.0
    assert chance(price + more, points, rivals) <= now
    assert chance(price, points + more, rivals) >= now
    assert chance(price, points, rivals + 1) <= now <= chance(price, points, rivals, holder=True)
    # A bid with the usual points scores as its price does; better points are worth a lower price.
    usual = chance(price, 0.5, rivals)
    assert chance(price * exp(more / 0.5), 0.5 + more, rivals) == pytest.approx(usual, abs=1e-9)


@given(cost=st.floats(0.01, 3.0), own=st.floats(0.0, 0.5), bidders=st.integers(1, 40), room=st.floats(0.001, 1.0))
def test_no_strategy_bids_below_cost(cost: float, own: float, bidders: int, room: float) -> None:
    view = PricingView(cost_ratio=cost, own_markup=own, bidders=bidders, belief_low=0.85, belief_high=1.25)
    chance = chance_to_beat(normal_distribution(1.0, 0.1), bidders - 1, 0.8)
    for second_price in (False, True):
        opportunity = Opportunity(chance, 1.0, cost, cost + room, lambda _: 0.5, second_price)
        for strategy in STRATEGIES.values():
            if strategy.markup is not None:
                assert strategy.markup(view) >= 0.0
            else:
                assert strategy.price is not None
                assert cost <= strategy.price(opportunity) <= cost + room
    assert markup_of("cost_plus", view) == own


def markup_of(strategy: str, view: PricingView) -> float:
    markup = STRATEGIES[strategy].markup
    assert markup is not None
    return markup(view)


def test_equilibrium_bidders_shade_less_the_more_rivals_they_believe_in() -> None:
    def markup(bidders: float) -> float:
        return markup_of("equilibrium", PricingView(1.0, 0.05, bidders, 0.85, 1.25))

    assert markup(2.0) == pytest.approx(0.125)
    assert markup(5.0) == pytest.approx(0.05)
    assert markup(2.0) > markup(3.0) > markup(10.0) > 0.0


def test_a_turnover_test_keeps_the_small_out() -> None:
    """P 2.5: of those put to it, fewer pass the larger the multiple of contract value."""
    rates = []
    for ratio in (0.0, 5.0, 10.0):
        result = simulate(small(policy={**OPEN, **ALONE, "route": "two_stage", "turnover_ratio": ratio}), 2)
        rates.append(result.summary["sme_qualification_rate"] or 0.0)
        failed = [e for e in result.tables["events"].to_pylist() if e["kind"] == "fails_selection"]
        assert bool(failed) == (ratio > 0.0)
    assert rates[0] == 1.0
    assert rates[2] < rates[1] < 1.0


def test_prices_in_a_tender_with_a_published_budget_never_exceed_it() -> None:
    result = simulate(small(policy={**OPEN, "publish_budget": True, "budget_discount": 0.05}), 2)
    rows = [row for row in result.tables["procurements"].to_pylist() if row["route"] != "direct_award"]
    budgets = {row["id"]: row["budget"] for row in rows}
    bids = [bid for bid in result.tables["bids"].to_pylist() if bid["procurement"] in budgets]
    assert len(bids) > 20
    assert all(bid["price"] <= budgets[bid["procurement"]] + 1 for bid in bids)


def test_an_award_is_never_above_budget_in_a_tender() -> None:
    for row in simulate(small(policy=OPEN), 2).tables["procurements"].to_pylist():
        if row["outcome"] == "awarded" and row["route"] != "direct_award":
            assert row["price"] <= row["budget"]


# Leaving and rescue -----------------------------------------------------------------------------------


def pinched(months_of_reserves: float) -> Any:
    reserves = {"reserve_months": {"median": months_of_reserves, "sigma": 0.0}}
    kinds = {k: {**reserves, "outside_margin": -0.03} for k in ("third_sector", "independent", "acute_trust")}
    return small(policy=OPEN, market={"kinds": kinds})


def test_small_providers_without_reserves_fail_and_with_reserves_do_not() -> None:
    def failed(scenario: Any) -> set[str]:
        rows = simulate(scenario, 3).tables["organisations"].to_pylist()
        rows = [o for o in rows if o["kind"] in ("third_sector", "independent") and o["entered"] == 0.0]
        return {o["id"] for o in rows if o["exit_reason"] == "insolvent"}

    thin = failed(pinched(0.1))
    assert len(thin) >= 5
    assert not failed(pinched(60.0))


def test_trusts_never_leave_and_are_supported_when_their_money_is_gone() -> None:
    model = CareMarket(pinched(0.1), 3)
    result = model.run()
    trusts = [o for o in model.organisations if isinstance(o, Trust)]
    assert len(trusts) == 6
    assert all(t.alive for t in trusts)
    rescued = {e["organisation"]: e["amount"] for e in result.tables["events"].to_pylist() if e["kind"] == "rescue"}
    assert rescued
    assert set(rescued) <= {t.index for t in trusts}
    supported = sum(p["amount"] for p in result.tables["postings"].to_pylist() if p["reason"] == "rescue")
    assert result.summary["rescue_pence"] == supported > 0


def test_who_loses_long_enough_and_has_no_work_withdraws() -> None:
    patient = small(policy=OPEN, behaviour={"max_bid_losses": 1000})
    hasty = changed(patient, behaviour={"max_bid_losses": 2})

    def withdrew(scenario: Any) -> list[dict[str, Any]]:
        organisations = simulate(scenario, 1).tables["organisations"].to_pylist()
        return [o for o in organisations if o["exit_reason"] == "withdrew"]

    assert withdrew(hasty)
    assert not withdrew(patient)


# General practice -------------------------------------------------------------------------------------


def practices(model: CareMarket) -> list[Practice]:
    return [o for o in model.organisations if isinstance(o, Practice)]


def test_small_practices_gain_most_from_pooling() -> None:
    assert scale_gain(2_000, 50_000, 0.1) > scale_gain(20_000, 50_000, 0.1) > 0.0
    assert scale_gain(5_000, 100_000, 0.1) > scale_gain(5_000, 10_000, 0.1)
    assert scale_gain(5_000, 0, 0.1) == 0.0


def test_all_practices_join_where_pooling_is_worth_more_than_autonomy() -> None:
    model = CareMarket(small(behaviour={"joining_gain": 10.0}, mechanisms={"exit": False}), 1)
    for practice in practices(model)[::2]:
        if practice.federation is not None:
            practice.federation.remove_member(practice)
    assert any(p.federation is None for p in practices(model))
    model.run()
    assert all(p.federation is not None for p in practices(model))


def test_practices_leave_where_pooling_is_worth_nothing_and_a_federation_too_small_dissolves() -> None:
    model = CareMarket(small(), 1)
    model.scenario_data = changed(model.scenario_data, behaviour={"joining_gain": 0.0})
    federations = [o for o in model.organisations if isinstance(o, GPFederation) and o.members]
    assert federations
    result = model.run()
    assert all(p.federation is None for p in practices(model))
    assert {f.exit_reason.name for f in federations} == {"DISSOLVED"}
    assert result.summary["federation_member_share"] == 0.0
    assert result.summary["withdrawals"]


def test_a_federation_can_do_what_its_lists_can() -> None:
    """Capacity follows members: it falls by a leaver's share and comes back with it."""
    model = CareMarket(small(mechanisms={"exit": False}), 1)
    federation = max((o for o in model.organisations if isinstance(o, GPFederation)), key=lambda f: len(f.members))
    practice = next(iter(federation.members.values()))
    # With work in hand it would hire for what must still be done.
    federation.committed = [0] * len(federation.committed)
    before, list_before = list(federation.capacity), federation.pooled_list
    federation.remove_member(practice)
    share = practice.list_size / list_before
    for now, then in zip(federation.capacity, before, strict=True):
        assert now == pytest.approx(then * (1.0 - share), abs=2)
    federation.add_member(practice)
    assert federation.capacity == pytest.approx(before, abs=2)
    assert federation.pooled_list == list_before


def test_a_federation_is_at_home_where_its_members_have_their_surgeries() -> None:
    """Elsewhere, in the same area too, it works as others do away from home, until a practice from there joins."""
    model = CareMarket(small(mechanisms={"exit": False}), 1)
    federation = next(o for o in model.organisations if isinstance(o, GPFederation) and o.members)
    homes = {practice.commissioner for practice in federation.members.values()}
    away = next(c for c in model.commissioners.values() if c.id not in homes)
    home = next(c for c in model.commissioners.values() if c.id in homes)
    assert away.area == home.area == federation.area
    assert federation.at_home(home)
    assert not federation.at_home(away)
    near = 1.0 + model.scenario_data.behaviour.near_uplift
    assert (federation.distance_factor(home), federation.distance_factor(away)) == (1.0, near)

    item = next(i for i in away.items if federation.unit_cost[i.function])
    dear = federation.true_cost(item)
    there = next(o for o in model.organisations if isinstance(o, Practice) and o.commissioner == away.id)
    federation.add_member(there)
    assert federation.true_cost(item) == pytest.approx(dear / near)
    federation.remove_member(there)
    assert federation.true_cost(item) == pytest.approx(dear)


# Payment ----------------------------------------------------------------------------------------------


def test_sub_contractors_wait_longer_than_those_who_hold_the_contract() -> None:
    """P 3.12: paid when paid, or by terms of their own; commissioners pay after thirty days."""
    separate = simulate(small(policy={**OPEN, **ALONE}), 2).summary["sme_days_to_paid"]
    assert separate == pytest.approx(30.0)
    led = simulate(small(policy={**LED, "budget_discount": -0.1, "subcontract_payment_days": 90.0}), 2).summary
    assert led["sme_days_to_paid"] is not None
    assert led["sme_days_to_paid"] > 31.0


@pytest.mark.parametrize("payment_days", [5.0, 120.0])
def test_bills_are_paid_when_they_are_due(payment_days: float) -> None:
    result = simulate(small(policy={**OPEN, **ALONE, "payment_days": payment_days}), 2)
    assert result.summary["sme_days_to_paid"] == pytest.approx(payment_days)


def test_reserves_of_the_living_move_only_by_postings() -> None:
    """What an organisation has is the balance of its account, and nobody overdraws beyond its bank's line for long."""
    for model in months(small(policy=OPEN), 2, step=12.0):
        for organisation in model.organisations:
            assert organisation.reserves == model.ledger.balances[organisation.account]
            if not organisation.alive:
                assert organisation.reserves == 0
