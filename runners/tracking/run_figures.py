"""Figures of a finished run as files, for its artifacts in MLflow."""

from __future__ import annotations

from pathlib import Path

from caremarket.experiments.analysis.results import read_table
from caremarket.market.errors import ConfigurationError

TRACKED = ("concentration", "sme_flow", "contract_timeline", "supply_network")
"""Names of the figures: of the horizon, or of the whole run."""


def run_figures(folder: Path) -> dict[str, bytes]:
    """``figures/NAME.svg`` -> its bytes, for each figure whose tables the run recorded."""
    from caremarket.experiments.report.figures import run_figure, svg_bytes

    tables = {path.stem: read_table(path) for path in sorted(folder.glob("*.parquet"))}
    found: dict[str, bytes] = {}
    for name in TRACKED:
        try:
            chart = run_figure(name, tables)
        except ConfigurationError:  # a table was not recorded, as the run's configuration says
            continue
        found[f"figures/{name}.svg"] = svg_bytes(chart)
    return found
