"""Exclusion for an earlier default: decided case by case, by gravity, time, later conduct and competition."""

from __future__ import annotations

from collections import Counter
from typing import Any

from caremarket.agents.contracts.holder_default import WALKED_OUT, count_good_year, record_default
from caremarket.agents.entities.providers.default import Default
from caremarket.agents.entities.submission import Submission
from caremarket.agents.model import CareMarket
from caremarket.agents.procurement.evaluation import passes_selection
from caremarket.agents.procurement.exclusion import excludes, soundest_first
from tests.agents.conftest import changed, small

LIGHT, GRAVE = 0.3, 1.0


def a_tender(**sections: Any) -> tuple[CareMarket, Any, Any]:
    """A market, a tender with a questionnaire in it, and a provider that could answer."""
    model = CareMarket(changed(small(policy={"turnover_ratio": 0.0}), **sections), 1)
    model.run_until(40.0)
    for tender in model.processes.values():
        if tender.on_market and tender.usual_price and tender.procurement.route.questionnaire:
            tender.qualified = 0
            return model, tender, model.potential_bidders(tender.procurement.lot, tender.form)[0]
    raise AssertionError("no tender")


def barred(model: CareMarket, tender: Any, provider: Any, gravity: float, **how: Any) -> int:
    """Months after a default for which the provider is excluded."""
    for passed in range(60):
        default = Default(model.time - passed, gravity, how.get("settled", True), how.get("good_years", 0))
        provider.defaults[tender.commissioner.index] = default
        if not excludes(tender, [provider]):
            return passed
    raise AssertionError("barred for ever")


def test_a_graver_default_bars_longer_and_none_for_more_than_three_years() -> None:
    model, tender, provider = a_tender()
    tender.qualified = 2
    light, grave = (barred(model, tender, provider, gravity) for gravity in (LIGHT, GRAVE))
    assert 0 <= light < grave <= 36


def test_a_lone_bidder_with_a_light_default_is_admitted_and_one_with_a_grave_one_is_not() -> None:
    model, tender, provider = a_tender()
    assert barred(model, tender, provider, LIGHT) == 0
    assert barred(model, tender, provider, GRAVE) > 0


def test_the_more_others_qualify_the_longer_a_default_bars() -> None:
    model, tender, provider = a_tender()
    months = []
    for others in (0, 1, 3, 6):
        tender.qualified = others
        months.append(barred(model, tender, provider, GRAVE))
    assert months == sorted(months)
    assert months[0] < months[-1]


def test_good_years_since_shorten_it_and_unpaid_damages_lengthen_it() -> None:
    model, tender, provider = a_tender()
    tender.qualified = 1
    plain = barred(model, tender, provider, GRAVE)
    assert barred(model, tender, provider, GRAVE, good_years=3) < plain
    assert barred(model, tender, provider, GRAVE, settled=False) == 36 > plain


def test_a_default_bars_only_at_its_buyer_and_not_at_all_for_no_months() -> None:
    model, tender, provider = a_tender()
    tender.qualified = 3
    provider.defaults = {tender.commissioner.index + 1: Default(model.time, GRAVE, False)}
    assert not excludes(tender, [provider])
    model, tender, provider = a_tender(behaviour={"life": {"exclusion_months": 0.0}})
    tender.qualified = 3
    assert barred(model, tender, provider, GRAVE, settled=False) == 0


def test_sound_applicants_are_tested_first_and_who_is_admitted_after_a_default_is_logged() -> None:
    model, tender, provider = a_tender()
    others = [p for p in model.potential_bidders(tender.procurement.lot, tender.form) if p is not provider]
    provider.defaults[tender.commissioner.index] = Default(model.time, LIGHT, True)
    for other in others:
        other.defaults.clear()
    applied = [Submission(model, tender, p) for p in (provider, *others[:1])]
    assert [r.bidder for r in soundest_first(tender, applied)] == [*others[:1], provider]
    so_far = len(model.recorder.events)
    assert passes_selection(tender, applied[0])
    assert Counter(row[1] for row in model.recorder.events[so_far:]) == {"admitted_after_default": 1}


def test_defaults_add_up_and_years_without_failure_count() -> None:
    model, _, _ = a_tender()
    in_force = next(x for x in model.contracts.values() if not x.failures)
    holder, buyer = in_force.holder, in_force.commissioner.index
    holder.defaults.clear()
    record_default(in_force, LIGHT, settled=True)
    record_default(in_force, LIGHT, settled=True)
    assert LIGHT < holder.defaults[buyer].gravity < 2.0 * LIGHT
    record_default(in_force, WALKED_OUT, settled=False)
    assert holder.defaults[buyer].gravity == 1.0
    assert not holder.defaults[buyer].settled
    before = holder.defaults[buyer].weight(model.time, 36.0)
    count_good_year(in_force)
    assert holder.defaults[buyer].weight(model.time, 36.0) < before
