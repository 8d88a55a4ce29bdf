"""The script written from the model description gives the model's numbers in 100 random cases."""

from __future__ import annotations

import ast
from collections import Counter
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest

from caremarket.agents.model import CareMarket
from caremarket.market.ledger import WORLD, Reason
from caremarket.market.mechanisms import MechanismSpec
from caremarket.market.parameters import BehaviourSpec
from caremarket.market.scenario import Scenario
from tests.agents.conftest import changed, composed, merged

from .plain_round import Case, Round

CASES = 100
PENNY = 1
"""What a quarter costs and earns is cut to pence, and the length of a quarter is a difference of months in floats."""
ON = ("estimate_error", "demand_risk", "risk_aversion", "bid_cost", "staff_transfer_cost", "investment")


def drawn_case(number: int) -> Case:
    """A case in which much can happen: poor and rich bidders, near and far, tight and loose tests and budgets."""
    r = Random(number)
    weights = [r.random() for _ in range(4)]
    total = sum(weights)
    population = r.randint(50_000, 400_000)
    head = round(r.uniform(5.0, 60.0), 2)
    reference = population * head * 100.0
    names = ("weight_price", "weight_quality", "weight_social_value", "weight_integration")
    policy = dict(zip(names, (w / total for w in weights), strict=True)) | {
        "duration_years": r.choice([3.0, 4.0, 5.0]),
        "engagement_months": r.choice([0.0, 2.0, r.uniform(0.0, 12.0)]),
        "turnover_ratio": r.choice([0.0, 0.5, 1.0]),
        "guarantee_share": r.choice([0.0, 0.05]),
        "budget_discount": r.uniform(-0.15, 0.1),
        "publish_budget": r.random() < 0.4,
        "accept_single_bid": r.random() < 0.7,
        "payment_days": r.uniform(0.0, 80.0),
    }
    behaviour = {
        "estimate_sigma": r.uniform(0.0, 0.3),
        "local_fit_sigma": r.uniform(0.02, 0.1),
        "evaluation_noise": r.uniform(0.0, 0.2),
        "initial_participation": r.uniform(0.1, 1.0),
        "liability_cv": r.uniform(0.0, 0.2),
        "population_growth": r.uniform(-0.02, 0.03),
        "beliefs": {
            "offer_mean": r.uniform(0.8, 1.2),
            "offer_sd": r.uniform(0.02, 0.25),
            "turnout": r.uniform(0.3, 1.0),
            "budget_mean": r.uniform(0.85, 1.15),
            "budget_sd": 0.0 if r.random() < 0.15 else r.uniform(0.02, 0.2),
        },
    }
    bidders = [
        {
            "id": f"b{n}",
            "kind": r.choice(["independent", "third_sector", "community_trust"]),
            "area": r.choice(["home", "home", "beside"]),
            "region": "here",
            "reach": r.choice(["area", "region", "nation"]),
            "unit_cost": r.uniform(0.75, 1.2),
            "capacity": round(reference * r.uniform(0.3, 4.0)),
            "turnover": round(reference * r.uniform(0.4, 8.0)),
            "reserves": round(reference * r.uniform(0.02, 2.0)),
            "fixed_share": r.uniform(0.1, 0.7),
            "quality": r.uniform(0.3, 0.95),
            "skill": r.uniform(0.1, 1.0),
            "relative_risk_aversion": r.uniform(0.0, 4.0),
            "social_value": r.uniform(0.0, 1.0),
        }
        for n in range(r.randint(10, 14) if number % 7 == 0 else r.randint(1, 9))
    ]
    if number % 7 == 0:
        # A crowd of able bidders, each of which expects few rivals: not all who pass can be invited.
        behaviour["initial_participation"] = r.uniform(0.05, 0.4)
        bidders = [
            b | {"area": "home", "turnover": round(10 * reference), "capacity": round(2 * reference)} for b in bidders
        ]
    for n, bidder in enumerate(bidders):
        if r.random() < 0.2:
            bidder |= {"area": f"far{n}", "region": "yonder"}
    return {
        "seed": r.randrange(2**63),
        "commissioner": {
            "id": "c",
            "area": "home",
            "region": "here",
            "population": population,
            "skill": r.random(),
            "data_quality": r.random(),
        },
        "pathway": {
            "name": "p",
            "function": r.choice(["community", "diagnostics"]),
            "cost_per_head_gbp": head,
            "demand_cv": r.uniform(0.0, 0.1),
            "case_cost_cv": r.uniform(0.0, 0.1),
        },
        "policy": policy,
        "behaviour": behaviour,
        "bidders": bidders,
    }


def scenario_of(case: Case) -> Scenario:
    """The same case for the model."""
    function = case["pathway"]["function"]
    own = {"capacity", "turnover", "reserves", "unit_cost"}
    providers = [
        {k: v for k, v in bidder.items() if k not in own}
        | {
            "unit_cost": {function: bidder["unit_cost"]},
            "capacity_gbp": {function: bidder["capacity"] / 100.0},
            "turnover_gbp": bidder["turnover"] / 100.0,
            "reserves_gbp": bidder["reserves"] / 100.0,
            "outside_share": 0.0,
        }
        for bidder in case["bidders"]
    ]
    pathway = {k: v for k, v in case["pathway"].items() if k != "function"}
    pathway |= {"cases_per_1000": 10.0, "function_shares": {function: 1.0}}
    roster = {"commissioners": [case["commissioner"]], "providers": providers, "initial_contracts": False}
    return changed(
        composed(),
        horizon_years=10.0,
        pathways=(pathway,),
        market={"source": "roster", "roster": roster},
        mechanisms={name: name in ON for name in MechanismSpec.model_fields},
        policy={"consortium_bids": False, "vehicles": False, **case["policy"]},
        behaviour=case["behaviour"],
        record={"postings": True},
    )


