"""``caremarket sweep``: a designed experiment over many runs, which can be interrupted and continued."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from caremarket.agents.records.measures import headline_names
from caremarket.experiments.analysis.statistics import Estimate, estimate
from caremarket.experiments.design.plan import Design
from caremarket.market.errors import ConfigurationError
from caremarket.runners.commands.exit_status import DONE, SOME_FAILED
from caremarket.runners.commands.printed_tables import print_points, print_where
from caremarket.runners.compose.composition import composed, group_choices, groups, parse, recomposer
from caremarket.runners.compose.overrides import override_keys, split_lists
from caremarket.runners.storage.batches import Failure
from caremarket.runners.studies.sweep import run_sweep
from caremarket.runners.studies.sweep_request import SweepPlan, plan_sweep

log = logging.getLogger("caremarket")

FAILURES_SHOWN = 10


def sweep(arguments: Sequence[str]) -> int:
    """Run the command with these arguments; returns the exit status.

    Raises:
        ConfigurationError: the request is wrong; nothing has been run or written.
    """
    _, failed = make_sweep(arguments)
    return SOME_FAILED if failed else DONE


def make_sweep(arguments: Sequence[str], quiet: bool = False) -> tuple[SweepPlan, int]:
    """Make the runs of a sweep that are missing.

    Args:
        arguments: Hydra's options and overrides; lists of values make a grid.
        quiet: print no table.

    Returns:
        The plan, and the number of runs that failed.

    Raises:
        ConfigurationError: the request is wrong; nothing has been run or written.
        KeyboardInterrupt: SIGINT or SIGTERM arrived; finished runs are kept.
        StorageError: there is no room for results; finished runs are kept.
    """
    args = parse(arguments)
    if args.multirun:
        raise ConfigurationError("--multirun", "is for run; sweep takes lists of values by itself")
    args.overrides, lists = split_lists(args.overrides)
    fixed = override_keys(args.overrides)
    if "record" not in fixed:
        args.overrides.insert(0, "record=yearly")
    found: list[tuple[SweepPlan, int]] = []

    def task(config: dict[str, Any]) -> None:
        plan = plan_sweep(config, lists, fixed, recomposer(args), groups() & frozenset(group_choices()))
        failures, rounds = run_sweep(plan)
        if not quiet:
            _report(plan, failures)
            rounds.report()
        found.append((plan, len(failures)))

    composed(args, task)
    # Where a configuration is only to be shown, ``composed`` has raised SystemExit already.
    return found[0]


def _report(plan: SweepPlan, failures: Sequence[Failure]) -> None:
    path = plan.folder / "runs.parquet"
    if path.exists():
        count = f"{'' if plan.design.stopping is None else 'up to '}{plan.design.replicates} replicates"
        title = f"{plan.request.name}: mean of {count} ± half the 95% interval"
        print_points(title, _estimates(path, plan.design))
    question = f"SELECT label, avg(hhi_delivered) FROM '{path}' GROUP BY label"
    print_where(plan.folder, question, plan.request.output_root)
    if failures:
        log.error("%d runs failed; the same command tries them again:", len(failures))
        for failure in sorted(failures, key=lambda f: f.spec.run)[:FAILURES_SHOWN]:
            spec = failure.spec
            where = f"{plan.design.points[spec.point].label}, replicate {spec.replicate}, seed {spec.seed}"
            log.error("  %s: %s", where, failure.reason)
        if len(failures) > FAILURES_SHOWN:
            log.error("  ... all are in %s", plan.folder / "failures.parquet")


def _estimates(path: Path, design: Design) -> list[tuple[str, dict[str, Estimate]]]:
    """The headline measures of each point over its replicates."""
    names = [name for name in headline_names() if name in pq.read_schema(path).names]
    table = pq.read_table(path, columns=["point", *names]).to_pydict()
    rows: dict[int, list[int]] = {}
    for row, point in enumerate(table["point"]):
        rows.setdefault(point, []).append(row)
    found = []
    for point in design.points:
        mine = rows.get(point.index, [])
        estimates = {name: estimate(table[name][row] for row in mine) for name in names}
        found.append((point.label, {k: v for k, v in estimates.items() if v is not None}))
    return found
