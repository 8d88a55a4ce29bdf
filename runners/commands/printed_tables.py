"""Tables of results as printed on a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.table import Table

from caremarket.agents.records.measures import grouped, headline_names
from caremarket.experiments.analysis.measures import formatted, readable, with_half_width
from caremarket.experiments.analysis.statistics import Estimate
from caremarket.runners.console import out

POINTS_SHOWN = 20


def print_summary(title: str, summary: Mapping[str, float | None], first_year: Mapping[str, float]) -> None:
    """Print a run's measures in groups: after the first year where known, and at the end."""
    table = Table(title=title, title_justify="left", header_style="bold")
    table.add_column("")
    table.add_column("after year 1", justify="right")
    table.add_column("at the end", justify="right")
    known = {name for names in grouped().values() for name in names}
    others = tuple(name for name in summary if name not in known)
    for group, names in {**grouped(), "Other": others}.items():
        present = [name for name in names if name in summary]
        if not present:
            continue
        table.add_section()
        table.add_row(f"[bold]{group}[/bold]")
        for name in present:
            early = formatted(name, first_year[name]) if name in first_year else ""
            table.add_row(f"  {readable(name)}", early, formatted(name, summary[name]))
    out().print(table)


def print_points(title: str, points: Sequence[tuple[str, Mapping[str, Estimate]]]) -> None:
    """Print the headline measures of each design point as mean ± half-width of the 95% interval.

    Up to four points are columns; more are rows with fewer measures.
    """
    shown = points[:POINTS_SHOWN]
    if len(shown) <= 4:
        table = Table(title=title, title_justify="left", header_style="bold")
        table.add_column("")
        for label, _ in shown:
            table.add_column(label, justify="right")
        for name in headline_names():
            table.add_row(readable(name), *(with_half_width(name, found.get(name)) for _, found in shown))
    else:
        names = headline_names()[:2] + headline_names()[2:4] + headline_names()[9:11]
        table = Table(title=title, title_justify="left", header_style="bold")
        table.add_column("point")
        for name in names:
            table.add_column(readable(name), justify="right")
        for label, found in shown:
            table.add_row(label, *(with_half_width(name, found.get(name)) for name in names))
    console = out()
    console.print(table)
    if len(points) > len(shown):
        console.print(f"... and {len(points) - len(shown)} more points in runs.parquet")


def print_where(folder: Path, query: str, root: str) -> None:
    """Print where the results are, and how to query and browse them."""
    console = out()
    lines = [f"Results: {folder}"]
    lines.append(f'Query:   duckdb -c "{query}"')
    lines.append("Browse:  caremarket ui" + ("" if root == "outputs" else f" output_root={root}"))
    console.print("\n".join(lines), soft_wrap=True, markup=False)
