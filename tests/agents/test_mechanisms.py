"""Each mechanism shows a sign of its own, and the sign is gone when the mechanism is off."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from caremarket.agents.entities.general_practice.practice import Practice
from caremarket.agents.model import CareMarket, simulate
from caremarket.agents.world.result import RunResult
from caremarket.market.pathways import FUNCTION_INDEX
from caremarket.market.scenario import MechanismSpec, Scenario

from .conftest import changed, only, small, without

SEED = 1
# Separate lots tendered every year by whoever is able: plenty of bids.
OPEN = {"route": "single_stage", "duration_years": 1.0, "turnover_ratio": 0.0}
# Each by itself, so that a bid is one organisation's.
OPEN |= {"consortium_bids": False, "vehicles": False}
# A whole pathway led by a provider that may take back what it promised.
LED = {
    "form": "prime_provider",
    "lot_scope": "pathway",
    "duration_years": 3.0,
    "turnover_ratio": 0.0,
    "budget_discount": -0.1,
    "weight_price": 0.2,
    "weight_quality": 0.3,
    "weight_social_value": 0.4,
    "monitoring": 0.1,
}
THIN = {"reserve_months": {"median": 0.2, "sigma": 0.5}}


def separate(**sections: Any) -> Scenario:
    return changed(small(policy=OPEN), **sections)


def led(**sections: Any) -> Scenario:
    return changed(small(policy=LED), **sections)


def villages(**sections: Any) -> Scenario:
    """Led contracts for so few people that small providers have room for a whole function, and are named."""
    few = {"synthetic": {"population_per_ccg": 30_000, "third_sector": 30}}
    return changed(led(market=few), **sections)


@cache
def _run(scenario: str, seed: int) -> RunResult:
    return simulate(Scenario.model_validate_json(scenario), seed)


def run(scenario: Scenario, seed: int = SEED) -> RunResult:
    """Each scenario and seed once: a scenario cannot be hashed, its text can."""
    return _run(scenario.model_dump_json(), seed)


def off(scenario: Scenario, *mechanisms: str) -> RunResult:
    return run(changed(scenario, mechanisms=without(*mechanisms)))


def paid(result: RunResult, reason: str) -> int:
    return sum(p["amount"] for p in result.tables["postings"].to_pylist() if p["reason"] == reason)


def kinds(result: RunResult) -> Counter[str]:
    return Counter(event["kind"] for event in result.tables["events"].to_pylist())


def bids(result: RunResult) -> list[dict[str, Any]]:
    return list(result.tables["bids"].to_pylist())


# Bidding ----------------------------------------------------------------------------------------------


def estimate_errors(scenario: Scenario) -> list[float]:
    """Cost estimate of every bid for a single service, relative to what it truly costs that bidder."""
    model = CareMarket(scenario, SEED)
    result = model.run()
    names = {p.name: n for n, p in enumerate(model.pathways)}
    items = {(i.commissioner, i.pathway, i.function): i for i in model.items}
    bought = {row["id"]: row for row in result.tables["procurements"].to_pylist()}
    errors = []
    for bid in bids(result):
        row = bought[bid["procurement"]]
        item = items[row["commissioner"], names[row["pathways"]], FUNCTION_INDEX[row["functions"]]]
        truth = model.provider(bid["bidder"]).true_cost(item) / item.reference_cost * row["reference_cost"]
        errors.append(bid["cost_estimate"] / truth - 1.0)
    return errors


def test_bidders_misjudge_cost_only_while_they_can_err() -> None:
    # The cost of quality that is offered above the usual is part of the estimate, and no error.
    erring = estimate_errors(separate(mechanisms=without("offered_quality")))
    assert len(erring) > 50
    assert sum(abs(e) > 0.005 for e in erring) > 0.8 * len(erring)
    certain = estimate_errors(separate(mechanisms=without("estimate_error", "management_cost", "offered_quality")))
    assert len(certain) > 50
    assert certain == pytest.approx([0.0] * len(certain), abs=1e-6)


def test_winners_are_those_who_judged_low() -> None:
    """The winner's curse arises by itself: bids are right on average, winning bids are below the truth."""
    scenario = separate(behaviour={"estimate_sigma": 0.3, "track_record_contracts": 1e6})
    model = CareMarket(scenario, SEED)
    result = model.run()
    names = {p.name: n for n, p in enumerate(model.pathways)}
    items = {(i.commissioner, i.pathway, i.function): i for i in model.items}
    bought = {row["id"]: row for row in result.tables["procurements"].to_pylist()}
    won, lost = [], []
    for bid in bids(result):
        row = bought[bid["procurement"]]
        if row["bids"] >= 3:
            item = items[row["commissioner"], names[row["pathways"]], FUNCTION_INDEX[row["functions"]]]
            truth = model.provider(bid["bidder"]).true_cost(item) / item.reference_cost * row["reference_cost"]
            (won if bid["won"] else lost).append(bid["cost_estimate"] / truth)
    assert len(won) > 5
    assert sum(won) / len(won) < sum(lost) / len(lost) - 0.05


