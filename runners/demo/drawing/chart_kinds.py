"""The kinds of chart that the page offers, one per tab."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ChartKind:
    """A kind of chart.

    Attributes:
        key: its short name.
        title: text on its tab.
        about: description in a sentence.
        figure: its function in :mod:`caremarket.experiments.report.figures`.
        over_time: whether its axis is time, from the start up to the run's horizon.
        options: options of that function and of the one that makes its data.
        size: width and height in pixels, such that text is legible in half a window.
    """

    key: str
    title: str
    about: str
    figure: str
    over_time: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    size: Mapping[str, int] = field(default_factory=dict)


CHART_KINDS: tuple[ChartKind, ...] = (
    ChartKind(
        "shares",
        "Who holds",
        "Market shares by who holds contracts, and the index of concentration with the authority's lines",
        "market_shares",
        True,
        {"view": "direct"},
        {"width": 310, "height": 275},
    ),
    ChartKind(
        "work",
        "Who delivers",
        "Market shares by who does the work, and the index of concentration with the authority's lines",
        "market_shares",
        True,
        {"view": "delivered"},
        {"width": 310, "height": 275},
    ),
    ChartKind(
        "network",
        "Network",
        "Commissioners, who holds their contracts, and who works for whom",
        "supply_network",
        options={"largest": 18, "width": 600, "height": 430},
    ),
    ChartKind(
        "timeline",
        "Contracts",
        "Procurements and contracts: who bid, who won, what became of them",
        "contract_timeline",
        True,
        {"lots": 12},
        {"width": 380, "height": 300},
    ),
    ChartKind(
        "reserves",
        "Reserves",
        "Reserves of small providers",
        "small_reserves",
        True,
        size={"width": 420, "height": 280},
    ),
    ChartKind(
        "promised",
        "Promised",
        "Work promised to sub-contractors against work given",
        "promised_delivered",
        True,
        size={"width": 420, "height": 280},
    ),
    ChartKind(
        "outcome",
        "Outcome, cost",
        "What patients got, and what it cost",
        "outcome_cost",
        True,
        size={"width": 420, "height": 280},
    ),
    ChartKind(
        "flow",
        "SME flow",
        "Whose money it is, who holds it, and who does the work",
        "sme_flow",
        size={"width": 640, "height": 430},
    ),
)
