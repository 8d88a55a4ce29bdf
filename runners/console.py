"""What a person sees: progress, tables, log lines."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from caremarket.experiments.analysis.measures import HEADLINES, formatted, readable, with_half_width
from caremarket.experiments.analysis.statistics import Estimate
from caremarket.market.measure_names import GROUPS

POINTS_SHOWN = 20


def set_up_log() -> logging.Logger:
    """The project's logger: plain lines on standard error, from INFO up."""
    logger = logging.getLogger("caremarket")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.handlers.clear()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger.addHandler(handler)
    return logger


def out() -> Console:
    """A console on standard output that writes whole lines when nobody watches."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=110)


class SweepProgress:
    """Runs done, failed, rate and time left: a bar on a terminal, else a line now and then.

    Args:
        total: runs to be made.
        label: what is being run.
    """

    def __init__(self, total: int, label: str) -> None:
        self.total = total
        self.label = label
        self.done = 0
        self.failed = 0
        self._began = self._spoke = time.monotonic()
        self._bar: Progress | None = None
        self._task: Any = None

    def __enter__(self) -> SweepProgress:
        if sys.stderr.isatty():
            # Two refreshes a second: the driver shares its cores with the workers.
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}"),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                refresh_per_second=2,
            )
            self._bar.start()
            self._task = self._bar.add_task(self.label, total=self.total, rate="")
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def expect(self, more: int) -> None:
        """Add runs to the total: a round more."""
        self.total += more
        if self._bar is not None:
            self._bar.update(self._task, total=self.total)

    def add(self, done: int, failed: int) -> None:
        """Count finished and failed runs."""
        self.done += done
        self.failed += failed
        now = time.monotonic()
        finished = self.done + self.failed
        rate = finished / max(now - self._began, 1e-9)
        if self._bar is not None:
            text = f"{rate:.1f}/s" + (f", {self.failed} failed" if self.failed else "")
            self._bar.update(self._task, completed=finished, rate=text)
        elif now - self._spoke >= 5.0 or finished == self.total:
            self._spoke = now
            left = (self.total - finished) / rate
            failed_text = f", {self.failed} failed" if self.failed else ""
            line = f"{self.label}: {finished} of {self.total} runs, {rate:.1f}/s, {left:.0f} s left{failed_text}"
            logging.getLogger("caremarket").info(line)


def print_summary(title: str, summary: Mapping[str, float | None], first_year: Mapping[str, float]) -> None:
    """Print a run's measures in groups: after the first year where known, and at the end."""
    table = Table(title=title, title_justify="left", header_style="bold")
    table.add_column("")
    table.add_column("after year 1", justify="right")
    table.add_column("at the end", justify="right")
    known = {name for names in GROUPS.values() for name in names}
    others = tuple(name for name in summary if name not in known)
    for group, names in {**GROUPS, "Other": others}.items():
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

    Points are columns while they fit, else rows of a few measures would not: beyond four, one block a point.
    """
    shown = points[:POINTS_SHOWN]
    if len(shown) <= 4:
        table = Table(title=title, title_justify="left", header_style="bold")
        table.add_column("")
        for label, _ in shown:
            table.add_column(label, justify="right")
        for name in HEADLINES:
            table.add_row(readable(name), *(with_half_width(name, found.get(name)) for _, found in shown))
    else:
        names = HEADLINES[:2] + HEADLINES[2:4] + HEADLINES[9:11]
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
    """Say where the results are and how to look further."""
    console = out()
    lines = [f"Results: {folder}"]
    lines.append(f'Query:   duckdb -c "{query}"')
    lines.append("Browse:  caremarket ui" + ("" if root == "outputs" else f" output_root={root}"))
    console.print("\n".join(lines), soft_wrap=True, markup=False)
