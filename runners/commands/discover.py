"""``caremarket discover``: levers and states of the world that lead to an outcome of a finished sweep."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from rich.table import Table

from caremarket.experiments.analysis.cases import Cases, cases_of, export
from caremarket.experiments.analysis.condition import Condition
from caremarket.experiments.analysis.discovery import Discovery
from caremarket.experiments.analysis.discovery import discover as box_of
from caremarket.experiments.analysis.results import find_finished, read_manifest
from caremarket.experiments.report.discovery_figure import discovery_figure, range_text
from caremarket.experiments.report.figures.headlines import png
from caremarket.market.errors import ConfigurationError
from caremarket.runners.commands.arguments import key_values
from caremarket.runners.console import out
from caremarket.runners.storage.atomic_files import write_file
from caremarket.runners.storage.encodings import parquet_bytes
from caremarket.runners.storage.output_folder import check_writable
from caremarket.runners.tracking.folders import attach
from caremarket.runners.tracking.mlflow_store import open_store

log = logging.getLogger("caremarket")
DEFAULTS: dict[str, str | None] = {"output_root": "outputs", "density": None, "tracking.uri": None}


def discover(arguments: list[str]) -> int:
    """Find, print and write the box of a condition; returns the exit status.

    Args:
        arguments: a sweep's folder or name, a condition, then ``key=value``.

    Raises:
        ConfigurationError: an argument is wrong, or the sweep cannot answer the question; nothing is written.
    """
    given, text, options = arguments_of(arguments)
    root = str(options["output_root"])
    folder = find_finished(given, root)
    condition = Condition.parse(text)
    density = _density(options["density"])
    cases = cases_of(pq.read_table(folder / "design.parquet"), pq.read_table(folder / "runs.parquet"))
    manifest = read_manifest(folder)
    check_writable(str(folder))
    if cases.left_out:
        log.info("left out, the same or not set at some points: %s", ", ".join(cases.left_out))
    found = box_of(cases, condition, int(manifest["seed"]), density)
    files = _files(cases, found)
    for name, content in files.items():
        write_file(folder / name, content)
    _print(found, folder)
    if manifest.get("tracking", {}).get("status") == "done":
        uri = options["tracking.uri"] or manifest["tracking"].get("uri")
        shown = {name: files[name] for name in ("discovery.parquet", "discovery.png")}
        attach(folder, shown, partial(open_store, uri, Path(root)))
    return 0


def arguments_of(arguments: list[str]) -> tuple[str, str, dict[str, str | None]]:
    """The sweep, the condition and the options of a command line.

    Raises:
        ConfigurationError: the first two are missing or an option is unknown.
    """
    if len(arguments) < 2:
        raise ConfigurationError("discover", 'takes a sweep and a condition: NAME "sme_value_share_delivered<0.2"')
    return arguments[0], arguments[1], key_values(arguments[2:], DEFAULTS)


def _density(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value <= 1:
        raise ConfigurationError("density", f"{text!r} must be a number above 0 and at most 1")
    return value


def _files(cases: Cases, found: Discovery) -> dict[str, bytes]:
    limits = found.limits
    same: dict[str, Any] = {
        "condition": pa.array([str(found.condition)] * limits.num_rows, pa.string()),
        "coverage": pa.array([found.coverage] * limits.num_rows, pa.float64()),
        "density": pa.array([found.density] * limits.num_rows, pa.float64()),
        "mass": pa.array([found.mass] * limits.num_rows, pa.float64()),
    }
    for name, column in same.items():
        limits = limits.append_column(name, column)
    return {
        "discovery.parquet": parquet_bytes(limits),
        "discovery_trajectory.parquet": parquet_bytes(found.trajectory),
        "discovery.png": png(discovery_figure(found)),
        "ema_results.tar.gz": export(cases),
    }


def _print(found: Discovery, folder: Path) -> None:
    view = Table(title=f"Where {found.condition}", title_justify="left", header_style="bold")
    for name, side in (
        ("lever", "left"),
        ("in the box", "left"),
        ("of", "left"),
        ("chance", "right"),
        ("score", "right"),
    ):
        view.add_column(name, justify=side)  # type: ignore[arg-type]
    for row in found.limits.to_pylist():
        inside = range_text(row, "low", "high", "choices") if row["restricted"] else "any"
        chances = [row[k] for k in ("quasi_p_low", "quasi_p_high") if row[k] is not None]
        chance = f"{max(chances):.2g}" if chances else ""
        whole = range_text(row, "range_low", "range_high", "range_choices")
        view.add_row(row["lever"], inside, whole, chance, f"{row['score']:.2f}")
    lines = [
        f"{found.of_interest} of {found.cases} design points are of interest. The box holds {found.mass:.0%} of all "
        f"points: {found.coverage:.0%} of those of interest (coverage), and {found.density:.0%} of its points are of "
        "interest (density).",
        "chance: quasi-p-value of a limit. score: share of the measure's variation it accounts for in extra trees.",
    ]
    if not any(row["restricted"] for row in found.limits.to_pylist()):
        lines.append("No box was found: chance explains every limit as well.")
    if found.unmeasured:
        lines.append(f"{found.unmeasured} points were left out: {found.condition.measure} was never measured there.")
    lines.append(f"Results: {folder / 'discovery.parquet'}, discovery_trajectory.parquet, discovery.png")
    lines.append(f"EMA Workbench: load_results('{folder / 'ema_results.tar.gz'}')")
    console = out()
    console.print(view)
    console.print("\n".join(lines), soft_wrap=True, markup=False)
