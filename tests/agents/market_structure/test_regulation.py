"""The regulator: dominance, abuse, remedies, mergers and challenges."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from caremarket.agents.contracts.price_allocation import allocate_price
from caremarket.agents.entities.notices import DiversionFound, OfferAnswered
from caremarket.agents.market_structure.market_index import MarketIndex
from caremarket.agents.market_structure.regulator import Case, Regulator
from caremarket.agents.model import CareMarket, simulate
from caremarket.agents.procurement.challenge import chance_upheld
from caremarket.agents.records.structure import network_of
from caremarket.agents.world.result import RunResult
from caremarket.market.ledger import Reason
from caremarket.market.measures import herfindahl_hirschman_index
from caremarket.market.pathways import FUNCTION_INDEX
from caremarket.market.procurement import ROUTES, Bid
from caremarket.market.scenario import Scenario
from tests.agents.conftest import changed, small

COMMUNITY = FUNCTION_INDEX["community"]
ALL_SEEING = {"regulation": {"regulator_skill": 1.0, "cases_in_hand": 100}}


def market(**sections: Any) -> Scenario:
    return changed(small(behaviour=ALL_SEEING), **sections)


def regulated(**sections: Any) -> tuple[CareMarket, Regulator]:
    model = CareMarket(market(**sections), 1)
    assert model.regulation is not None
    return model, model.regulation


def events(result: RunResult, kind: str) -> list[dict[str, Any]]:
    return [e for e in result.tables["events"].to_pylist() if e["kind"] == kind]


def test_the_index_is_the_delivered_value_of_contracts_in_force() -> None:
    model, _ = regulated(policy={"form": "prime_provider", "lot_scope": "pathway"})
    model.run_until(30.0)
    index = MarketIndex(model)
    delivered = sum(sum(by.values()) for by in index.delivered.values())
    assert delivered == pytest.approx(sum(in_force.contract.price for in_force in model.contracts.values()))
    by = index.delivered["area-1", COMMUNITY]
    first, second = sorted(by, key=lambda p: -by[p])[:2]
    assert index.share(("area-1", COMMUNITY), first) == pytest.approx(by[first] / sum(by.values()))
    # The rise of the index through a merger is twice the product of the shares.
    rise, after = index.effect_of_merging(first, second)
    joined = dict(by)
    joined[first] += joined.pop(second)
    if rise == pytest.approx((herfindahl_hirschman_index(joined.values()) or 0) - (after - rise)):
        assert after == pytest.approx(herfindahl_hirschman_index(joined.values()) or 0.0)
    assert rise >= 2.0 * by[first] * by[second] / sum(by.values()) ** 2 * 10_000.0 - 1e-6


def test_cases_are_opened_above_the_line_and_only_with_a_regulator() -> None:
    count = {}
    for line in (0.3, 0.6, 1.0):
        result = simulate(market(policy={"dominance_line": line}), 1)
        count[line] = result.summary["dominance_cases"] or 0
        assert count[line] == len(events(result, "dominance_case"))
    assert count[0.3] > count[0.6] > count[1.0] == 0
    off = simulate(market(policy={"dominance_line": 0.3}, mechanisms={"regulation": False}), 1)
    assert off.summary["dominance_cases"] == off.summary["mergers_forbidden"] == 0
    assert not events(off, "dominance_case")
    assert "regulator" not in {o["kind"] for o in off.tables["organisations"].to_pylist()}


def test_a_regulator_has_so_many_hands() -> None:
    for hands in (0, 2):
        result = simulate(market(behaviour={"regulation": {"cases_in_hand": hands}}), 1)
        open_now = most = 0
        for event in result.tables["events"].to_pylist():
            open_now += event["kind"] == "dominance_case"
            open_now -= event["kind"] in ("case_closed", "abuse_found")
            most = max(most, open_now)
        assert most == hands


def dominant(model: CareMarket) -> tuple[Any, Any]:
    """A case against whoever does most of the community care."""
    by = MarketIndex(model).delivered["area-1", COMMUNITY]
    provider = model.provider(max(by, key=lambda p: by[p]))
    assert model.regulation is not None
    return provider, Case(model.regulation, provider, ("area-1", COMMUNITY))


def test_a_large_share_is_no_offence() -> None:
    model, regulator = regulated(behaviour={"regulation": {"excess_price_line": 10.0}})
    provider, case = dominant(model)
    assert regulator.grounds(case) == []
    regulator.cases[provider.index, case.market] = case
    regulator.close(case)
    assert regulator.abuses_found == 0
    assert model.ledger.totals[Reason.REGULATORY_FINE] == 0


def test_diversion_refusal_and_price_are_abuse() -> None:
    model, regulator = regulated(behaviour={"regulation": {"excess_price_line": 10.0, "refusals_least": 3}})
    provider, case = dominant(model)
    for accepted in (True, False, False, False):
        regulator.offer_answered(OfferAnswered(provider, accepted, market=case.market, fair=True))
    assert regulator.grounds(case) == ["refusal"]
    in_force = next(iter(provider.holdings.values()))
    regulator.diversion_found(DiversionFound(in_force, COMMUNITY))
    assert regulator.grounds(case) == ["diversion", "refusal"]
    for in_force in provider.holdings.values():
        in_force.contract.price *= 15
        allocate_price(in_force)
    regulator._index = MarketIndex(model)
    assert "price" in regulator.grounds(case)
    # Dear to run is no abuse.
    for in_force in provider.holdings.values():
        for allocation in in_force.allocations:
            allocation.full_cost *= 15
    assert "price" not in regulator.grounds(case)


def test_a_small_firm_is_not_fined_but_its_market_is_kept_open() -> None:
    model, regulator = regulated(behaviour={"regulation": {"fine_least_turnover_gbp": 1e12}})
    provider, case = dominant(model)
    regulator.diversion_found(DiversionFound(next(iter(provider.holdings.values())), COMMUNITY))
    regulator.cases[provider.index, case.market] = case
    regulator.close(case)
    assert model.ledger.totals[Reason.REGULATORY_FINE] == 0
    assert regulator.kept_open


def test_abuse_is_fined_and_the_next_lots_stay_open_to_others() -> None:
    model, regulator = regulated(behaviour={"regulation": {"fine_least_turnover_gbp": 0.0}})
    provider, case = dominant(model)
    in_force = next(iter(provider.holdings.values()))
    regulator.diversion_found(DiversionFound(in_force, COMMUNITY))
    regulator.cases[provider.index, case.market] = case
    before = provider.reserves
    regulator.close(case)
    fine = model.ledger.totals[Reason.REGULATORY_FINE]
    value = regulator.market_index().delivered[case.market][provider.index]
    assert fine == before - provider.reserves == int(min(0.05 * value, 0.1 * provider.turnover))
    assert fine > 0
    lot: Any = SimpleNamespace(
        commissioner=next(iter(model.commissioners)), items=[i for i in model.items if i.function == COMMUNITY]
    )
    assert regulator.bars(provider, lot)
    other = next(p for p in model.bidders("area-1", COMMUNITY) if p is not provider)
    assert not regulator.bars(other, lot)
    lot.items = [i for i in model.items if i.function != COMMUNITY]
    assert not regulator.bars(provider, lot)
    index, until = provider.index, regulator.kept_open[provider.index, case.market]
    result = model.run()
    bought = {
        row["id"]: row
        for row in result.tables["procurements"].to_pylist()
        if row["functions"] == "community" and row["route"] != "direct_award" and 6.0 < row["opened"] < until - 12.0
    }
    assert bought
    late = [b for b in result.tables["bids"].to_pylist() if b["procurement"] in bought and b["bidder"] == index]
    assert not late


def test_an_unskilled_regulator_finds_nothing() -> None:
    model, regulator = regulated(behaviour={"regulation": {"regulator_skill": 0.0}})
    provider, case = dominant(model)
    regulator.diversion_found(DiversionFound(next(iter(provider.holdings.values())), COMMUNITY))
    regulator.cases[provider.index, case.market] = case
    regulator.close(case)
    assert regulator.abuses_found == 0


def challenged(skill: float, quality: float) -> float:
    """Chance that a loser whose bid is truly of ``quality``, and was judged 0.5, has its challenge upheld."""
    model, _ = regulated(behaviour={"regulation": {"regulator_skill": skill}})
    winner, loser = model.bidders("area-1", COMMUNITY)[:2]
    bids = [Bid(p.index, 100, 90, 0.5, 0.3, 0.5, 0.1, 0, 1.0, score) for p, score in ((winner, 0.6), (loser, 0.58))]
    responses: dict[int, Any] = {
        p.index: SimpleNamespace(bidder=p, bid=bid, plan=SimpleNamespace(quality=q, parts=[]), through_vehicle=False)
        for p, bid, q in zip((winner, loser), bids, (0.5, quality), strict=True)
    }
    items = [next(i for i in model.items if i.function == COMMUNITY)]
    lot = SimpleNamespace(items=items, reference_cost=items[0].reference_cost)
    process: Any = SimpleNamespace(
        model=model,
        policy=model.policy,
        procurement=SimpleNamespace(bids=bids, lot=lot, route=ROUTES["two_stage"]),
        responses=responses,
        winner=responses[winner.index],
    )
    return model.hears_challenge(process, responses[loser.index])


def test_a_skilled_regulator_upholds_challenges_with_merit() -> None:
    assert challenged(1.0, 0.8) == 1.0
    assert challenged(1.0, 0.4) == 0.0
    # How the case looks to everybody: scores two points apart in a two-stage tender.
    looks = 0.03 + 0.12 * (1.0 - 0.02 / 0.05) + 0.02 * (ROUTES["two_stage"].commissioner_cost_multiple - 1.0)
    assert challenged(0.0, 0.8) == challenged(0.0, 0.4) == pytest.approx(looks)
    assert challenged(0.5, 0.8) == pytest.approx(0.5 + 0.5 * looks)
    assert CareMarket(market(mechanisms={"regulation": False}), 1).hears_challenge is chance_upheld


def test_the_supply_network_is_a_star_around_a_single_holder() -> None:
    model, _ = regulated()
    contracts = list(model.contracts.values())
    for in_force in contracts:
        in_force.contract.holder = contracts[0].contract.holder
    assert network_of(model).centralisation == 1.0
    result = simulate(market(), 1)
    yearly = {
        (r["year"], r["measure"]): r["value"] for r in result.tables["yearly"].to_pylist() if r["dimension"] == "nation"
    }
    assert yearly[6, "supply_centralisation"] == pytest.approx(result.summary["supply_centralisation"])
    assert 0.0 <= yearly[6, "trust_density"] <= 1.0
