"""Figures for page, report and MLflow.

Figures of a run: Altair charts from its tables, each ``f(tables, month=None, theme="light", ...)``; :data:`RUN_FIGURES`
names them, with the function that gives only a chart's data, for a page that replaces the data of a displayed chart.
Figures of a comparison: :func:`paired_differences`, and the matplotlib figures of
:mod:`caremarket.experiments.report.figures.panels`. Either can be converted to bytes with :func:`svg_bytes` and
:func:`png_bytes`.

Altair and matplotlib are imported when first needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from inspect import signature
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from caremarket.experiments.report.figures.render import png_bytes, specification, svg_bytes
from caremarket.market.errors import ConfigurationError

if TYPE_CHECKING:
    from caremarket.experiments.report.figures.flow import sme_flow, sme_flow_data
    from caremarket.experiments.report.figures.forest_plot import forest
    from caremarket.experiments.report.figures.network import supply_network
    from caremarket.experiments.report.figures.network_data import supply_network_data
    from caremarket.experiments.report.figures.outcome import outcome_cost, outcome_cost_data
    from caremarket.experiments.report.figures.paired_chart import paired_differences, paired_differences_data
    from caremarket.experiments.report.figures.panels import MARKERS, PALETTE, alternative_text
    from caremarket.experiments.report.figures.promises import promised_delivered, promised_delivered_data
    from caremarket.experiments.report.figures.run_plot import distributions
    from caremarket.experiments.report.figures.shares import (
        concentration,
        concentration_data,
        market_shares,
        market_shares_data,
    )
    from caremarket.experiments.report.figures.small_provider_reserves import small_reserves, small_reserves_data
    from caremarket.experiments.report.figures.timeline import contract_timeline
    from caremarket.experiments.report.figures.timeline_data import contract_timeline_data
    from caremarket.experiments.report.figures.year_plot import over_years

RUN_FIGURES = {
    "market_shares": "shares",
    "concentration": "shares",
    "sme_flow": "flow",
    "supply_network": "network",
    "contract_timeline": "timeline",
    "small_reserves": "small_provider_reserves",
    "promised_delivered": "promises",
    "outcome_cost": "outcome",
}
"""The charts of a run, and the module of each; ``NAME_data`` returns the data of each."""

_PLACE = {
    **dict.fromkeys(("MARKERS", "PALETTE", "alternative_text"), "panels"),
    "distributions": "run_plot",
    "forest": "forest_plot",
    "over_years": "year_plot",
    **dict.fromkeys(("paired_differences", "paired_differences_data"), "paired_chart"),
    **RUN_FIGURES,
    **{f"{name}_data": place for name, place in RUN_FIGURES.items()},
}

__all__ = [
    "MARKERS",
    "PALETTE",
    "RUN_FIGURES",
    "alternative_text",
    "concentration",
    "concentration_data",
    "contract_timeline",
    "contract_timeline_data",
    "distributions",
    "forest",
    "market_shares",
    "market_shares_data",
    "outcome_cost",
    "outcome_cost_data",
    "over_years",
    "paired_differences",
    "paired_differences_data",
    "png_bytes",
    "promised_delivered",
    "promised_delivered_data",
    "run_data",
    "run_figure",
    "small_reserves",
    "small_reserves_data",
    "sme_flow",
    "sme_flow_data",
    "specification",
    "supply_network",
    "supply_network_data",
    "svg_bytes",
]


def run_figure(name: str, tables: Mapping[str, pa.Table], month: float | None = None, **options: Any) -> Any:
    """A chart of a run by name.

    Args:
        name: one of :data:`RUN_FIGURES`.
        tables: tables of the run.
        month: last month of the data shown; None for all.
        options: options of the chart, such as ``theme="dark"``.

    Raises:
        ConfigurationError: there is no such figure or option, or the run did not keep a table it needs.
    """
    return _called(name, name, tables, month, options)


def run_data(name: str, tables: Mapping[str, pa.Table], month: float | None = None, **options: Any) -> Any:
    """The datasets of a chart of a run by their names; arguments and errors as for :func:`run_figure`."""
    return _called(name, f"{name}_data", tables, month, options)


def _called(name: str, function: str, tables: Mapping[str, pa.Table], month: float | None, options: Any) -> Any:
    if name not in RUN_FIGURES:
        raise ConfigurationError("figure", f"{name!r} is unknown; allowed: {', '.join(RUN_FIGURES)}")
    found = getattr(import_module(f"{__name__}.{RUN_FIGURES[name]}"), function)
    allowed = [n for n in signature(found).parameters if n not in ("tables", "month")]
    for option in options:
        if option not in allowed:
            raise ConfigurationError(option, f"is no option of {name}; allowed: {', '.join(allowed)}")
    from altair.utils.schemapi import debug_mode

    # Altair checks every part against Vega-Lite's schema on creation: this takes most of the time; tests do it.
    with debug_mode(False):
        return found(tables, month, **options)


def __getattr__(name: str) -> Any:
    if name not in _PLACE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACE[name]}"), name)
