"""All figures of the market, in order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from caremarket.experiments.evidence.market.bidders import BIDDERS
from caremarket.experiments.evidence.market.budgets import BUDGETS
from caremarket.experiments.evidence.market.figure import Figure
from caremarket.experiments.evidence.market.prices import PRICES
from caremarket.experiments.evidence.market.runs import Runs

FIGURES: tuple[Figure, ...] = (*PRICES, *BIDDERS, *BUDGETS)


def market_rows(folder: Path) -> list[dict[str, Any]]:
    """Every figure as a row, from the merged tables in a folder; empty if there are none."""
    if not (folder / "runs.parquet").exists():
        return []
    with Runs.in_folder(folder) as runs:
        return [figure.row(runs) for figure in FIGURES]
