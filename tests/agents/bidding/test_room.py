"""What becomes of a bid some of whose suppliers have filled up since it was made."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from caremarket.agents.bidding.capacity_check import points_of, replace_where_full
from caremarket.agents.bidding.supply_plan import new_plan
from caremarket.agents.entities.plan import Part
from caremarket.agents.entities.provider import Provider
from caremarket.agents.model import CareMarket
from caremarket.market.forms import FORMS
from caremarket.market.levers import PolicySpec
from caremarket.market.procurement import Lot
from tests.agents.conftest import small
from tests.agents.lives import items_of, market, of_kind

AHEAD = 1.0


def bid(**policy: Any) -> tuple[CareMarket, Any, Provider, Provider, Any]:
    """A trust that would do community care itself, but has named a social enterprise for six tenths of it."""
    model = CareMarket(market(), 1)
    lead = of_kind(model, "community_trust")
    (item,) = items_of(model, "community")
    able = [p for p in model.bidders(lead.area, item.function) if p.kind == "third_sector"]
    named = max(able, key=lambda p: p.social_value)
    for other in model.organisations:
        if isinstance(other, Provider) and other is not lead:
            other.capacity = list(other.committed)
    terms = PolicySpec.model_validate(
        model.policy.model_dump() | {"form": "prime_provider", "lot_scope": "pathway"} | policy
    )
    lot = Lot(0, item.commissioner, [item], item.reference_cost, item.reference_cost, 1)
    tender: Any = SimpleNamespace(
        model=model,
        policy=terms,
        form=FORMS["prime_provider"],
        held={},
        bound=[],
        procurement=SimpleNamespace(lot=lot, attempt=1),
        commissioner=model.commissioners[item.commissioner],
    )
    plan = new_plan(model, terms)
    plan.parts += [Part(lead, [item], 0.4, 0.0), Part(named, [item], 0.6, float(item.reference_cost), named=True)]
    return model, tender, lead, named, plan


def roomy(provider: Provider, function: int) -> None:
    provider.capacity[function] = 10**12


def test_who_still_has_room_keeps_its_part() -> None:
    _, tender, lead, named, plan = bid()
    roomy(named, plan.parts[0].items[0].function)
    assert replace_where_full(tender, lead, plan, 0.0)
    assert [(p.deliverer, p.share) for p in plan.parts] == [(lead, 0.4), (named, 0.6)]


def test_a_small_provider_of_no_less_worth_takes_the_place_of_one_that_was_named() -> None:
    model, tender, lead, named, plan = bid()
    function = plan.parts[0].items[0].function
    other = next(p for p in model.bidders(lead.area, function) if p.kind == "third_sector" and p is not named)
    roomy(other, function)
    other.quality, other.social_value = named.quality, named.social_value
    assert replace_where_full(tender, lead, plan, 0.0)
    assert [(p.deliverer, p.share) for p in plan.parts] == [(lead, 0.4), (other, 0.6)]
    model, tender, lead, named, plan = bid()
    other = next(p for p in model.bidders(lead.area, function) if p.kind == "third_sector" and p is not named)
    roomy(other, function)
    other.quality, other.social_value = named.quality, named.social_value - 0.1
    assert replace_where_full(tender, lead, plan, AHEAD)
    assert [(p.deliverer, p.share) for p in plan.parts] == [(lead, pytest.approx(1.0))]


def test_the_lead_does_the_work_itself_only_if_its_bid_is_still_the_best() -> None:
    for spare, awarded in ((0.001, True), (-0.001, False)):
        _, tender, lead, named, plan = bid()
        lost = points_of(tender, plan.parts[1], lead)
        assert lost == pytest.approx(
            0.6
            * (
                tender.policy.weight_social_value * (named.social_value - lead.social_value)
                + tender.policy.weight_quality * (named.quality - lead.quality)
            )
        )
        assert replace_where_full(tender, lead, plan, max(0.0, lost) + spare) == awarded
        assert len(plan.parts) == (1 if awarded else 2)


def test_what_has_to_be_promised_to_small_providers_is_not_taken_back() -> None:
    _, tender, lead, _, plan = bid(reserved_share=0.3)
    assert not replace_where_full(tender, lead, plan, AHEAD)
    assert len(plan.parts) == 2


def test_without_room_for_it_nobody_takes_the_part() -> None:
    _, tender, lead, _, plan = bid()
    function = plan.parts[0].items[0].function
    lead.capacity[function] = lead.committed[function] + int(0.3 * plan.parts[0].items[0].reference_cost)
    assert not replace_where_full(tender, lead, plan, AHEAD)


def test_a_provider_that_bids_itself_lends_its_name_to_no_rival_that_can_do_without() -> None:
    """P 1.11: small providers are named for their points, but not by those they compete with."""
    named = 0
    for seed in (1, 2, 3):
        model = CareMarket(
            small("policy=prime_provider", policy={"lot_scope": "function", "turnover_ratio": 0.0}), seed
        )
        for month in range(1, 60):
            model.run_until(float(month))
            for tender in model.processes.values():
                rivals = tender.rivals()
                for response in tender.responses.values():
                    for part in response.plan.parts if response.plan is not None else ():
                        if part.named:
                            named += 1
                            assert part.deliverer.index not in rivals
    assert named > 0