def test_bidding_costs_money_only_while_bids_cost() -> None:
    assert paid(run(separate()), "bid_cost") > 0
    assert paid(off(separate(), "bid_cost"), "bid_cost") == 0


def test_bidders_charge_for_risk_only_while_they_mind_it() -> None:
    averse = [bid["risk_premium"] for bid in bids(run(separate()))]
    assert sum(p > 0 for p in averse) > 0.9 * len(averse)
    neutral = [bid["risk_premium"] for bid in bids(off(separate(), "risk_aversion"))]
    assert neutral
    assert set(neutral) == {0}


def test_no_demand_risk_means_care_costs_what_was_planned() -> None:
    off = without("corner_cutting", "volume_response", "cream_skimming")
    still = {"behaviour": {"population_growth": 0.0}, "mechanisms": off}
    certain = changed(separate(**still), mechanisms=without("demand_risk"))
    for scenario, varies in ((separate(**still), True), (certain, False)):
        model = CareMarket(scenario, SEED)
        result = model.run()
        quarters: defaultdict[tuple[int, str], list[tuple[float, int]]] = defaultdict(list)
        for p in result.tables["postings"].to_pylist():
            if p["reason"] == "care":
                quarters[p["contract"], p["payer"]].append((p["time"], p["amount"]))
        planned = {
            (in_force.contract.id, a.deliverer.id): int(a.fixed_rate + a.cost_rate)
            for in_force in model.contracts.values()
            for a in in_force.allocations
        }
        whole = 0
        for key, plan in planned.items():
            for (before, _), (now, amount) in zip(quarters[key], quarters[key][1:], strict=False):
                if now - before == pytest.approx(3.0, abs=1e-9):
                    whole += 1
                    if varies:
                        assert amount != plan
                    else:
                        assert abs(amount - plan) <= 1
        assert whole > 10


def defended(scenario: Scenario) -> float:
    """Mean price of incumbents' bids over what they believe their cost to be."""
    result = run(scenario)
    buyers = {row["id"]: row["commissioner"] for row in result.tables["procurements"].to_pylist()}
    holds = {(contract["commissioner"], contract["holder"]) for contract in result.tables["contracts"].to_pylist()}
    seen = [
        bid["price"] / bid["cost_estimate"]
        for bid in bids(result)
        if (buyers[bid["procurement"]], bid["bidder"]) in holds
    ]
    assert len(seen) >= 15
    return sum(seen) / len(seen)


def test_incumbents_go_lower_to_keep_the_work_that_carries_their_fixed_cost() -> None:
    """A pressed incumbent bids below the others' floor; without the defence, or without fixed cost, it does not."""
    pressed = separate(policy={"publish_budget": True, "budget_discount": 0.15})
    mild = defended(changed(pressed, mechanisms=without("defence_of_fixed_costs")))
    assert defended(pressed) < mild - 0.01
    shed = changed(pressed, mechanisms=without("sticky_fixed_costs"))
    also = changed(pressed, mechanisms=without("sticky_fixed_costs", "defence_of_fixed_costs"))
    assert defended(shed) == pytest.approx(defended(also))


# Cost and supply chain --------------------------------------------------------------------------------


def test_lost_work_leaves_fixed_cost_behind_only_while_it_sticks() -> None:
    assert paid(run(separate()), "fixed_cost") > 0
    assert paid(off(separate(), "sticky_fixed_costs"), "fixed_cost") == 0


def test_running_a_chain_and_reporting_costs_money_only_while_management_does() -> None:
    assert paid(run(led()), "management") > 0
    # Who has no chain has its own work to report on.
    assert paid(run(separate()), "management") > 0
    assert paid(run(separate(policy={"indicators": 0})), "management") == 0
    without_it = off(led(), "management_cost")
    assert without_it.summary["subcontracts"]
    assert paid(without_it, "management") == 0


def test_buying_and_running_contracts_costs_commissioners_only_while_management_does() -> None:
    assert paid(run(separate()), "transaction") > 0
    without_it = off(separate(), "management_cost")
    assert without_it.summary["tenders"]
    assert paid(without_it, "transaction") == 0


