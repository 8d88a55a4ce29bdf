"""What must hold in every market at any time: money, events, contracts, shares, commitments."""

from __future__ import annotations

from collections import Counter, defaultdict
from math import isclose
from typing import Any
from weakref import ref

import pytest

from caremarket.agents.entities.contract import ContractInForce
from caremarket.agents.entities.general_practice.practice_group import PracticeGroup
from caremarket.agents.entities.provider import Provider
from caremarket.agents.model import CareMarket, simulate
from caremarket.agents.procurement import award
from caremarket.agents.world.schedule import event_handler
from caremarket.market.compatibility import fitted, why_not
from caremarket.market.errors import LedgerError, LostEventError
from caremarket.market.forms import FORMS
from caremarket.market.ledger import INTERNAL, WORLD, Ledger, Reason
from caremarket.market.pathways import FUNCTION_INDEX
from caremarket.market.payments import PAYMENTS
from caremarket.market.procurement import FINAL, ROUTES, TRANSITIONS, State
from caremarket.market.scenario import PolicySpec, Scenario

from .conftest import ROSTERED, changed, composed, months, small

WHOLE = {"lot_scope": "pathway", "duration_years": 2.0}
HARSH = {
    "kinds": {
        "third_sector": {"reserve_months": {"median": 0.3, "sigma": 1.0}},
        "independent": {"reserve_months": {"median": 0.3, "sigma": 1.0}},
        "prime": {"reserve_months": {"median": 0.3, "sigma": 1.0}},
        "acute_trust": {"reserve_months": {"median": 0.1, "sigma": 1.0}},
    }
}
POLICIES: dict[str, dict[str, Any]] = {
    "separate": {"policy": {"duration_years": 1.0}},
    "prime contractor": {
        "policy": {"form": "prime_contractor", **WHOLE, "outcome_share": 0.2, "turnover_ratio": 0.0},
        "market": HARSH,
    },
    "prime provider": {"policy": {"form": "prime_provider", **WHOLE, "payment": "tariff"}, "market": HARSH},
    "bundles of two": {
        "policy": {"form": "prime_provider", **WHOLE, "pathways_per_lot": 2, "turnover_ratio": 0.0},
        "market": HARSH,
    },
    "starved": {"policy": {"route": "single_stage", "duration_years": 1.0, "budget_discount": 0.3}, "market": HARSH},
    "any qualified provider": {
        "policy": {
            "form": "any_qualified_provider",
            "payment": "tariff",
            "route": "any_qualified_provider",
            "turnover_ratio": 0.0,
            "duration_years": 2.0,
        },
        "market": HARSH,
    },
    "framework": {"policy": {"form": "framework", "route": "call_off", "duration_years": 1.0}, "market": HARSH},
    "alliance": {
        "policy": {"form": "alliance", "route": "direct_award", **WHOLE, "outcome_share": 0.1, "gain_share": 0.4},
        "market": {**HARSH, "initial_trust": {"mean": 0.8}},
    },
    "phased": {"policy": {"form": "prime_provider", **WHOLE, "phasing_years": 1.5}, "market": HARSH},
    "appraised": {"policy": {"form": "appraise", "duration_years": 2.0, "turnover_ratio": 0.0}, "market": HARSH},
    "no single bids": {"policy": {"accept_single_bid": False, "duration_years": 1.0}},
}


def market(name: str) -> Scenario:
    return small(**POLICIES[name])


# Money ------------------------------------------------------------------------------------------------


def sensible() -> list[tuple[str, str, str]]:
    """Every form with every payment and route that go with it."""
    every = [(f, p, r) for f in sorted(FORMS) for p in sorted(PAYMENTS) for r in sorted(ROUTES)]
    return [x for x in every if why_not(terms_of(*x)) is None]


def terms_of(form: str, payment: str, route: str) -> PolicySpec:
    scope = FORMS[form].scope
    if scope == "any":
        scope = "function" if form == "separate" else "pathway"
    return PolicySpec(form=form, payment=payment, route=route, lot_scope=scope)


