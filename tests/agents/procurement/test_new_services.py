"""Services that nobody provides at the start: new ones, which go to the market with nobody there to defend them."""

from __future__ import annotations

from caremarket.agents.model import CareMarket
from caremarket.agents.procurement.initial_contracts import is_new
from caremarket.market.pathways import FUNCTIONS
from tests.agents.conftest import small


def market(share: float) -> CareMarket:
    return CareMarket(
        small(behaviour={"procurement": {"new_services": share, "new_service_functions": ["community"]}}), 1
    )


def test_new_services_start_without_a_provider_and_are_bought() -> None:
    model = market(0.4)
    fresh = [item for item in model.items if is_new(model, item)]
    assert 0 < len(fresh) < len([i for i in model.items if FUNCTIONS[i.function] == "community"])
    assert {FUNCTIONS[item.function] for item in fresh} == {"community"}
    assert all(bool(item.contracts) != (item in fresh) for item in model.items)
    model.run_until(36.0)
    assert all(item.contracts or item.procuring for item in fresh)
    assert any(item.contracts for item in fresh)
    model.ledger.check()
    model.check_no_event_lost()


def test_a_larger_share_adds_to_them_and_none_is_the_rule() -> None:
    found = [{i.index for i in model.items if is_new(model, i)} for model in map(market, (0.0, 0.3, 0.6))]
    assert found[0] == set()
    assert found[1] < found[2]
