"""``caremarket run``: one run in this process."""

from __future__ import annotations

import gc
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from caremarket.agents.world.result import RunResult
from caremarket.experiments.configuration.request import Request, request_from_config
from caremarket.experiments.configuration.scenarios import scenario_from_config
from caremarket.market.errors import ConfigurationError
from caremarket.market.scenario import Scenario
from caremarket.runners.commands.exit_status import DONE
from caremarket.runners.commands.printed_tables import print_summary, print_where
from caremarket.runners.compose.composition import composed, group_choices, parse
from caremarket.runners.storage.atomic_files import alone, write_folder
from caremarket.runners.storage.encodings import json_bytes, parquet_bytes, plain_table
from caremarket.runners.storage.identity import identifier, run_hash
from caremarket.runners.storage.manifest import new_manifest, scenario_params, shown_config
from caremarket.runners.storage.output_folder import check_writable
from caremarket.runners.tracking.folders import track
from caremarket.runners.tracking.mlflow_store import open_store
from caremarket.runners.tracking.single_run import yearly_series

log = logging.getLogger("caremarket")


def run(arguments: Sequence[str]) -> int:
    """Make a run, or the jobs of a multirun, and print them; returns the exit status.

    Raises:
        ConfigurationError: the request is wrong; nothing has been run or written.
    """
    args = parse(arguments)
    if args.multirun:
        composed(args, make_and_show, check)
        return DONE
    # A market is millions of objects. The process ends with the run, so collecting garbage would be wasted time.
    gc.disable()
    try:
        composed(args, make_and_show, check)
    finally:
        gc.freeze()
        gc.enable()
    return DONE


def make_run(arguments: Sequence[str]) -> FinishedRun:
    """Make one run without printing it.

    Raises:
        ConfigurationError: the request is wrong; nothing has been run or written.
    """
    args = parse(arguments)
    if args.multirun:
        raise ConfigurationError("--multirun", "is for the command line; call this once for each run")
    found: list[FinishedRun] = []
    composed(args, lambda config: found.append(make(config)))
    return found[0]


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A run that was made and written.

    Attributes:
        folder: folder of its results.
        request: entries of the configuration beside the scenario.
        scenario: the scenario.
        result: summary and tables.
        seconds: time spent in ``simulate``.
    """

    folder: Path
    request: Request
    scenario: Scenario
    result: RunResult
    seconds: float


def make_and_show(config: Mapping[str, Any]) -> None:
    """Simulate a composed configuration, write and track the results, and print them.

    Raises:
        ConfigurationError: the request is wrong; nothing has been run or written.
    """
    _show(make(config))


def check(config: Mapping[str, Any]) -> None:
    """Check everything about a request for a run without running or writing anything.

    Raises:
        ConfigurationError: the request is wrong.
    """
    request = request_from_config(config)
    scenario_from_config(config)
    check_writable(request.output_root)


def make(config: Mapping[str, Any]) -> FinishedRun:
    """Simulate a composed configuration, and write and track the results.

    Raises:
        ConfigurationError: the request is wrong; nothing has been run or written.
    """
    request = request_from_config(config)
    scenario = scenario_from_config(config)
    root = check_writable(request.output_root)
    from caremarket import agents

    began = time.monotonic()
    result = agents.simulate(scenario, request.seed)
    seconds = time.monotonic() - began
    for note in result.notes:
        log.info("%s", note)
    config_hash = run_hash(scenario, request.seed)
    folder = root / request.name / identifier(config_hash)
    tables = {f"{name}.parquet": parquet_bytes(plain_table(table)) for name, table in result.tables.items()}
    manifest = _manifest(request, scenario, result, config_hash, seconds)
    write_folder(
        folder,
        {
            "config.yaml": shown_config(config),
            "summary.json": json_bytes(result.summary),
            **tables,
            "manifest.json": json_bytes(manifest),
        },
    )
    if request.tracking.kind == "mlflow":
        uri = request.tracking.uri
        # One at a time: other jobs of a multirun may be creating the same store, experiment or run.
        with alone(root / ".tracking.lock"):
            track(folder, uri, lambda: open_store(uri, root))
    return FinishedRun(folder, request, scenario, result, seconds)


def _show(made: FinishedRun) -> None:
    """Print a run's measures and where its results are."""
    request, scenario = made.request, made.scenario
    series = {name: value for name, year, value in yearly_series(made.folder / "yearly.parquet") if year == 1}
    source = scenario.market.source
    what = request.name if source == "synthetic" else f"{request.name} (market={source})"
    years = f"{scenario.horizon_years:g} year{'' if scenario.horizon_years == 1 else 's'}"
    title = f"{what}: {years}, seed {request.seed}, {made.seconds:.1f} s"
    print_summary(title, made.result.summary, series)
    print_where(made.folder, _query(made.folder), request.output_root)


def _query(folder: Path) -> str:
    """A first DuckDB query on a run's results."""
    if (folder / "yearly.parquet").exists():
        measure = "year, value FROM '{}' WHERE dimension = 'nation' AND measure = 'hhi_delivered'"
        return "SELECT " + measure.format(folder / "yearly.parquet")
    return f"SELECT * FROM '{folder / 'summary.json'}'"


def _manifest(
    request: Request, scenario: Scenario, result: RunResult, config_hash: str, seconds: float
) -> dict[str, Any]:
    content = {
        "params": scenario_params(scenario),
        "simulate_seconds": round(seconds, 3),
        "rows": {name: table.num_rows for name, table in result.tables.items()},
        "notes": list(result.notes),
        "figures": request.tracking.kind != "none" and request.tracking.figures,
    }
    return new_manifest(
        request,
        kind="run",
        status="done",
        config_hash=config_hash,
        choices=group_choices(),
        content=content,
        time_key="finished",
    )