@pytest.mark.parametrize(("form", "payment", "route"), sensible())
def test_the_books_balance_after_every_event(form: str, payment: str, route: str) -> None:
    """With and without outcome pay, and whether or not leads pay only when paid."""
    for outcome_share, pay_when_paid in ((0.0, route != "two_stage"), (0.2, route == "two_stage")):
        terms = {"form": form, "payment": payment, "route": route, "duration_years": 2.0}
        terms |= {"outcome_share": outcome_share, "pay_when_paid": pay_when_paid}
        terms |= {"lot_scope": terms_of(form, payment, route).lot_scope}
        scenario = small(horizon_years=4, policy=terms, market=HARSH, record={"check_ledger": "event"})
        assert simulate(scenario, 5).summary["ledger_imbalance_pence"] == 0


def break_posting(monkeypatch: pytest.MonkeyPatch, number: int, how: str) -> list[float]:
    """Break the ``number``-th posting of any ledger from now on; returns the list its time will be in."""
    right = Ledger.post
    count = 0
    broken: list[float] = []

    def post(self: Ledger, time: float, payer: int, payee: int, amount: int, reason: int, contract: int = -1) -> None:
        nonlocal count
        right(self, time, payer, payee, amount, reason, contract)
        count += amount > 0
        if count == number and not broken and amount > 0:
            broken.append(time)
            if how == "payee":
                self.balances[payee] -= amount
            elif how == "payer":
                self.balances[payer] += amount
            else:
                self.balances[WORLD] -= 1
                self.balances[payee if payee != WORLD else payer] += 1

    monkeypatch.setattr(Ledger, "post", post)
    return broken


@pytest.mark.parametrize("how", ["payee", "payer", "minted"])
@pytest.mark.parametrize("when", ["end", "yearly", "event"])
def test_a_posting_broken_in_a_running_market_is_caught(monkeypatch: pytest.MonkeyPatch, how: str, when: str) -> None:
    model = CareMarket(small(record={"check_ledger": when}), 3)
    broken = break_posting(monkeypatch, 500, how)
    with pytest.raises(LedgerError):
        model.run()
    assert broken
    if when == "event":
        assert model.time == broken[0]
    elif when == "yearly":
        assert broken[0] <= model.time <= broken[0] + 12.0
    else:
        assert model.time == 72.0


def test_postings_add_up_to_what_everybody_holds() -> None:
    result = simulate(market("prime provider"), 2)
    held: Counter[str] = Counter()
    entered = left = 0
    for posting in result.tables["postings"].to_pylist():
        held[posting["payee"]] += posting["amount"]
        held[posting["payer"]] -= posting["amount"]
        assert posting["amount"] > 0
        assert (posting["reason"] in {r.name.lower() for r in INTERNAL}) == (
            "world" not in (posting["payer"], posting["payee"])
        )
        entered += posting["amount"] * (posting["payer"] == "world")
        left += posting["amount"] * (posting["payee"] == "world")
    organisations = result.tables["organisations"].to_pylist()
    assert {o["id"]: o["reserves"] for o in organisations} == {o["id"]: held[o["id"]] for o in organisations}
    assert sum(o["reserves"] for o in organisations) == entered - left


# Events -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", POLICIES)
def test_no_scheduled_event_is_lost(name: str) -> None:
    for model in months(market(name), 4, step=6.0):
        assert model.scheduled == model.executed + model.cancelled + model.pending()
    assert model.cancelled > 0
    assert model.executed > 500


class Passer:
    """Something with an event."""

    def __init__(self, model: CareMarket) -> None:
        self.model = model
        self.called = 0

    @event_handler
    def call(self) -> None:
        self.called += 1


def test_an_event_keeps_its_owner_as_long_as_it_is_on_the_list() -> None:
    """Mesa's own would be lost in silence; after it, nothing is held any more."""
    model = CareMarket(small(horizon_years=1), 1)
    owner = Passer(model)
    gone = ref(owner)
    model.schedule(owner.call, after=3.0)
    model.cancel(model.schedule(owner.call, after=4.0))
    del owner
    model.run_until(2.5)
    assert gone() is not None
    model.run_until(4.5)
    assert gone() is None
    model.check_no_event_lost()


