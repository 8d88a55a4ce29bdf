"""Leads remember how partners performed, beside trust."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from caremarket.agents.bidding.subcontract_offers import candidates
from caremarket.agents.contracts.ending import replace_exited_supplier
from caremarket.agents.entities.notices import OfferAnswered, YearReviewed
from caremarket.agents.model import CareMarket, simulate
from caremarket.market.pathways import FUNCTION_INDEX
from tests.agents.conftest import changed, small

LED = {"form": "prime_contractor", "lot_scope": "pathway", "duration_years": 1.0, "turnover_ratio": 0.0}


def asked_first(model: CareMarket) -> tuple[Any, Any]:
    """A lead and who it asks first for community care."""
    lead = model.primes("area-1")[0]
    commissioner = next(iter(model.commissioners.values()))
    items = [i for i in model.items if i.commissioner == commissioner.index]
    lot = SimpleNamespace(commissioner=commissioner.index, items=items, joint=False)
    tender: Any = SimpleNamespace(commissioner=commissioner, policy=model.policy, procurement=SimpleNamespace(lot=lot))
    function = FUNCTION_INDEX["community"]
    return lead, candidates(model, lead, function, tender, model.able_to(lot, function))


def test_a_partner_that_failed_is_asked_last_and_forgiven_in_time() -> None:
    model = CareMarket(small(policy=LED), 1)
    assert model.experience is not None
    lead, before = asked_first(model)
    for _ in range(20):
        model.experience.offer_answered(OfferAnswered(before[0], accepted=False, lead=lead))
    _, after = asked_first(model)
    assert after.index(before[0]) > 0
    assert [p for p in after if p is not before[0]] == before[1:]
    partner = before[0].key
    assert model.experience.experience(lead.key, partner, 24.0) == pytest.approx(
        0.5 * model.experience.experience(lead.key, partner, 0.0)
    )
    assert 0.0 < abs(model.experience.experience(lead.key, partner, 240.0)) < 0.001


def test_without_memory_nothing_is_remembered() -> None:
    model = CareMarket(small(policy=LED, mechanisms={"partner_memory": False}), 1)
    assert model.experience is None
    model.run()
    still = small(policy=LED, behaviour={"learning": {"partner_weight": 0.0}})
    # Memory that weighs nothing is no memory: the switch does nothing else.
    assert simulate(still, 1).summary == simulate(changed(still, mechanisms={"partner_memory": False}), 1).summary


def test_a_lead_remembers_answers_results_and_failures() -> None:
    model = CareMarket(small(policy=LED), 2)
    model.run()
    memory = model.experience
    assert memory is not None
    partners = [p.key for p in model.organisations]
    seen = [memory.experience(lead.key, p, model.time) for lead in model.primes("area-1") for p in partners]
    assert min(seen) < 0.0 < max(seen)
    in_force, sub = next(
        (in_force, sub)
        for in_force in model.contracts.values()
        for sub in in_force.contract.subcontracts
        if sub.end < 0
    )
    supplier = model.provider(sub.supplier).key

    def known() -> float:
        return memory.experience(in_force.holder.key, supplier, model.time)

    before = known()
    memory.year_reviewed(YearReviewed(in_force, 1.0))
    assert known() > before
    remembered = known()
    replace_exited_supplier(in_force, model.provider(sub.supplier))
    assert known() < remembered


def test_memory_changes_who_is_chosen() -> None:
    """Paired seeds: the same market with and without memory parts ways, in who supplies whom."""
    # Among leads that bid alone: partners of a consortium are chosen by other rules.
    alone = {"consortium_bids": False, "vehicles": False}
    scenario = small(policy=LED | alone, mechanisms={"mergers": False})

    def chains(memory: bool, seed: int) -> list[tuple[int, int, float]]:
        result = simulate(changed(scenario, mechanisms={"partner_memory": memory}), seed)
        return [(s["head"], s["supplier"], s["start"]) for s in result.tables["subcontracts"].to_pylist()]

    assert any(chains(True, seed) != chains(False, seed) for seed in range(1, 9))
