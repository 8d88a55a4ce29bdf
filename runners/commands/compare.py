"""``caremarket compare``: policies of a sweep against a baseline, as a table, figures and a report."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import NoReturn

from rich.table import Table

from caremarket.experiments.analysis.comparison import Comparison
from caremarket.experiments.analysis.comparison import compare as compared
from caremarket.experiments.analysis.results import SweepResults, find, read_sweep
from caremarket.experiments.report.comparison_figures import figures_of
from caremarket.experiments.report.comparison_table import cells
from caremarket.experiments.report.figures import png_bytes, svg_bytes
from caremarket.experiments.report.html_report import report
from caremarket.market.errors import ConfigurationError
from caremarket.runners.commands.arguments import key_values
from caremarket.runners.console import out
from caremarket.runners.storage.atomic_files import write_file
from caremarket.runners.storage.encodings import parquet_bytes
from caremarket.runners.storage.output_folder import check_writable
from caremarket.runners.tracking.folders import attach
from caremarket.runners.tracking.mlflow_store import open_store

log = logging.getLogger("caremarket")
HELP = """\
caremarket compare NAME_OR_FOLDER [--baseline LABEL] [--measures a,b] [--against NAME_OR_FOLDER] [output_root=DIR]
                   [tracking.uri=ADDRESS]

Compares the policies of a sweep with a baseline, run by run with the same seed, from its files alone; the sweep may
still be running. A name stands for the latest sweep of that name under output_root.
  --baseline   an arm, a point's label, or settings of levers such as policy=separate; without it the first one
  --measures   measures to compare, as docs/measures.md names them; without it all of them
  --against    another sweep with the same seeds, to which the baseline belongs
Prints the headline measures and writes comparison.parquet, report.html and figures/ into the sweep's folder.
"""
ROWS_SHOWN = 60


def compare(arguments: list[str]) -> int:
    """Run the command with these arguments; returns the exit status.

    Raises:
        ConfigurationError: the request is wrong; nothing has been written.
    """
    if {"-h", "--help"} & set(arguments):
        out().print(HELP, end="", markup=False, soft_wrap=True)
        return 0
    asked = parsed(arguments)
    given = key_values(asked.settings, {"output_root": "outputs", "tracking.uri": None})
    root = str(given["output_root"])
    sweep = read_sweep(find(asked.where, root, ("sweep",)))
    against = None if asked.against is None else read_sweep(find(asked.against, root, ("sweep",)))
    measures = None if asked.measures is None else [name for name in asked.measures.split(",") if name]
    check_writable(str(sweep.folder))
    if not sweep.finished:
        log.info("%s is not finished: comparing what there is", sweep.folder)
    comparison = compared(sweep, asked.baseline, measures, against)
    files = write(comparison)
    _print(comparison)
    _keep_in_store(sweep, files, given["tracking.uri"])
    out().print(
        f"Report:  {sweep.folder / 'report.html'}\nTable:   {sweep.folder / 'comparison.parquet'}",
        soft_wrap=True,
        markup=False,
    )
    return 0


def write(comparison: Comparison, folder: Path | None = None) -> dict[str, bytes]:
    """Write table, figures and report of a comparison into the sweep's folder, unless another is named.

    Returns:
        Path within the folder -> content.
    """
    target = comparison.sweep.folder if folder is None else folder
    files = {"comparison.parquet": parquet_bytes(comparison.table)}
    for name, figure in figures_of(comparison).items():
        files[f"figures/{name}.png"] = png_bytes(figure)
        files[f"figures/{name}.svg"] = svg_bytes(figure)
    files["report.html"] = report(comparison)
    (target / "figures").mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        write_file(target / name, content)
    return files


def parsed(arguments: list[str]) -> argparse.Namespace:
    """Parse the command's arguments: ``where``, ``settings``, ``baseline``, ``measures``, ``against``.

    Raises:
        ConfigurationError: they are malformed.
    """
    parser = argparse.ArgumentParser(prog="caremarket compare", add_help=False, allow_abbrev=False)
    parser.add_argument("where", metavar="NAME_OR_FOLDER")
    parser.add_argument("settings", nargs="*")
    for option in ("--baseline", "--measures", "--against"):
        parser.add_argument(option)

    def fail(message: str) -> NoReturn:
        raise ConfigurationError("command line", f"{message}; see caremarket compare --help")

    parser.error = fail  # type: ignore[method-assign]
    if not arguments:
        fail("NAME_OR_FOLDER is missing")
    return parser.parse_intermixed_args(arguments)


def _print(comparison: Comparison) -> None:
    """Print the headline measures: a row for each policy and measure, with interval and p-value."""
    headlines = set(comparison.headlines)
    shown = [row for row in comparison.table.to_pylist() if row["measure"] in headlines]
    rows = [cells(row) for row in shown]
    order = {name: number for number, name in enumerate(comparison.arms.others)}
    rows.sort(key=lambda row: order[row["arm"]])
    kinds = {row["unit"] for row in shown if row["units"]}
    unit = {"replicate": "seeds", "setting": "settings"}[kinds.pop()] if len(kinds) == 1 else "units"
    base = comparison.arms.baseline
    table = Table(title=f"{comparison.sweep.name}: differences from {base}", title_justify="left", header_style="bold")
    table.add_column("")
    for heading in (base, "policy", "difference", "95% interval", f"{unit}", "p (Holm)"):
        table.add_column(heading, justify="right")
    before = ""
    for row in rows[:ROWS_SHOWN]:
        if row["arm"] != before:
            table.add_section()
            table.add_row(f"[bold]{_escaped(row['arm'])}[/bold]")
            before = row["arm"]
        names = ("baseline", "value", "difference", "interval", "agreeing", "p_holm")
        table.add_row(f"  {row['measure']}", *(row[name] for name in names))
    console = out()
    console.print(table)
    if len(rows) > ROWS_SHOWN:
        console.print(f"... and {len(rows) - ROWS_SHOWN} more rows in comparison.parquet")


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def _keep_in_store(sweep: SweepResults, files: Mapping[str, bytes], given: str | None) -> None:
    """Add the files to the artifacts of the sweep's run in MLflow, if it is tracked and the store answers."""
    uri = given or (sweep.manifest.get("tracking") or {}).get("uri")
    attach(sweep.folder, files, partial(open_store, uri, sweep.folder.parent.parent))