def full(case: Case) -> Case:
    """The case with every parameter, defaults as in the parameter table."""
    return case | {"behaviour": merged(BehaviourSpec().model_dump(), case["behaviour"])}


@cache
def both(number: int) -> tuple[Round, dict[str, Any]]:
    """What the script says of a case, and what the model does: bids, outcome, contract and money of the winner."""
    case = drawn_case(number)
    plain = Round(full(case))
    model = CareMarket(scenario_of(case), case["seed"])
    # Until the bill for the fourth quarter is paid, or the first attempt has failed.
    model.run_until(plain.begins + 12.0 + case["policy"]["payment_days"] / (365.25 / 12.0) + 1e-6)
    if plain.outcome != "awarded":
        model.run_until(30.0)
    tables = model.recorder.tables()
    first = next(row for row in tables["procurements"].to_pylist() if row["attempt"] == 1 and row["round"] == 1)
    name = {o.index: o.id for o in model.organisations}
    bids = {name[b["bidder"]]: b for b in tables["bids"].to_pylist() if b["procurement"] == first["id"]}
    found: dict[str, Any] = {"outcome": first["outcome"], "bids": bids, "budget": first["budget"]}
    if first["outcome"] == "awarded":
        (in_force,) = [
            in_force for in_force in model.contracts.values() if in_force.contract.procurement == first["id"]
        ]
        winner = in_force.holder
        found |= {"winner": winner.id, "price": in_force.contract.price, "begins": in_force.contract.start}
        account = winner.account
        postings = model.ledger.journal or []
        found["money"] = {
            reason: [
                (when, amount)
                for when, payer, payee, _, why, amount in postings
                if why == reason and account in (payer, payee) and when > 0.0
            ]
            for reason in Reason
        }
        entered = {Reason.CARE, Reason.BID_COST, Reason.STAFF_TRANSFER, Reason.CONTRACT_PAYMENT}
        found["other"] = [r.name for r, entries in found["money"].items() if entries and r not in entered]
        found["to_world"] = all(p[2] == WORLD for p in postings if p[1] == account and p[0] > 0.0)
    return plain, found


@pytest.mark.parametrize("number", range(CASES))
def test_the_script_gives_the_numbers_of_the_model(number: int) -> None:
    plain, found = both(number)
    assert plain.outcome == found["outcome"]
    assert plain.budget == found["budget"]
    assert set(plain.bids) == set(found["bids"])
    for bidder, bid in plain.bids.items():
        other = found["bids"][bidder]
        assert bid["price"] == other["price"]
        assert bid["estimate"] == other["cost_estimate"]
        assert plain.quality(bid["bidder"]) == pytest.approx(other["quality"], abs=1e-12)
        if "score" in bid:
            assert bid["score"] == pytest.approx(other["score"], abs=1e-8)
    if plain.outcome != "awarded":
        return
    assert plain.winner == found["winner"]
    assert plain.price == found["price"]
    assert plain.begins == pytest.approx(found["begins"], abs=1e-9)
    money = found["money"]
    assert found["other"] == []
    assert found["to_world"]
    (bidding,) = money[Reason.BID_COST]
    assert bidding[1] == plain.spent[plain.winner]
    (transfer,) = money[Reason.STAFF_TRANSFER]
    assert transfer[1] == plain.transfer
    assert len(money[Reason.CARE]) == 4
    for (_, amount), expected in zip(money[Reason.CARE], plain.care, strict=True):
        assert abs(amount - expected) <= PENNY
    for (when, amount), (month, expected) in zip(money[Reason.CONTRACT_PAYMENT], plain.paid, strict=True):
        assert when == pytest.approx(month, abs=1e-9)
        assert abs(amount - expected) <= PENNY


def test_the_cases_are_of_every_kind() -> None:
    """Awards with one bid and many, shortlists that leave somebody out, failures, and all kinds of price."""
    plains = [both(number)[0] for number in range(CASES)]
    outcomes = [p.outcome for p in plains]
    assert outcomes.count("awarded") > 50
    assert {"no_bids", "one_bid", "over_budget"} <= set(outcomes)
    assert max(len(p.bids) for p in plains) >= 5
    assert sum(p.left_out > 0 for p in plains) > 3
    assert any(p.price == p.budget for p in plains)
    at_ceiling = Counter(
        bid["price"] == round(p.prospect(bid["bidder"], 0, 0.0).ceiling) for p in plains for bid in p.bids.values()
    )
    assert min(at_ceiling[True], at_ceiling[False]) > 10
    assert sum(p.levers["weight_price"] < 0.1 for p in plains) > 5
    known = [p.believed_budget()[1] is None for p in plains if not p.levers["publish_budget"]]
    assert 3 < sum(known) < len(known) - 3


def test_the_script_shares_no_code_with_the_model() -> None:
    tree = ast.parse((Path(__file__).parent / "plain_round.py").read_text(encoding="utf-8"))
    named = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    named |= {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert named <= {"__future__", "struct", "hashlib", "math", "statistics", "typing"}
