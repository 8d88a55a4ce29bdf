"""``caremarket run``: one run in this process."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from caremarket.agents.world.result import RunResult
from caremarket.experiments import extensions
from caremarket.experiments.configuration import Request, request_from_config, scenario_from_config
from caremarket.market.scenario import Scenario
from caremarket.runners.commands.printed_tables import print_summary, print_where
from caremarket.runners.compose.composition import group_choices
from caremarket.runners.storage.atomic_files import alone, write_folder
from caremarket.runners.storage.encodings import json_bytes, parquet_bytes, plain_table
from caremarket.runners.storage.identity import identifier, run_hash
from caremarket.runners.storage.manifest import OFF, PENDING, scenario_params, shown_config
from caremarket.runners.storage.output_folder import check_writable
from caremarket.runners.storage.provenance import code_version, package_versions
from caremarket.runners.tracking.base import open_store, track, without_password, yearly_series

log = logging.getLogger("caremarket")


@dataclass(frozen=True, slots=True)
class Made:
    """A run that was made and kept.

    Attributes:
        folder: where its results are.
        request: what was asked for beside the scenario.
        scenario: what was simulated.
        result: what came of it.
        seconds: time spent in ``simulate``.
    """

    folder: Path
    request: Request
    scenario: Scenario
    result: RunResult
    seconds: float


def run(config: Mapping[str, Any]) -> None:
    """Simulate what ``config`` asks for, keep and track the results, and print them.

    Raises:
        ConfigurationError: the request is wrong; nothing has been run or written.
    """
    show(make(config))


def check(config: Mapping[str, Any]) -> None:
    """Check everything about a request for a run without running or writing anything.

    Raises:
        ConfigurationError: the request is wrong.
    """
    request = request_from_config(config)
    scenario_from_config(config)
    check_writable(request.output_root)


def make(config: Mapping[str, Any]) -> Made:
    """Simulate what ``config`` asks for, keep and track the results.

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
    manifest = _manifest(request, scenario, result, config_hash, seconds)
    write_folder(folder, _files(config, result, manifest))
    if request.tracking.kind == "mlflow":
        uri = request.tracking.uri
        # One at a time: other jobs of a multirun may be making the same store, experiment or run.
        with alone(root / ".tracking.lock"):
            track(folder, uri, lambda: open_store(uri, root))
    return Made(folder, request, scenario, result, seconds)


def show(made: Made) -> None:
    """Print a run's measures and where its results are."""
    request, scenario = made.request, made.scenario
    series = {name: value for name, year, value in yearly_series(made.folder / "yearly.parquet") if year == 1}
    source = scenario.market.source
    what = request.name if source == "synthetic" else f"{request.name} (market={source})"
    years = f"{scenario.horizon_years:g} year{'' if scenario.horizon_years == 1 else 's'}"
    title = f"{what}: {years}, seed {request.seed}, {made.seconds:.1f} s"
    print_summary(title, made.result.summary, series)
    print_where(made.folder, query(made.folder), request.output_root)


def query(folder: Path) -> str:
    """A first question to ask DuckDB about a run."""
    if (folder / "yearly.parquet").exists():
        measure = "year, value FROM '{}' WHERE dimension = 'nation' AND measure = 'hhi_delivered'"
        return "SELECT " + measure.format(folder / "yearly.parquet")
    return f"SELECT * FROM '{folder / 'summary.json'}'"


def _files(config: Mapping[str, Any], result: RunResult, manifest: Mapping[str, Any]) -> dict[str, bytes]:
    tables: dict[str, pa.Table] = result.tables
    return {
        "config.yaml": shown_config(config),
        "summary.json": json_bytes(result.summary),
        **{f"{name}.parquet": parquet_bytes(plain_table(table)) for name, table in tables.items()},
        "manifest.json": json_bytes(manifest),
    }


def _manifest(
    request: Request, scenario: Scenario, result: RunResult, config_hash: str, seconds: float
) -> dict[str, Any]:
    tracked = request.tracking.kind != "none"
    uri = request.tracking.uri
    return {
        "kind": "run",
        "status": "done",
        "name": request.name,
        "id": identifier(config_hash),
        "config_hash": config_hash,
        "seed": request.seed,
        "choices": group_choices(),
        "params": scenario_params(scenario),
        "code": code_version(),
        **extensions.identity(),
        "packages": package_versions(),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "simulate_seconds": round(seconds, 3),
        "rows": {name: table.num_rows for name, table in result.tables.items()},
        "notes": list(result.notes),
        "figures": tracked and request.tracking.figures,
        "tracking": {
            "status": PENDING if tracked else OFF,
            "uri": None if uri is None else without_password(uri),
        },
    }
