"""How things are bought: dialogue, challenges, interests, impact, reserved lots, extension, buying together."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cache
from typing import Any

import pytest

from caremarket.agents.bidding.sme_quota import promised_to_small
from caremarket.agents.contracts.coordination import coordination
from caremarket.agents.entities.contract import ContractInForce
from caremarket.agents.entities.general_practice.practice import Practice
from caremarket.agents.entities.notices import ContractBegun
from caremarket.agents.entities.plan import Part
from caremarket.agents.entities.provider import Provider
from caremarket.agents.entities.submission import Submission
from caremarket.agents.model import CareMarket, simulate
from caremarket.agents.procurement import award
from caremarket.agents.procurement.challenge import chance_upheld, second_chance
from caremarket.agents.procurement.conflicts_of_interest import interest_in, panel_skill, undeclared_interest
from caremarket.agents.procurement.tender_process import TenderProcess
from caremarket.agents.world.result import RunResult
from caremarket.market.pathways import FUNCTION_INDEX
from caremarket.market.scenario import Scenario
from tests.agents.conftest import changed, months, small, without
from tests.agents.test_conservation import check_commitments, check_hands, check_services, check_shares

OPEN = {"route": "single_stage", "duration_years": 1.0, "turnover_ratio": 0.0}
# Each by itself, so that a bid is one organisation's.
ALONE = OPEN | {"consortium_bids": False, "vehicles": False}
LED = {"form": "prime_provider", "lot_scope": "pathway", "turnover_ratio": 0.0, "budget_discount": -0.1}
FREE = {"challenge_cost_gbp": 0.0, "challenge_cost_value_share": 0.0}
THIN = {"reserve_months": {"median": 0.2, "sigma": 0.5}}
THIN_MARKET = {"kinds": dict.fromkeys(("third_sector", "independent", "gp_federation", "acute_trust"), THIN)}


def buying(policy: dict[str, Any], **sections: Any) -> Scenario:
    return small(policy=policy, **sections)


@cache
def _run(scenario: str, seed: int) -> RunResult:
    return simulate(Scenario.model_validate_json(scenario), seed)


def run(scenario: Scenario, seed: int = 1) -> RunResult:
    return _run(scenario.model_dump_json(), seed)


def kinds(result: RunResult) -> Counter[str]:
    return Counter(event["kind"] for event in result.tables["events"].to_pylist())


def paid(result: RunResult, reason: str) -> int:
    return sum(p["amount"] for p in result.tables["postings"].to_pylist() if p["reason"] == reason)


def rows(result: RunResult, table: str) -> list[dict[str, Any]]:
    return list(result.tables[table].to_pylist())


# Competitive dialogue -----------------------------------------------------------------------------------


def test_dialogue_sharpens_estimates_joins_up_bids_and_costs_more() -> None:
    tender = run(buying({**ALONE, "route": "two_stage"}))
    dialogue = run(buying({**ALONE, "route": "competitive_dialogue"}))
    assert kinds(dialogue)["procurement_dialogue"] > 5
    assert kinds(tender)["procurement_dialogue"] == 0
    on_market = {p["id"] for p in rows(dialogue, "procurements") if p["route"] == "competitive_dialogue"}
    bids = [b for b in rows(dialogue, "bids") if b["procurement"] in on_market]
    assert bids
    # A sole provider's 0.7, and three tenths of what that lacks.
    assert {round(b["integration"], 6) for b in bids} == {0.79}
    assert paid(dialogue, "bid_cost") / len(bids) > 2.0 * paid(tender, "bid_cost") / len(rows(tender, "bids"))


def test_who_takes_part_in_dialogue_pays_for_it_bid_or_no_bid() -> None:
    published = {"publish_budget": True, "budget_discount": 0.15}
    result = run(buying({**OPEN, "route": "competitive_dialogue", **published}))
    assert kinds(result)["no_bid"] > 0
    payments = [p for p in rows(result, "postings") if p["reason"] == "bid_cost"]
    assert len(payments) >= 2 * kinds(result)["bid"] + kinds(result)["no_bid"]
    assert paid(run(buying({**OPEN, "route": "competitive_dialogue"}, mechanisms=without("bid_cost"))), "bid_cost") == 0


# Challenge ----------------------------------------------------------------------------------------------


def test_losers_challenge_only_while_they_may_and_it_pays() -> None:
    eager = buying(OPEN, behaviour={"procurement": FREE})
    result = run(eager)
    assert kinds(result)["challenge"] > 5
    assert result.summary["challenge_rate"] == pytest.approx(
        kinds(result)["challenge"] / kinds(result)["procurement_standstill"]
    )
    silent = run(changed(eager, mechanisms=without("challenge")))
    assert kinds(silent)["challenge"] == 0
    assert silent.summary["challenge_rate"] == silent.summary["award_withdrawal_rate"] == 0.0
    dear = run(changed(eager, behaviour={"procurement": {"challenge_cost_gbp": 1e12}}))
    assert kinds(dear)["challenge"] == 0
    assert dear.summary["outcome_index"] == silent.summary["outcome_index"]


def test_both_sides_pay_for_a_challenge() -> None:
    result = run(buying(OPEN, behaviour={"procurement": {"challenge_cost_gbp": 100.0}}))
    challenges = [e for e in rows(result, "events") if e["kind"] == "challenge"]
    assert challenges
    costs = Counter(p["amount"] for p in rows(result, "postings") if p["reason"] == "challenge_cost")
    for cost, number in Counter(e["amount"] for e in challenges).items():
        assert costs[cost] == 2 * number


def test_a_challenge_upheld_withdraws_the_award_and_the_lot_is_competed_for_again() -> None:
    model = CareMarket(buying(OPEN, behaviour={"procurement": FREE}), 1)
    model.hears_challenge = lambda tender, loser: 1.0
    result = model.run()
    events = rows(result, "events")
    upheld = {e["procurement"] for e in events if e["kind"] == "challenge_upheld"}
    assert len(upheld) > 3
    assert not any(e["kind"] == "challenge_dismissed" for e in events)
    bought = {p["id"]: p for p in rows(result, "procurements")}
    assert {bought[n]["outcome"] for n in upheld} == {"withdrawn"}
    tenders = kinds(result)["procurement_standstill"]
    assert result.summary["award_withdrawal_rate"] == pytest.approx(len(upheld) / tenders)
    # Nobody is given the lot without a tender because an award fell.
    assert all(p["route"] != "direct_award" or p["attempt"] > 2 for p in bought.values())


def test_a_challenge_suspends_the_award_for_three_to_nine_months() -> None:
    result = run(buying(OPEN, behaviour={"procurement": FREE}))
    began = {e["procurement"]: e["time"] for e in rows(result, "events") if e["kind"] == "challenge"}
    decided = {
        e["procurement"]: e["time"]
        for e in rows(result, "events")
        if e["kind"] in {"challenge_upheld", "challenge_dismissed"}
    }
    waits = [decided[n] - began[n] for n in decided]
    assert len(waits) > 3
    assert all(3.0 <= w <= 9.0 for w in waits)


def first_contest(scenario: Scenario) -> tuple[TenderProcess, Submission]:
    """The first tender in standstill whose loser delivers some of the work now, and that loser."""
    for model in months(scenario, 1, step=0.25):
        for process in model.processes.values():
            if process.procurement.state.name == "STANDSTILL":
                for response in process.responses.values():
                    held = process.held_work(response.bidder)
                    if response is not process.winner and response.bid and response.bid.compliant and held:
                        return process, response
    raise AssertionError("no contested award")


def test_a_second_chance_is_worth_more_the_longer_the_contract() -> None:
    tender, loser = first_contest(buying(OPEN))
    worth = []
    for years in (1.0, 2.0, 5.0, 10.0):
        tender.policy = tender.policy.model_copy(update={"duration_years": years})
        worth.append(second_chance(tender, loser))
    assert worth == sorted(worth)
    assert worth[-1] > 1.5 * worth[0] > 0.0


def test_close_and_complex_awards_are_upheld_against_more_often() -> None:
    tender, loser = first_contest(buying(OPEN))
    assert tender.winner is not None
    assert tender.winner.bid is not None
    assert loser.bid is not None
    loser.bid.score = tender.winner.bid.score
    close = chance_upheld(tender, loser)
    loser.bid.score -= 0.5
    clear = chance_upheld(tender, loser)
    parameters = tender.model.scenario_data.behaviour.procurement
    assert close - clear == pytest.approx(parameters.challenge_closeness)


# Conflict of interest -----------------------------------------------------------------------------------


def federated(**sections: Any) -> Scenario:
    """Federations alone can do primary care, and some else can: they bid and win."""
    still = {"mechanisms": {"membership_choice": False, "exit": False, "balanced_budgets": False, "rebasing": False}}
    return changed(buying({**ALONE, "weight_price": 0.1, "weight_quality": 0.7}, **still), **sections)


def interests(scenario: Scenario) -> list[tuple[bool, float, float]]:
    """For every challenge: whether a federation won directly, its interest, and the chance that it is upheld."""
    seen: list[tuple[bool, float, float]] = []
    for seed in (1, 2):
        model = CareMarket(changed(scenario, behaviour={"procurement": FREE}), seed)

        def hears(tender: TenderProcess, loser: Submission) -> float:
            assert tender.winner is not None
            direct = tender.winner.bidder.kind == "gp_federation"
            seen.append((direct, undeclared_interest(tender, tender.winner), chance_upheld(tender, loser)))
            return 0.0

        model.hears_challenge = hears
        model.run()
    return seen


def test_a_federation_that_wins_from_its_own_commissioner_can_be_challenged_for_it() -> None:
    seen = interests(federated())
    direct = [(interest, chance) for federation, interest, chance in seen if federation]
    others = [interest for federation, interest, _ in seen if not federation]
    assert direct
    assert others
    assert max(interest for interest, _ in direct) == 1.0
    assert max(others) == 0.0
    own = [chance for interest, chance in direct if interest]
    assert min(own) >= 0.3
    declared = interests(federated(policy={"interest_declaration": True}))
    assert any(federation for federation, _, _ in declared)
    assert all(interest == 0.0 for _, interest, _ in declared)
    off = interests(federated(mechanisms=without("conflict_of_interest")))
    assert any(federation for federation, _, _ in off)
    assert all(interest == 0.0 and chance < 0.3 for _, interest, chance in off)


def test_declared_interests_leave_the_panel_with_less_skill() -> None:
    tender, loser = first_contest(federated())
    federation = next(
        o for o in tender.model.organisations if isinstance(o, Provider) and o.kind == "gp_federation" and o.alive
    )
    home = next(
        c for c in tender.model.commissioners.values() if c.id == next(iter(federation.members.values())).commissioner
    )  # type: ignore[attr-defined]
    tender.commissioner = home
    for item in tender.procurement.lot.items:
        item.commissioner = home.index
    loser.bidder = federation
    assert interest_in(tender, loser) == 1.0
    assert panel_skill(tender, [loser]) == home.skill
    tender.policy = tender.policy.model_copy(update={"interest_declaration": True})
    assert panel_skill(tender, [loser]) == pytest.approx(0.8 * home.skill)


def test_a_federation_that_comes_in_under_a_trust_raises_no_conflict() -> None:
    """K, site A: direct, under an independent lead, and under a trust; the chance of a challenge follows."""
    tender, loser = first_contest(federated())
    organisations = [o for o in tender.model.organisations if isinstance(o, Provider)]
    federation = next(o for o in organisations if o.kind == "gp_federation" and o.alive)
    practice = next(o for o in tender.model.organisations if isinstance(o, Practice) and o.federation is federation)
    home = next(c for c in tender.model.commissioners.values() if c.id == practice.commissioner)
    lot = tender.procurement.lot
    for item in lot.items:
        item.commissioner = home.index
    winner = tender.winner
    assert winner is not None
    assert winner.plan is not None
    found = {}
    for lead in (federation, *(next(o for o in organisations if o.kind == k) for k in ("independent", "acute_trust"))):
        winner.bidder = lead
        half = [Part(lead, lot.items, 0.5, 0.0), Part(federation, lot.items, 0.5, 1.0)]
        winner.plan.parts = [Part(federation, lot.items, 1.0, 0.0)] if lead is federation else half
        found[lead.kind] = (interest_in(tender, winner), chance_upheld(tender, loser))
    interest = {kind: i for kind, (i, _) in found.items()}
    assert interest == {"gp_federation": 1.0, "independent": pytest.approx(0.5), "acute_trust": 0.0}
    assert found["gp_federation"][1] > found["independent"][1] > found["acute_trust"][1]
    tender.model.scenario_data = changed(tender.model.scenario_data, mechanisms=without("conflict_of_interest"))
    assert chance_upheld(tender, loser) == found["acute_trust"][1]
    winner.bidder = federation
    assert chance_upheld(tender, loser) == found["acute_trust"][1]


# Impact assessment --------------------------------------------------------------------------------------


def test_awards_that_would_ruin_a_loser_are_withdrawn_only_under_the_policy_and_while_costs_stick() -> None:
    exposed = buying({**LED, "pathways_per_lot": 2, "impact_assessment": True}, market=THIN_MARKET)
    result = run(exposed)
    assert kinds(result)["impact_too_great"] > 0
    assert (result.summary["award_withdrawal_rate"] or 0.0) > 0.0
    assert (
        kinds(result)["impact_too_great"]
        > kinds(run(changed(exposed, policy={"impact_assessment": False})))["impact_too_great"]
    )
    shed = run(changed(exposed, mechanisms=without("sticky_fixed_costs")))
    assert kinds(shed)["impact_too_great"] == 0


# Reserved lots ------------------------------------------------------------------------------------------


def test_reserved_lots_are_for_small_bidders_alone_at_first() -> None:
    result = run(buying({**OPEN, "reserved_share": 1.0}))
    small_ones = {o["index"] for o in rows(result, "organisations") if o["sme"]}
    reserved = {e["procurement"] for e in rows(result, "events") if e["kind"] == "lot_reserved"}
    assert len(reserved) > 5
    bidders = {b["bidder"] for b in rows(result, "bids") if b["procurement"] in reserved}
    assert bidders
    assert bidders <= small_ones
    assert kinds(run(buying(OPEN)))["lot_reserved"] == 0
    some = kinds(run(buying({**OPEN, "reserved_share": 0.4})))["lot_reserved"]
    assert 0 < some < len(reserved)


def test_leads_promise_the_share_reserved_for_small_providers(monkeypatch: pytest.MonkeyPatch) -> None:
    shares: defaultdict[float, list[float]] = defaultdict(list)
    signs = award.sign_contract

    def sign(model: CareMarket, tender: Any, *rest: Any) -> ContractInForce:
        in_force = signs(model, tender, *rest)
        if tender.on_market and tender.procurement.attempt == 1:
            share = promised_to_small(tender.winner.plan.parts, tender.procurement.lot.reference_cost)
            shares[tender.policy.reserved_share].append(share)
        return in_force

    monkeypatch.setattr(award, "sign_contract", sign)
    few = {"synthetic": {"population_per_ccg": 30_000, "third_sector": 30}}
    for required in (0.0, 0.2):
        for seed in (1, 2, 3):
            scenario = small(policy={**LED, "reserved_share": required}, market=few, mechanisms=without("exit"))
            simulate(scenario, seed)
    assert shares[0.2]
    assert min(shares[0.2]) >= 0.2 - 1e-9
    assert min(shares[0.0]) < 0.2


# Extension ----------------------------------------------------------------------------------------------


def test_contracts_that_went_well_are_extended_once() -> None:
    result = run(buying({"extension_years": 2.0}, horizon_years=8))
    extended = Counter(e["contract"] for e in rows(result, "events") if e["kind"] == "extended")
    assert extended
    assert set(extended.values()) == {1}
    contracts = {c["id"]: c for c in rows(result, "contracts")}
    for number in extended:
        assert contracts[number]["agreed_end"] - contracts[number]["start"] == pytest.approx(60.0)
        assert contracts[number]["procurement"] >= 0
    others = [c for n, c in contracts.items() if n not in extended and c["procurement"] >= 0]
    assert others
    assert kinds(run(buying({}, horizon_years=8)))["extended"] == 0


# Buying together ----------------------------------------------------------------------------------------


def test_neighbours_buy_together_and_each_pays_its_part() -> None:
    model = CareMarket(buying({**OPEN, "ccgs_per_lot": 3}), 1)
    lots: list[int] = []
    parts: defaultdict[int, dict[int, int]] = defaultdict(dict)
    tell = model.tell

    def told(notice: object) -> None:
        tell(notice)
        if isinstance(notice, ContractBegun):
            begun(notice.in_force)

    def begun(in_force: ContractInForce) -> None:
        buyers: Counter[int] = Counter()
        for item in in_force.contract.items:
            buyers[model.commissioners[item.commissioner].account] += item.reference_cost
        parts[in_force.contract.id] = dict(buyers)
        lots.append(len(buyers))

    model.tell = told  # type: ignore[method-assign]
    result = model.run()
    assert max(lots) == 3
    bills: defaultdict[tuple[int, float], Counter[int]] = defaultdict(Counter)
    assert model.ledger.journal is not None
    names = {o["id"]: o["index"] for o in rows(result, "organisations")}
    accounts = {model.organisations[i].id: model.organisations[i].account for i in names.values()}
    whole = {c["id"] for c in rows(result, "contracts")}
    for p in rows(result, "postings"):
        if p["reason"] == "contract_payment" and p["contract"] in whole:
            bills[p["contract"], p["time"]][accounts[p["payer"]]] += p["amount"]
    joint = 0
    for (contract, _), bill in bills.items():
        if len(parts[contract]) == len(bill) > 1:
            joint += 1
            total, reference = sum(bill.values()), sum(parts[contract].values())
            for account, amount in bill.items():
                assert amount == pytest.approx(total * parts[contract][account] / reference, abs=1.0)
    assert joint > 5
    assert result.summary["ledger_imbalance_pence"] == 0


def test_one_procurement_for_several_costs_them_less_than_one_each() -> None:
    alone = run(buying(OPEN))
    together = run(buying({**OPEN, "ccgs_per_lot": 3}))
    assert (together.summary["tenders"] or 0) < 0.8 * (alone.summary["tenders"] or 0)
    assert paid(together, "transaction") < paid(alone, "transaction")


def test_a_bundle_nobody_takes_is_taken_apart() -> None:
    wide = {**OPEN, "ccgs_per_lot": 3, "budget_discount": 0.1, "publish_budget": True}
    assert kinds(run(buying(wide)))["unbundled"] > 0
    assert kinds(run(buying({**wide, "ccgs_per_lot": 1})))["unbundled"] == 0


def test_a_local_authority_signs_and_pays_for_social_care() -> None:
    result = run(buying({**LED, "joint_commissioning": "local_authority"}))
    bodies = {o["id"] for o in rows(result, "organisations") if o["kind"] == "local_authority"}
    assert bodies
    paying = [p for p in rows(result, "postings") if p["payer"] in bodies]
    assert {p["reason"] for p in paying} >= {"contract_payment", "transaction"}
    assert sum(p["amount"] for p in paying) == sum(
        p["amount"] for p in rows(result, "postings") if p["payee"] in bodies and p["reason"] == "allocation"
    )
    alone = run(buying(LED))
    assert not {o["id"] for o in rows(alone, "organisations") if o["kind"] in {"local_authority", "nhs_england"}}


def test_one_plan_reaches_as_far_as_those_who_signed() -> None:
    for joint, functions in (("none", ()), ("local_authority", ("social", "voluntary")), ("nhs_england", ("primary",))):
        model = CareMarket(buying({**LED, "joint_commissioning": joint}), 1)
        model.run()
        led = [in_force for in_force in model.contracts.values() if in_force.contract.form.one_plan]
        assert led
        outside = {FUNCTION_INDEX[f] for f in ("social", "voluntary", "primary")} - {
            FUNCTION_INDEX[f] for f in functions
        }
        for in_force in led:
            items = in_force.contract.items
            inside = sum(i.reference_cost for i in items if i.function not in outside)
            need = model.pathways[items[0].pathway].coordination_need
            assert coordination(in_force) <= need * inside / sum(i.reference_cost for i in items) + 1e-9


def joined_up(policy: dict[str, Any], seed: int) -> float:
    """Mean coordination of led contracts by value, over the ends of all years."""
    model = CareMarket(buying(policy), seed)
    reached = value = 0.0
    for year in range(1, int(model.scenario_data.horizon_years) + 1):
        model.run_until(12.0 * year)
        for in_force in model.contracts.values():
            if in_force.contract.form.one_plan:
                reached += in_force.contract.price * coordination(in_force)
                value += in_force.contract.price
    return reached / value


def test_with_the_local_authority_at_the_table_care_is_better_joined_up() -> None:
    joint = {**LED, "joint_commissioning": "local_authority"}
    off = without("coordination")
    gained = {"alone": 0.0, "joint": 0.0}
    for seed in (1, 2, 3):
        assert joined_up(joint, seed) > 1.05 * joined_up(LED, seed)
        for name, policy in (("alone", LED), ("joint", joint)):
            with_it = run(buying(policy), seed).summary["outcome_index"]
            without_it = run(buying(policy, mechanisms=off), seed).summary["outcome_index"]
            assert with_it is not None
            assert without_it is not None
            gained[name] += with_it - without_it
    # Outcomes also follow from who wins, and with what quality: what coordination adds to them is more.
    assert gained["joint"] > gained["alone"] > 0.0


# Capacity -----------------------------------------------------------------------------------------------

MARKETS: dict[str, dict[str, Any]] = {
    "separate": OPEN,
    "led": LED,
    "prime contractor": {**LED, "form": "prime_contractor"},
    "together": {**LED, "ccgs_per_lot": 3, "joint_commissioning": "local_authority", "duration_years": 2.0},
    "function by function together": {**OPEN, "ccgs_per_lot": 2},
    "dialogue": {**LED, "route": "competitive_dialogue", "duration_years": 1.0},
    "assessed": {**OPEN, "impact_assessment": True, "reserved_share": 0.5, "extension_years": 2.0},
}


def check_capacity(model: CareMarket) -> None:
    """Nobody is bound to do more than it has staff for, and what is kept for awards is theirs alone."""
    kept: Counter[tuple[int, int]] = Counter()
    for process in model.processes.values():
        for deliverer, function, needed in process.bound:
            kept[deliverer.index, function] += needed
    for provider in model.organisations:
        if isinstance(provider, Provider) and provider.alive:
            for function, committed in enumerate(provider.committed):
                assert committed <= provider.capacity[function]
                assert provider.bound[function] == kept[provider.index, function]


@pytest.mark.parametrize("name", MARKETS)
def test_committed_work_never_exceeds_capacity_and_the_market_hangs_together(name: str) -> None:
    few = {**THIN_MARKET, "synthetic": {"third_sector": 6, "independents": 3}}
    for sections in ({}, {"market": few}):
        for model in months(small(policy=MARKETS[name], record={"check_ledger": "yearly"}, **sections), 2, step=2.0):
            check_capacity(model)
            check_services(model)
            check_shares(model)
            check_commitments(model)
            check_hands(model)
        assert model.scheduled == model.executed + model.cancelled + model.pending()
        model.ledger.check()


def newcomers_ahead() -> tuple[CareMarket, TenderProcess]:
    """A tender in evaluation whose two best bids come from bidders that do none of the work now."""
    for seed in (1, 2, 3):
        for model in months(buying({**ALONE, "route": "two_stage"}), seed, step=0.25):
            for process in model.processes.values():
                if process.procurement.state.name == "EVALUATION" and len(process.ranked) > 1:
                    ahead = (process.responses[bid.bidder].bidder for bid in process.ranked[:2])
                    if not any(process.held_work(bidder) for bidder in ahead):
                        return model, process
    raise AssertionError("no tender with two newcomers ahead")


def test_a_bidder_without_room_is_passed_over() -> None:
    """Who has lost its capacity since it bid is not preferred; the next ranked bid is."""
    model, process = newcomers_ahead()
    first, second = (process.responses[bid.bidder].bidder for bid in process.ranked[:2])
    function = process.procurement.lot.items[0].function
    first.capacity[function] = first.committed[function] + first.bound[function]
    while process.award is None:
        model.run_until(model.time + 0.05)
    assert process.procurement.winner == second.index
    assert second.bound[function] > 0


def test_who_must_take_on_more_than_it_has_staff_for_hires() -> None:
    model = CareMarket(buying(OPEN), 1)
    provider = next(o for o in model.organisations if isinstance(o, Provider) and o.unit_cost[1] > 0.0)
    provider.capacity[1] = provider.committed[1]
    before = provider.reserves
    provider.take_on(1, 1_000_000, 1_200_000.0)
    share = model.scenario_data.behaviour.procurement.hiring_cost_share
    # Four tenths of the staff do not come with the work.
    assert provider.capacity[1] == provider.committed[1]
    assert before - provider.reserves == pytest.approx(share * 400_000 * 1.2, abs=2)