@pytest.mark.parametrize("strategy", ["cost_plus", "best_response"])
def test_a_lead_marks_up_what_others_do_only_while_margins_are_put_on_margins(strategy: str) -> None:
    # Sponsors of a vehicle work at cost: its margin is on their work, and not on theirs.
    alone = {"form": "prime_contractor", "vehicles": False}
    off = without("bid_cost", "staff_transfer_cost")
    integrators = led(policy=alone, behaviour={"strategy": strategy}, mechanisms=off)

    def margins(scenario: Scenario) -> dict[tuple[int, int], float]:
        bids_made = bids(run(scenario))
        return {(b["procurement"], b["bidder"]): b["price"] / b["cost_estimate"] - 1.0 for b in bids_made[:20]}

    with_it = margins(integrators)
    passed_on = margins(changed(integrators, mechanisms=without("margin_on_margin")))
    alike = with_it.keys() & passed_on.keys()
    assert alike
    assert all(with_it[bid] > passed_on[bid] + 0.01 for bid in alike)


def promised_and_delivered(scenario: Scenario) -> tuple[int, int, float, float]:
    """Small parts named, volumes taken back, and pence promised and delivered, over some seeds."""
    named = diverted = 0
    promised = delivered = 0.0
    for seed in (1, 2, 3):
        result = run(scenario, seed)
        diverted += kinds(result)["volume_diverted"]
        for sub in result.tables["subcontracts"].to_pylist():
            if sub["promised"] == pytest.approx(0.6):
                named += 1
                promised += sub["promised_value"]
                delivered += sub["delivered_value"]
    return named, diverted, promised, delivered


def test_leads_take_promised_volume_back_only_while_they_may() -> None:
    """P 1.11: small providers named in a bid are promised more than they get."""
    named, diverted, promised, delivered = promised_and_delivered(villages())
    assert named > 0
    assert diverted > 0
    assert delivered < 0.99 * promised
    may_not = changed(villages(), mechanisms=without("post_award_reallocation"))
    named, diverted, promised, delivered = promised_and_delivered(may_not)
    assert named > 0
    assert diverted == 0
    assert delivered == pytest.approx(promised, rel=1e-9)
    assert run(may_not).summary["sme_delivered_to_promised"] == pytest.approx(1.0, rel=1e-9)


def test_a_full_volume_guarantee_keeps_every_promise() -> None:
    named, diverted, promised, delivered = promised_and_delivered(villages(policy={"volume_guarantee": 1.0}))
    assert named > 0
    assert diverted == 0
    assert delivered == pytest.approx(promised, rel=1e-9)


# Outcomes and trust -----------------------------------------------------------------------------------


def outcomes(scenario: Scenario) -> list[float]:
    found = [run(scenario, seed).summary["outcome_index"] for seed in (1, 2, 3)]
    assert all(value is not None for value in found)
    return [float(value or 0.0) for value in found]


def compared(better: Scenario, worse: Scenario, by: float) -> bool:
    return all(b > w + by for b, w in zip(outcomes(better), outcomes(worse), strict=True))


def test_outcome_pay_calls_forth_effort_only_while_deliverers_respond() -> None:
    paid_for = led(policy={"outcome_share": 0.15, "flow_down": 1.0})
    assert compared(paid_for, changed(paid_for, mechanisms=without("effort_response")), by=0.02)


def test_working_together_raises_outcomes_only_while_coordination_counts() -> None:
    assert compared(led(), changed(led(), mechanisms=without("coordination")), by=0.02)


def test_a_flood_of_indicators_costs_outcomes_only_while_attention_is_limited() -> None:
    few, many = led(policy={"indicators": 20}), led(policy={"indicators": 100})
    unlimited = without("attention_limit", "management_cost")
    assert compared(few, many, by=0.02)
    assert outcomes(changed(few, mechanisms=unlimited)) == outcomes(changed(many, mechanisms=unlimited))


def test_trust_moves_only_while_it_has_dynamics() -> None:
    for scenario, moves in ((led(), True), (led(mechanisms=without("trust_dynamics")), False)):
        model = CareMarket(scenario, SEED)
        beginning = CareMarket(scenario, SEED)
        model.run()
        pairs = 0
        shifted = 0
        for in_force in model.contracts.values():
            for allocation in in_force.allocations:
                a, b = in_force.holder.key, allocation.deliverer.key
                pairs += 1
                shifted += model.trust.between(a, b, 72.0) != beginning.trust.between(a, b, 0.0)
            shifted += model.trust.between(
                in_force.holder.key, in_force.commissioner.key, 72.0
            ) != beginning.trust.between(in_force.holder.key, in_force.commissioner.key, 0.0)
        assert pairs > 0
        assert (shifted > 0) == moves


# Coming and going -------------------------------------------------------------------------------------


def pinched() -> Scenario:
    """Thin reserves, short contracts, prices pressed down."""
    thin = {"kinds": dict.fromkeys(("third_sector", "independent", "gp_federation", "acute_trust"), THIN)}
    return separate(policy={"budget_discount": 0.15}, market=thin)


