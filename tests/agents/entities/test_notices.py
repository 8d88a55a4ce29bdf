"""Notices: the market knows every kind, tells observers in order, and refuses what is no notice."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from caremarket.agents.entities import notices
from caremarket.agents.entities.notices import (
    AwardPublished,
    BiddingClosed,
    DamagesPaid,
    FailureSeen,
    OfferAnswered,
    TenderEvaluated,
)
from caremarket.agents.model import CareMarket
from tests.agents.conftest import small, without

KINDS = {kind for kind in vars(notices).values() if isinstance(kind, type) and kind.__module__ == notices.__name__}


@pytest.mark.parametrize("off", [(), ("partner_memory", "regulation")])
def test_every_kind_of_notice_is_listed_with_its_observers(off: tuple[str, ...]) -> None:
    listed = CareMarket(small(mechanisms=without(*off)), 1)._observers_by_notice()
    assert len(KINDS) > 20
    assert set(listed) == KINDS
    assert all(callable(observer) for observers in listed.values() for observer in observers)


def test_mechanisms_that_are_off_observe_nothing() -> None:
    def observers(*off: str, strategy: str = "best_response") -> list[str]:
        listed = CareMarket(small(mechanisms=without(*off), behaviour={"strategy": strategy}), 1)._observers_by_notice()
        return [type(getattr(observer, "__self__", None)).__name__ for observer in listed[OfferAnswered]]

    assert observers() == ["Tally", "OfferRecord", "SupplierExperience", "Regulator"]
    assert observers("partner_memory") == ["Tally", "OfferRecord", "Regulator"]
    assert observers("partner_memory", "regulation") == ["Tally", "OfferRecord"]
    assert observers("partner_memory", "regulation", "entry", strategy="cost_plus") == ["Tally"]


def test_offers_are_recorded_only_where_a_strategy_or_a_potential_entrant_needs_them() -> None:
    def heard(strategy: str, *off: str) -> bool:
        market = CareMarket(small(behaviour={"strategy": strategy}, mechanisms=without(*off)), 1)
        return market.offers.tender_evaluated in market._observers_by_notice()[TenderEvaluated]

    assert heard("best_response", "entry")
    assert heard("cost_plus")
    assert not heard("cost_plus", "entry")


def test_published_tenders_are_remembered_only_while_entry_is_on() -> None:
    def observers(*off: str) -> list[str]:
        listed = CareMarket(small(mechanisms=without(*off)), 1)._observers_by_notice()
        return [type(getattr(observer, "__self__", None)).__name__ for observer in listed[BiddingClosed]]

    assert observers() == ["Tally", "PublishedTenders"]
    assert observers("entry") == ["Tally"]


def test_a_notice_is_heard_at_once_and_by_its_observers_alone() -> None:
    model = CareMarket(small(), 1)
    before = model.tally.damages
    model.tell(DamagesPaid(500))
    assert model.tally.damages == before + 500
    assert model.oversight.detected == 0
    in_force = next(iter(model.contracts.values()))
    model.tell(FailureSeen(in_force, model.time - 4.0))
    assert (model.oversight.detected, model.oversight.months) == (1, 4.0)
    assert model.tally.damages == before + 500


def test_observers_hear_of_a_notice_in_the_order_of_the_list() -> None:
    model = CareMarket(small(), 1)
    heard: list[int] = []
    model._observers[AwardPublished] = tuple(lambda _, n=n: heard.append(n) for n in range(5))
    model.tell(AwardPublished(next(iter(model.processes.values()), None)))  # type: ignore[arg-type]
    assert heard == [0, 1, 2, 3, 4]


def test_a_notice_of_an_unknown_type_is_an_error() -> None:
    class Rumour(NamedTuple):
        """Nobody has listed who observes this."""

        about: str

    with pytest.raises(KeyError):
        CareMarket(small(), 1).tell(Rumour("a merger"))
