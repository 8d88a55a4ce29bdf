"""Regulation and mergers."""

from __future__ import annotations

from caremarket.agents.records.measures.base import Measure

MEASURE = (
    Measure(
        "dominance_cases",
        "Regulation",
        "count",
        "cases of dominance that the regulator opened",
        lambda view: view.market.regulation.cases_opened if view.market.regulation is not None else 0,
    ),
    Measure(
        "mergers",
        "Regulation",
        "count",
        "mergers of providers",
        lambda view: view.market.merger_search.done if view.market.merger_search is not None else 0,
    ),
    Measure(
        "mergers_forbidden",
        "Regulation",
        "count",
        "mergers that the regulator forbade",
        lambda view: view.market.regulation.mergers_forbidden if view.market.regulation is not None else 0,
    ),
)