def test_providers_leave_and_trusts_are_rescued_only_while_exit_is_on() -> None:
    # Who merges leaves too, in good health as well: that is another mechanism.
    apart = changed(pinched(), mechanisms=without("mergers"))
    result = run(apart)
    assert (result.summary["exits"] or 0) > 0
    stay = off(apart, "exit")
    assert stay.summary["exits"] == 0
    assert stay.summary["rescue_pence"] == 0
    assert {o["exited"] for o in stay.tables["organisations"].to_pylist()} == {-1.0}


def test_newcomers_come_only_while_entry_is_on() -> None:
    assert (run(separate()).summary["entries"] or 0) > 0
    closed = off(separate(), "entry")
    assert closed.summary["entries"] == 0
    assert {o["entered"] for o in closed.tables["organisations"].to_pylist()} == {0.0}


def test_practices_move_only_while_they_may_choose() -> None:
    for choosing in (True, False):
        model = CareMarket(separate(mechanisms={"membership_choice": choosing}), SEED)
        members = sum(isinstance(o, Practice) and o.federation is not None for o in model.organisations)
        assert members
        # They joined when it was worth their while; now it is no longer.
        model.scenario_data = changed(model.scenario_data, behaviour={"joining_gain": 0.0})
        result = model.run()
        moves = kinds(result)
        assert (moves["practice_leaves"] > 0) == choosing
        assert (result.summary["withdrawals"] == 0) != choosing


def contested() -> Scenario:
    """Challenges cost nothing, federations bid to their own commissioners and stay together."""
    free = {"procurement": {"challenge_cost_gbp": 0.0, "challenge_cost_value_share": 0.0}}
    graded = {"weight_price": 0.1, "weight_quality": 0.7}
    return separate(policy=graded, behaviour=free, mechanisms=without("membership_choice", "exit"))


def surgeries() -> Scenario:
    """Practices in locality groups whose pay waits for the whole network, and one that leaves."""
    forms = {"limited_company": 0.5, "community_interest_company": 0.0, "network_of_networks": 0.0}
    return small(
        policy={"quality_network_share": 0.4},
        market={
            "federation_forms": forms | {"loose_network": 0.0, "locality_group": 1.0},
            "synthetic": {"practices_per_ccg": 20, "federations": 6},
        },
        behaviour={"primary_care": {"contagion": 3.0, "core_share": {"apms": 0.5}}},
        shocks={"one": {"month": 24.0, "kind": "practice_withdraws", "who": "locality_group"}},
    )


AT_WORK: dict[str, Callable[[], Scenario]] = {
    "challenge": contested,
    "conflict_of_interest": contested,
    "patient_choice": lambda: small("policy=any_qualified_provider"),
    "trust_threshold": lambda: small("policy=alliance"),
    "unanimity": lambda: small("policy=alliance", market={"initial_trust": {"mean": 0.8}}),
    "core_contracts": surgeries,
    "enhanced_services": surgeries,
    "hiring_cost": surgeries,
    "pooled_staffing": surgeries,
    "quality_framework": surgeries,
    "peer_pressure": surgeries,
    "membership_choice": surgeries,
    "contagion": surgeries,
}
"""Scenarios of their own for mechanisms that the busy market below does not call for."""

BESIDES: dict[str, dict[str, Any]] = {
    "cream_skimming": {"policy": {"payment": "capitated"}},
    "own_margin_motive": {"policy": {"payment": "tariff"}},
    "volume_response": {"policy": {"payment": "tariff"}},
    "commissioner_learning": {"policy": {"form": "appraise"}},
    "offered_quality": {"behaviour": {"strategy": "best_response"}},
    "rebasing": {"policy": {"payment": "block"}},
    "mergers": {"behaviour": {"regulation": {"distress_reserve_months": 3.0, "merger_saving": 0.5}}},
}
"""What else it takes in that market for a mechanism to be at work."""


@pytest.mark.parametrize("mechanism", sorted(MechanismSpec.model_fields))
def test_every_switch_changes_something_where_its_mechanism_is_at_work(mechanism: str) -> None:
    """A switch that nothing reads would make every claim about its effect empty."""
    terms = {"outcome_share": 0.2, "indicators": 60}
    busy = villages(policy=terms, market={"kinds": {"third_sector": THIN}})
    if mechanism in AT_WORK:
        busy = AT_WORK[mechanism]()
    busy = changed(busy, **BESIDES.get(mechanism, {}))
    still = changed(busy, mechanisms=without(mechanism))
    # Some are at work in some years only, such as the mergers of a small market.
    assert any(run(busy, seed).summary != run(still, seed).summary for seed in (3, 1, 2, 4, 5))


def test_with_every_mechanism_off_the_market_still_buys_care() -> None:
    bare = run(separate(mechanisms=only()))
    assert (bare.summary["awards"] or 0) > 10
    assert bare.summary["exits"] == bare.summary["entries"] == bare.summary["rescue_pence"] == 0
    for reason in ("bid_cost", "management", "fixed_cost"):
        assert paid(bare, reason) == 0