def test_an_event_that_vanishes_from_the_list_is_noticed() -> None:
    model = CareMarket(small(horizon_years=1), 1)
    event = model.schedule(Passer(model).call, after=3.0)
    model._event_list._events.remove(event)
    with pytest.raises(LostEventError):
        model.run()


def test_an_event_happens_once() -> None:
    model = CareMarket(small(horizon_years=1), 1)
    kept = Passer(model)
    model.schedule(kept.call, after=3.0)
    cancelled = model.schedule(kept.call, at=4.0)
    model.cancel(cancelled)
    model.run()
    assert kept.called == 1


def test_the_past_cannot_be_scheduled() -> None:
    model = CareMarket(small(horizon_years=1), 1)
    model.run_until(5.0)
    with pytest.raises(ValueError, match="past"):
        model.schedule(model.close_year, at=4.0)
    with pytest.raises(ValueError, match="exactly one"):
        model.schedule(model.close_year)


# Contracts --------------------------------------------------------------------------------------------


def check_services(model: CareMarket) -> None:
    """Every service is under one running contract, or somebody knows that it is not."""
    covering: Counter[int] = Counter()
    for number, in_force in model.contracts.items():
        assert in_force.contract.id == number
        assert in_force.contract.running
        assert in_force.holder.alive
        for item in in_force.contract.items:
            assert number in item.contracts
            covering[item.index] += 1
    errands = {errand.item.index for errand in model.succession.errands}
    for item in model.items:
        several = any(model.contracts[n].contract.form.patients_choose for n in item.contracts)
        assert covering[item.index] == (len(item.contracts) if several else bool(item.contracts))
        assert item.contracts or item.procuring or item.index in errands
    buying = Counter(item.index for process in model.processes.values() for item in process.procurement.lot.items)
    buying.update(item.index for agreement in model.desk.agreements for item in agreement.items)
    assert {item.index for item in model.items if item.procuring} == set(buying)
    assert set(buying.values()) <= {1}


def check_shares(model: CareMarket) -> None:
    """All of every service is done, by somebody alive who can, and what is paid for it is what is delivered."""
    direct = delivered = 0.0
    chosen: defaultdict[int, float] = defaultdict(float)
    for in_force in model.contracts.values():
        shares: defaultdict[int, float] = defaultdict(float)
        several = in_force.contract.form.patients_choose
        for allocation in in_force.allocations:
            assert 0.0 <= allocation.share <= 1.0
            shares[allocation.item.index] += allocation.share
            delivered += allocation.head_rate * 4.0
            if allocation.share:
                assert allocation.deliverer.alive
                assert allocation.deliverer.unit_cost[allocation.item.function] > 0.0
        if several:
            for index, share in shares.items():
                chosen[index] += share
                direct += in_force.contract.price * share
            continue
        assert dict(shares) == pytest.approx(dict.fromkeys((i.index for i in in_force.contract.items), 1.0))
        direct += in_force.contract.price
    assert dict(chosen) == pytest.approx(dict.fromkeys(chosen, 1.0))
    assert delivered == pytest.approx(direct, rel=1e-9)


def check_commitments(model: CareMarket) -> None:
    """What a provider is bound to do, and the fixed cost that carries, is what its contracts say."""
    bound: Counter[tuple[int, int]] = Counter()
    carries: defaultdict[int, float] = defaultdict(float)
    for in_force in model.contracts.values():
        for allocation in in_force.allocations:
            deliverer = allocation.deliverer
            bound[deliverer.index, allocation.item.function] += round(allocation.reference)
            carries[deliverer.index] += deliverer.fixed_share * allocation.full_cost * allocation.share
    for provider in model.organisations:
        if isinstance(provider, Provider) and provider.alive:
            for function, committed in enumerate(provider.committed):
                assert committed == bound[provider.index, function]
            assert provider.fixed_target == pytest.approx(carries[provider.index], rel=1e-6, abs=1.0)
            assert provider.fixed_cost >= provider.fixed_target - 1.0


