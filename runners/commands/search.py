"""``caremarket search``: policies that optimise chosen measures."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any, Literal

import pyarrow as pa
from rich.table import Table

from caremarket.experiments.analysis.measures import formatted, readable
from caremarket.experiments.design.levers import LeverValue, shown
from caremarket.market.errors import ConfigurationError
from caremarket.runners.commands.exit_status import DONE, SOME_FAILED
from caremarket.runners.compose.composition import composed, group_choices, groups, parse, recomposer
from caremarket.runners.console import out
from caremarket.runners.studies.search import run_search, search_title
from caremarket.runners.studies.search_request import SearchPlan, plan_search

log = logging.getLogger("caremarket")

TRIALS_SHOWN = 20
FAILURES_SHOWN = 10


def search(arguments: Sequence[str]) -> int:
    """Run the command with these arguments; returns the exit status.

    Raises:
        ConfigurationError: the request is wrong; nothing has been run or written.
    """
    return SOME_FAILED if make_search(arguments) else DONE


def make_search(arguments: Sequence[str], then: Callable[[SearchPlan], None] | None = None) -> int:
    """Make the trials of a search that are missing, and print what was found.

    Args:
        arguments: Hydra's options and overrides.
        then: called with the finished search.

    Returns:
        Number of runs that failed.

    Raises:
        ConfigurationError: the request is wrong; nothing has been run or written.
        KeyboardInterrupt: SIGINT or SIGTERM arrived; finished runs are kept.
        StorageError: there is no room for results; finished runs are kept.
    """
    args = parse(arguments)
    if args.multirun:
        raise ConfigurationError("--multirun", "is for run; what a search may vary stands in search.levers")
    args.overrides.insert(0, "record=summary")
    found: list[int] = []

    def task(config: dict[str, Any]) -> None:
        plan = plan_search(config, recomposer(args), groups() & frozenset(group_choices()))
        table, failures = run_search(plan)
        _report(plan, table)
        for failure in failures[:FAILURES_SHOWN]:
            log.error("a run failed, and its trial with it: seed %d: %s", failure.spec.seed, failure.reason)
        found.append(len(failures))
        if then is not None:
            then(plan)

    composed(args, task)
    return found[0]


def _report(plan: SearchPlan, table: pa.Table) -> None:
    """Print the best trials, and where all are."""
    best = table.filter(table.column("best"))
    levers = list(plan.spec.levers)
    measures = list(dict.fromkeys([*plan.spec.objectives, *plan.spec.constraints]))
    first = next(iter(plan.spec.objectives))
    order: Literal["ascending", "descending"]
    order = "ascending" if plan.spec.objectives[first] == "minimize" else "descending"
    rows = best.sort_by([(first, order), ("trial", "ascending")]).to_pylist() if best.num_rows else []
    title = f"{search_title(plan)}: what nothing tried betters"
    view = Table(title=title, title_justify="left", header_style="bold")
    view.add_column("trial", justify="right")
    for name in measures:
        view.add_column(readable(name), justify="right", min_width=8)
    view.add_column("levers", overflow="fold")
    for row in rows[:TRIALS_SHOWN]:
        view.add_row(
            str(row["trial"]),
            *(formatted(m, row[m]) for m in measures),
            ", ".join(f"{key.rpartition('.')[2]}={_short(row[key])}" for key in levers),
        )
    console = out()
    console.print(view)
    failed = sum(1 for reason in table.column("reason").to_pylist() if reason)
    lines = [f"... and {len(rows) - TRIALS_SHOWN} more"] if len(rows) > TRIALS_SHOWN else []
    if failed:
        lines.append(f"{failed} of {table.num_rows} trials failed; `reason` in trials.parquet says why")
    lines.append(f"Results: {plan.folder}")
    lines.append(f"Query:   duckdb -c \"SELECT * FROM '{plan.folder / 'pareto.parquet'}'\"")
    console.print("\n".join(lines), soft_wrap=True, markup=False)


def _short(value: LeverValue) -> str:
    return f"{value:.3g}" if isinstance(value, float) else shown(value)
