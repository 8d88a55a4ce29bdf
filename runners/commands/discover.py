"""``caremarket discover``: which levers and states of the world lead to an outcome of a finished sweep."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
from rich.table import Table

from caremarket.experiments.analysis.cases import Cases, cases_of, export
from caremarket.experiments.analysis.condition import Condition
from caremarket.experiments.analysis.discovery import Discovery
from caremarket.experiments.analysis.discovery import discover as box_of
from caremarket.experiments.analysis.measures import kept_unit, readable
from caremarket.experiments.analysis.results import find_finished, read_manifest
from caremarket.experiments.report.figures.headlines import BLUE, png
from caremarket.market.errors import ConfigurationError
from caremarket.runners.commands.arguments import key_values
from caremarket.runners.console import out
from caremarket.runners.storage.atomic_files import write_file
from caremarket.runners.storage.encodings import parquet_bytes
from caremarket.runners.storage.output_folder import check_writable
from caremarket.runners.tracking.folders import attach
from caremarket.runners.tracking.mlflow_store import open_store

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

log = logging.getLogger("caremarket")
DEFAULTS: dict[str, str | None] = {"output_root": "outputs", "density": None, "tracking.uri": None}
GREY = "#BBBBBB"
SCORES_SHOWN = 15


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


def _range(row: dict[str, Any], low: str, high: str, choices: str) -> str:
    if row[choices] is not None:
        return ", ".join(row[choices])
    return f"{row[low]:.4g} to {row[high]:.4g}"


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
        inside = _range(row, "low", "high", "choices") if row["restricted"] else "any"
        chances = [row[k] for k in ("quasi_p_low", "quasi_p_high") if row[k] is not None]
        chance = f"{max(chances):.2g}" if chances else ""
        whole = _range(row, "range_low", "range_high", "range_choices")
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


def discovery_figure(found: Discovery) -> Figure:
    """The box within the range of each lever, PRIM's trade-off of coverage and density, and the levers' scores."""
    from matplotlib.figure import Figure

    rows = found.limits.to_pylist()
    figure = Figure(figsize=(13, max(4.0, 1.6 + 0.3 * len(rows))), layout="constrained")
    measure = found.condition.measure
    figure.suptitle(f"Where {found.condition} ({readable(measure)}, {kept_unit(measure)})", fontsize=12)
    box, path, score = figure.subplots(1, 3, width_ratios=(1.3, 1, 1))
    _draw_box(box, rows)
    _draw_path(path, found.trajectory)
    best = sorted(rows, key=lambda row: row["score"])[-SCORES_SHOWN:]
    score.barh([row["lever"] for row in best], [row["score"] for row in best], color=BLUE)
    score.set_title("extra-trees score", fontsize=10)
    for axes in (box, path, score):
        axes.tick_params(labelsize=8)
    return figure


def _draw_box(axes: Axes, rows: list[dict[str, Any]]) -> None:
    """A bar a restricted lever: grey its whole range, blue the part in the box; of choices, those that are in it."""
    shown = [row for row in rows if row["restricted"]][::-1]
    axes.set_title("the box", fontsize=10)
    axes.set_yticks(range(len(shown)), [row["lever"] for row in shown])
    axes.set_ylim(-0.6, max(len(shown), 1) - 0.4)
    axes.set_xlim(-0.02, 1.02)
    axes.set_xticks([])
    for place, row in enumerate(shown):
        axes.barh(place, 1.0, color=GREY, height=0.5)
        if row["choices"] is None:
            width = row["range_high"] - row["range_low"]
            left = (row["low"] - row["range_low"]) / width
            axes.barh(place, (row["high"] - row["low"]) / width, left=left, color=BLUE, height=0.5)
        else:
            each = 1 / len(row["range_choices"])
            for number, choice in enumerate(row["range_choices"]):
                if choice in row["choices"]:
                    axes.barh(place, each * 0.96, left=(number + 0.02) * each, color=BLUE, height=0.5)
        axes.text(0.5, place + 0.27, _range(row, "low", "high", "choices"), ha="center", va="bottom", fontsize=8)


def _draw_path(axes: Axes, trajectory: pa.Table) -> None:
    columns = trajectory.to_pydict()
    axes.plot(columns["coverage"], columns["density"], "o-", color=GREY, markersize=3, linewidth=0.8)
    chosen = columns["chosen"].index(True)
    axes.plot([columns["coverage"][chosen]], [columns["density"][chosen]], "o", color=BLUE, label="the box chosen")
    axes.set_xlabel("coverage", fontsize=9)
    axes.set_ylabel("density", fontsize=9)
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.grid(alpha=0.3, linewidth=0.5)
    axes.legend(fontsize=8, loc="lower left")
    axes.set_title("boxes on the way", fontsize=10)
