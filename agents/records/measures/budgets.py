"""Budgets of commissioners: deficits, and what is carried over, returned or spent on patients who wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.records.measures.base import Measure
from caremarket.market.ledger import Reason
from caremarket.market.measures import ratio

if TYPE_CHECKING:
    from caremarket.agents.records.measures.view import MarketView

GROUP = "Commissioners' budgets"


def _in_deficit(view: MarketView) -> float | None:
    if view.market.time < 12.0:
        return None
    commissioners = view.market.commissioners.values()
    return ratio(sum(c.closing < 0 for c in commissioners), len(commissioners))


def _carried_over(view: MarketView) -> float | None:
    if view.market.time < 12.0:
        return None
    commissioners = view.market.commissioners.values()
    return ratio(sum(abs(c.carried) for c in commissioners), sum(c.allocation for c in commissioners))


MEASURE = (
    Measure(
        "commissioners_in_deficit",
        GROUP,
        "share",
        "commissioners that had spent more than their allocations at the end of the last year, all years taken "
        "together, care delivered and not yet paid for counting as spent",
        _in_deficit,
        null_when="no year has ended",
        yearly="now",
        noun="the share of commissioners in deficit",
    ),
    Measure(
        "carried_over",
        GROUP,
        "ratio",
        "surpluses and deficits that commissioners carried over from the last year, without sign, over their "
        "allocations of a year",
        _carried_over,
        null_when="no year has ended",
        yearly="now",
    ),
    Measure(
        "allocation_returned_pence",
        GROUP,
        "pence",
        "surplus that commissioners returned because they could not carry it over, and allocation cut within a year",
        lambda view: view.totals[Reason.ALLOCATION_RETURNED],
        yearly="so_far",
    ),
    Measure(
        "waiting_care_pence",
        GROUP,
        "pence",
        "care elsewhere that commissioners bought at the end of a year for patients who waited",
        lambda view: view.totals[Reason.WAITING_CARE],
        yearly="so_far",
    ),
)
