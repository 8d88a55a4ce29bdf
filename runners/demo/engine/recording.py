"""Recorded runs: opening the folder of one, with clear errors for anything missing or corrupt."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from caremarket.agents.records.tables import SCHEMAS, to_table
from caremarket.market.errors import ConfigurationError

NEEDED = ("events", "organisations", "contracts", "subcontracts", "procurements", "bids")
"""Tables that the page cannot do without."""
USEFUL = ("yearly", "positions", "flows")
MOST_BYTES = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Recording:
    """A recorded run.

    Attributes:
        folder: its folder.
        title: its name and policy.
        seed: its seed; -1 if it is not recorded.
        horizon: its last month.
        tables: its tables, in the schemas of :mod:`caremarket.agents.records.tables`.
        event_times: months of the events, in increasing order.
    """

    folder: Path
    title: str
    seed: int
    horizon: float
    tables: Mapping[str, pa.Table]
    event_times: list[float]


def open_recording(folder: str | Path) -> Recording:
    """Open the folder of a run.

    Raises:
        ConfigurationError: the folder or a file is missing or corrupt.
    """
    if not str(folder).strip():
        raise ConfigurationError("recording", "is not given; name the folder of a run, such as outputs/local/0f3a...")
    path = Path(folder).expanduser()
    if not path.is_dir():
        what = "is a file" if path.exists() else "is not there"
        raise ConfigurationError(str(path), f"{what}; name the folder of a run, which holds events.parquet and others")
    if not (path / "events.parquet").exists() and not (path / "summary.json").exists():
        raise ConfigurationError(str(path), "holds no run: there is no events.parquet in it")
    tables = {name: _read(path, name) for name in NEEDED}
    tables |= {name: _read(path, name) for name in USEFUL if name in SCHEMAS and (path / f"{name}.parquet").exists()}
    tables |= {name: to_table(name, []) for name in USEFUL if name in SCHEMAS and name not in tables}
    _check_numbers(path, tables)
    told = _told(path)
    times: list[float] = tables["events"]["time"].to_numpy().tolist()
    if any(later < earlier for earlier, later in pairwise(times)):
        raise ConfigurationError(str(path / "events.parquet"), "is corrupt: its rows are not in order of time")
    last = max([times[-1] if times else 0.0, *tables["contracts"]["ended"].to_numpy().tolist()])
    horizon = told.get("horizon") or float(math.ceil(last))
    return Recording(path, told.get("title") or path.name, told.get("seed", -1), horizon, tables, times)


def recordings(root: str | Path, most: int = 50) -> list[Path]:
    """Folders of recorded runs under an output folder, the latest first."""
    found = [p.parent for p in Path(root).expanduser().glob("*/*/events.parquet")]
    return sorted(found, key=lambda folder: -_changed(folder))[:most]


def described(folder: Path) -> str:
    """A recorded run in a few words, from its manifest."""
    told = _told(folder)
    seed = f", seed {told['seed']}" if "seed" in told else ""
    return f"{told.get('title', folder.parent.name)}{seed} ({folder.parent.name}/{folder.name})"


def _changed(folder: Path) -> float:
    try:
        return (folder / "events.parquet").stat().st_mtime
    except OSError:
        return 0.0


def _read(folder: Path, name: str) -> pa.Table:
    """A table of the run, cast to its schema."""
    path = folder / f"{name}.parquet"
    if not path.exists():
        raise ConfigurationError(
            str(path), f"is missing; `caremarket run` keeps it unless record.{name}=false (sweeps keep yearly alone)"
        )
    if path.stat().st_size > MOST_BYTES:
        raise ConfigurationError(str(path), f"is larger than {MOST_BYTES / 1e9:g} GB, too large to show")
    try:
        found = pq.ParquetFile(path).read()
    except (OSError, pa.ArrowException, ValueError) as error:
        raise ConfigurationError(str(path), f"is corrupt: {_first_line(error)}") from None
    schema = SCHEMAS[name]
    missing = [field.name for field in schema if field.name not in found.column_names]
    if missing:
        raise ConfigurationError(str(path), f"has no column {missing[0]!r}; it is no {name} table of a run")
    try:
        return found.select(schema.names).cast(schema)
    except (pa.ArrowException, ValueError) as error:
        raise ConfigurationError(str(path), f"has a column of the wrong type: {_first_line(error)}") from None


def _check_numbers(folder: Path, tables: Mapping[str, pa.Table]) -> None:
    """Check that every organisation that a row names exists."""
    index = tables["organisations"]["index"].to_pylist()
    if index != list(range(len(index))):
        raise ConfigurationError(
            str(folder / "organisations.parquet"), "is corrupt: organisations must be numbered from 0 without a gap"
        )
    columns = (("events", "organisation"), ("events", "other"), ("contracts", "holder"), ("subcontracts", "supplier"))
    for name, column in (*columns, ("bids", "bidder"), ("procurements", "commissioner")):
        values: list[Any] = tables[name][column].to_pylist()
        if values and (None in values or not -1 <= min(values) <= max(values) < len(index)):
            raise ConfigurationError(
                str(folder / f"{name}.parquet"),
                f"does not belong here: its {column} numbers organisations that organisations.parquet does not have",
            )


def _told(folder: Path) -> dict[str, Any]:
    """Title, seed and horizon from the manifest, as far as it has them; empty if it cannot be read."""
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
        choices, params = manifest.get("choices") or {}, manifest.get("params") or {}
        found: dict[str, Any] = {"title": f"{manifest['name']}, {choices.get('policy') or params.get('policy.form')}"}
        if isinstance(manifest.get("seed"), int):
            found["seed"] = manifest["seed"]
        if isinstance(params.get("horizon_years"), int | float):
            found["horizon"] = float(params["horizon_years"]) * 12.0
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
    return found


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
