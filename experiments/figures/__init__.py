"""Figures for page, report and MLflow alike.

Of a run: Altair charts from its tables, each ``f(tables, month=None, theme="light", ...)``; :data:`RUN_FIGURES` names
them, with the function that gives a chart's data alone, for a page that exchanges data in a chart that is shown. Of a
comparison: :func:`paired_differences`, and the matplotlib figures of :mod:`experiments.figures.comparison`. Either can
be had as bytes with :func:`svg_bytes` and :func:`png_bytes`.

Altair and matplotlib are read when a figure of theirs is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from experiments.figures.render import png_bytes, svg_bytes

if TYPE_CHECKING:
    from experiments.figures.comparison import (
        MARKERS,
        PALETTE,
        alternative_text,
        distributions,
        forest,
        over_years,
    )
    from experiments.figures.network import supply_network, supply_network_data
    from experiments.figures.shares import concentration, concentration_data, market_shares, market_shares_data
    from experiments.figures.small import small_reserves, small_reserves_data

_PLACES = {
    "comparison": ("MARKERS", "PALETTE", "alternative_text", "distributions", "forest", "over_years"),
    "network": ("supply_network", "supply_network_data"),
    "shares": ("concentration", "concentration_data", "market_shares", "market_shares_data"),
    "small": ("small_reserves", "small_reserves_data"),
}
_PLACE = {name: place for place, names in _PLACES.items() for name in names}

RUN_FIGURES = ("market_shares", "concentration", "supply_network", "small_reserves")
"""The charts of a run; ``NAME_data`` gives the data of each."""

__all__ = [
    "MARKERS",
    "PALETTE",
    "RUN_FIGURES",
    "alternative_text",
    "concentration",
    "concentration_data",
    "distributions",
    "forest",
    "market_shares",
    "market_shares_data",
    "over_years",
    "png_bytes",
    "small_reserves",
    "small_reserves_data",
    "supply_network",
    "supply_network_data",
    "svg_bytes",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACE[name]}"), name)