def check_hands(model: CareMarket) -> None:
    """Nobody has more bids in hand than there are open tenders it answered."""
    answered = Counter(r.bidder.index for process in model.processes.values() for r in process.applicants)
    for provider in model.organisations:
        if isinstance(provider, Provider) and provider.alive:
            assert 0 <= provider.bids_in_hand <= answered[provider.index]


def check_federations(model: CareMarket) -> None:
    """Membership is mutual, and a list is pooled once."""
    for federation in model.organisations:
        if isinstance(federation, PracticeGroup):
            assert federation.alive or not federation.members
            assert all(p.federation is federation for p in federation.members.values())
            assert federation.pooled_list == sum(p.list_size for p in federation.members.values())


@pytest.mark.parametrize("name", POLICIES)
def test_the_market_hangs_together_every_month(name: str) -> None:
    for seed in (1, 2):
        for model in months(market(name), seed):
            check_services(model)
            check_shares(model)
            check_commitments(model)
            check_hands(model)
            check_federations(model)


@pytest.mark.parametrize("name", POLICIES)
def test_no_service_is_forgotten_when_its_contract_has_ended(name: str) -> None:
    """Past its end a contract goes on only while somebody is buying its successor or is about to."""
    for model in months(market(name), 6):
        for in_force in model.contracts.values():
            if model.time > in_force.contract.end + 1e-9:
                about_to = "approach_expiry" in in_force.planned
                assert about_to or all(item.procuring for item in in_force.contract.items)


@pytest.mark.parametrize("name", POLICIES)
def test_every_procurement_goes_a_legal_way_and_contracts_have_an_award(name: str) -> None:
    result = simulate(market(name), 7)
    state: dict[int, State] = {}
    for event in result.tables["events"].to_pylist():
        if event["kind"].startswith("procurement_"):
            new = State[event["kind"].removeprefix("procurement_").upper()]
            assert new in TRANSITIONS[state.get(event["procurement"], State.APPRAISAL)]
            state[event["procurement"]] = new
    closed = {row["id"]: row for row in result.tables["procurements"].to_pylist()}
    assert closed
    assert set(closed) <= set(state)
    for number, row in closed.items():
        assert state[number] in FINAL
        assert row["outcome"] == ("awarded" if state[number] is State.LIVE else state[number].name.lower())
    procured = [row for row in result.tables["contracts"].to_pylist() if row["procurement"] >= 0]
    assert procured
    into = {e["other"]: e["organisation"] for e in result.tables["events"].to_pylist() if e["kind"] == "merger"}
    for row in procured:
        award = closed[row["procurement"]]
        while award["winner"] != row["holder"] and award["winner"] in into:
            award["winner"] = into[award["winner"]]
        if row["form"] == "any_qualified_provider":  # the winner is whom most patients choose, and others join later
            assert award["price"] == row["price"]
            assert award["closed"] <= row["start"]
        else:
            assert (award["winner"], award["price"], award["closed"]) == (row["holder"], row["price"], row["start"])
        assert award["outcome"] == "awarded"


@pytest.mark.parametrize("name", POLICIES)
def test_who_has_left_acts_no_more(name: str) -> None:
    """No bid, no award, no delivery and no penny after an organisation's exit, and nothing left in its account."""
    left_behind = 0
    for seed in (1, 2, 3):
        result = simulate(market(name), seed)
        gone = {o["index"]: o for o in result.tables["organisations"].to_pylist() if o["exited"] >= 0.0}
        left_behind += len(gone)
        exited = {index: o["exited"] for index, o in gone.items()}
        for event in result.tables["events"].to_pylist():
            late = event["time"] > exited.get(event["organisation"], 1e9)
            assert not late, event
        by_id = {o["id"]: o["exited"] for o in gone.values()}
        for posting in result.tables["postings"].to_pylist():
            last = min(by_id.get(posting["payer"], 1e9), by_id.get(posting["payee"], 1e9))
            assert posting["time"] <= last, posting
        assert all(o["reserves"] == 0 for o in gone.values())
        for contract in result.tables["contracts"].to_pylist():
            if contract["holder"] in exited:
                assert 0.0 <= contract["ended"] <= exited[contract["holder"]]
    assert left_behind > 0


def test_limits_on_self_delivery_hold_on_the_day_a_contract_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    """A prime contractor does nothing itself, a prime provider something, and nobody sub-contracts a separate lot."""
    seen: Counter[str] = Counter()
    begins = award.begin

    def begin(in_force: ContractInForce) -> None:
        begins(in_force)
        contract = in_force.contract
        own = sum(a.reference for a in in_force.allocations if a.deliverer is in_force.holder)
        assert own > 0.0 or not contract.form.lead_functions
        share = own / sum(a.reference for a in in_force.allocations)
        assert contract.form.self_delivery_min - 1e-6 <= share <= contract.form.self_delivery_max + 1e-6
        assert contract.form.subcontracting or not contract.subcontracts
        seen[contract.form.name] += 1

    monkeypatch.setattr(award, "begin", begin)
    alone = {"consortium_bids": False, "vehicles": False, "duration_years": 1.0}
    trusting = {"initial_trust": {"mean": 0.9, "sd": 0.0}}
    for form in FORMS:
        scope = "function" if form == "separate" else "pathway"
        policy = fitted(PolicySpec(lot_scope=scope), form).model_copy(update=alone).model_dump()
        simulate(small(policy=policy, mechanisms={"exit": False}, market=trusting), 1)
    # Those accredited begin one by one, not by an award.
    assert set(seen) == set(FORMS) - {"any_qualified_provider"}


def test_the_shipped_case_study_runs_and_begins_as_its_roster_says() -> None:
    scenario = changed(composed(*ROSTERED), record={"check_ledger": "event"})
    model = CareMarket(scenario, 1)
    names = {o.id: o.index for o in model.organisations}
    assert scenario.market.roster is not None
    for given in scenario.market.roster.contracts:
        (in_force,) = [
            in_force
            for in_force in model.contracts.values()
            for item in in_force.contract.items
            if item.commissioner == names[given.commissioner]
            and model.pathways[item.pathway].name == given.pathway
            and item.function == FUNCTION_INDEX[given.function]
        ]
        assert in_force.holder.index == names[given.provider]
        if given.months_left is not None:
            assert in_force.contract.end == given.months_left
    result = model.run()
    assert result.summary["awards"]
    assert result.summary["ledger_imbalance_pence"] == 0


def test_years_are_measured_at_their_end_in_both_views() -> None:
    result = simulate(market("prime provider"), 3)
    rows = result.tables["yearly"].to_pylist()
    assert {row["year"] for row in rows} == set(range(1, 7))
    national = {(row["year"], row["measure"]): row["value"] for row in rows if row["dimension"] == "nation"}
    assert isclose(national[6, "hhi_direct"], result.summary["hhi_direct"] or 0.0)
    assert isclose(national[6, "hhi_delivered"], result.summary["hhi_delivered"] or 0.0)
    assert isclose(national[6, "tenders"], result.summary["tenders"] or 0.0)


def test_public_cost_is_what_commissioners_and_the_treasury_paid() -> None:
    result = simulate(market("prime contractor"), 3)
    paid: Counter[str] = Counter()
    buyers = {o["id"] for o in result.tables["organisations"].to_pylist() if o["kind"] == "ccg"}
    for posting in result.tables["postings"].to_pylist():
        # Sub-contractors owe damages too, to their lead, which passes on what is released to it.
        if posting["reason"] == "damages" and posting["payee"] not in buyers:
            continue
        if posting["reason"] == "withheld_released" and posting["payer"] not in buyers:
            continue
        paid[posting["reason"]] += posting["amount"]
    for_care = (Reason.CONTRACT_PAYMENT, Reason.OUTCOME_PAYMENT, Reason.SAME_OUTCOME_TWICE, Reason.CARE_ELSEWHERE)
    for_care += (Reason.WAITING_CARE,)
    public = sum(paid[r.name.lower()] for r in (*for_care, Reason.PAIN_SHARE, Reason.TRANSACTION))
    public += paid["withheld_released"]
    back = paid["fine"] + paid["gain_share"] + paid["clawback"] + paid["damages"]
    assert result.summary["public_cost_pence"] == public + paid["rescue"] - back
    assert paid["outcome_payment"] > 0
