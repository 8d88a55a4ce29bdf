"""MLflow: from a finished folder of results to runs in a store.

Tracking reads what is on disk, so a store that cannot be reached costs no more than a later
``caremarket sync``. A folder whose results are in the store already is left alone; if its results have
changed since, its runs there are replaced.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit
from urllib.request import url2pathname

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from experiments.measures import HEADLINES, readable, with_half_width
from experiments.statistics import Estimate, estimate, student_t
from market.errors import CaremarketError
from runners.storage import alone, json_bytes, write_file

if TYPE_CHECKING:
    from mlflow import MlflowClient

log = logging.getLogger("caremarket")

PENDING, DONE, OFF = "pending", "done", "off"
BATCH_ENTITIES, BATCH_PARAMS = 1000, 100
"""Most entries of all kinds, and most params, that MLflow takes in one request."""
NOT_MEASURES = frozenset({"run", "point", "replicate", "seed", "label"})
NOTE = "mlflow.note.content"
"""The tag that MLflow's page shows as a description, in Markdown."""
VIEW = "caremarket"
"""Key of the view of an experiment that :func:`view_path` opens: levers and headline measures as columns."""
VIEW_LEVERS = 12
VIEW_MEASURES = (
    "hhi_direct",
    "hhi_delivered",
    "sme_value_share_direct",
    "sme_value_share_delivered",
    "outcome_index",
    "public_cost_pence",
)
NOTE_POINTS = 12
EXPERIMENT_TAGS = {
    # Runs with params and metrics, not traces of language models.
    "mlflow.experimentKind": "custom_model_development",
    NOTE: (
        "A sweep is a run with a run for each design point beneath it: its levers are params, its outcomes metrics. "
        "A metric named like a measure is the mean over replicates; `_sd` is the standard deviation and "
        "`_half_width` half the 95% interval of the mean. Money is in pence, shares are in [0, 1], concentration "
        "(HHI) is on 0 to 10,000. Kinds of run are tagged `kind`: sweep, point or run."
    ),
}


class StoreUnreachableError(CaremarketError):
    """The MLflow store did not answer."""


def default_uri(output_root: Path) -> str:
    """The SQLite store of an output folder."""
    return f"sqlite:///{(output_root / 'mlflow.db').resolve()}"


def without_password(uri: str) -> str:
    """The address with any password in it hidden, fit to be written to files."""
    parts = urlsplit(uri)
    if parts.password is None:
        return uri
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{parts.username or ''}:***@{host}"))


@dataclass(frozen=True, slots=True)
class Store:
    """An open MLflow store.

    Attributes:
        client: MLflow's client on it.
        artifacts: where artifacts of new experiments go, as a URI; None leaves it to the server.
    """

    client: MlflowClient
    artifacts: str | None

    def experiment(self, name: str) -> str:
        """The id of the experiment called ``name``, made or brought back from the bin if need be."""
        found = self.client.get_experiment_by_name(name)
        if found is None:
            location = None if self.artifacts is None else f"{self.artifacts}/{name}"
            made = self.client.create_experiment(name, artifact_location=location, tags=EXPERIMENT_TAGS)
            return str(made)
        if found.lifecycle_stage == "deleted":
            self.client.restore_experiment(found.experiment_id)
        return str(found.experiment_id)


@dataclass(frozen=True, slots=True)
class Entry:
    """A run in the store, and the address of its artifacts."""

    id: str
    artifacts: str


def open_store(uri: str | None, output_root: Path) -> Store:
    """Open a store, making the default one if it is not there.

    Args:
        uri: MLflow tracking address; None for the SQLite file under ``output_root``.
        output_root: where the default store and its artifacts are.

    Raises:
        StoreUnreachableError: it does not answer, or is no MLflow store.
    """
    # A server that is down should cost seconds, not the minutes of MLflow's patience.
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
    os.environ.setdefault("MLFLOW_SQLALCHEMYSTORE_MAX_RETRIES", "1")
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)
    address = uri or default_uri(output_root)
    try:
        from mlflow import MlflowClient

        # MLflow sets its own loggers up when it is imported.
        for name in ("mlflow", "alembic"):
            logging.getLogger(name).setLevel(logging.ERROR)
        if uri is None:
            output_root.mkdir(parents=True, exist_ok=True)
        # MLflow makes a new store's tables on first use and does not mind who else is at it.
        with alone(output_root / ".mlflow.lock") if uri is None else nullcontext():
            client = MlflowClient(address)
            client.search_experiments(max_results=1)
    except Exception as error:
        raise StoreUnreachableError(f"{without_password(address)}: {_brief(error)}") from error
    remote = address.startswith(("http://", "https://", "databricks"))
    artifacts = None if remote else (output_root / "mlartifacts").resolve().as_uri()
    return Store(client, artifacts)


def get_ready(store: Store, name: str) -> None:
    """Do what the first tracking in a process would otherwise spend time on."""
    store.client.search_runs([store.experiment(name)], "tags.kind = 'sweep'", max_results=1)
    student_t(1)


def track(folder: Path, uri: str | None, opened: Callable[[], Store]) -> bool:
    """Bring the store up to date with a folder of results, and note the outcome in its manifest.

    Args:
        folder: a run's or a sweep's folder.
        uri: address of the store as asked for; None for the default one.
        opened: gives the open store, or raises :class:`StoreUnreachableError`.

    Returns:
        Whether the store is up to date. If not, one warning was logged and the manifest says ``pending``.
    """
    manifest = json.loads((folder / "manifest.json").read_bytes())
    shown = None if uri is None else without_password(uri)
    try:
        run_id = _log_folder(opened(), folder, manifest)
    except Exception as error:
        reason = str(error) if isinstance(error, StoreUnreachableError) else _brief(error)
        log.warning("MLflow out of reach (%s); results are kept, `caremarket sync` tries again", reason)
        _note(folder, manifest, {"status": PENDING, "uri": shown})
        return False
    _note(folder, manifest, {"status": DONE, "uri": shown, "run_id": run_id})
    return True


def pending(output_root: Path) -> list[Path]:
    """Folders whose results still have to go to MLflow."""
    found = []
    for path in sorted(output_root.glob("*/*/manifest.json")):
        try:
            manifest = json.loads(path.read_bytes())
        except (OSError, ValueError):
            continue
        complete = manifest.get("status") in {"done", "incomplete"}
        if complete and manifest.get("tracking", {}).get("status") == PENDING:
            found.append(path.parent)
    return found


def _note(folder: Path, manifest: dict[str, Any], tracking: dict[str, Any]) -> None:
    write_file(folder / "manifest.json", json_bytes({**manifest, "tracking": tracking}))


def _log_folder(store: Store, folder: Path, manifest: Mapping[str, Any]) -> str:
    """Log a folder unless it is there already; returns the id of its (parent) run."""
    results = _results_digest(folder, manifest["kind"])
    experiment = store.experiment(manifest["name"])
    for run in _runs_of(store, experiment, manifest["config_hash"]):
        if run.data.tags.get("results") == results and run.info.status == "FINISHED":
            return str(run.info.run_id)
        for child in _children_of(store, experiment, run.info.run_id):
            store.client.delete_run(child.info.run_id)
        store.client.delete_run(run.info.run_id)
    tags = {**_tags(manifest), "results": results}
    if manifest["kind"] == "run":
        return _log_run(store, experiment, folder, manifest, tags)
    return _log_sweep(store, experiment, folder, manifest, tags)


def _results_digest(folder: Path, kind: str) -> str:
    name = "summary.json" if kind == "run" else "runs.parquet"
    path = folder / name
    return sha256(path.read_bytes() if path.exists() else b"").hexdigest()


def _runs_of(store: Store, experiment: str, config_hash: str) -> list[Any]:
    query = f"tags.config_hash = '{config_hash}' and tags.kind != 'point'"
    return list(store.client.search_runs([experiment], query))


def _children_of(store: Store, experiment: str, parent: str) -> list[Any]:
    found: list[Any] = []
    token: str | None = None
    while True:
        page = store.client.search_runs(
            [experiment], f"tags.`mlflow.parentRunId` = '{parent}'", max_results=1000, page_token=token
        )
        found.extend(page)
        token = page.token
        if not token:
            return found


def _tags(manifest: Mapping[str, Any]) -> dict[str, str]:
    code = manifest["code"]
    commit = str(code.get("commit") or "")[:12] + ("+modified" if code.get("modified") else "")
    return {
        "kind": str(manifest["kind"]),
        "scenario": str(manifest["choices"].get("scenario") or manifest["choices"].get("market", "")),
        "market": str(manifest["choices"].get("market", "")),
        "policy": str(manifest["choices"].get("policy", "")),
        "code_version": f"{code.get('release')} {commit}".strip(),
        "code_source": str(code["source"])[:12],
        "seed": str(manifest["seed"]),
        "config_hash": str(manifest["config_hash"]),
        "mlflow.source.name": "caremarket",
        "mlflow.source.type": "LOCAL",
    }


def _log_run(store: Store, experiment: str, folder: Path, manifest: Mapping[str, Any], tags: dict[str, str]) -> str:
    """One run: its levers as params, its summary as metrics, its yearly national series stepped by year."""
    summary: dict[str, float | None] = json.loads((folder / "summary.json").read_bytes())
    now = _now()
    title = f"{manifest['name']} seed={manifest['seed']}"
    note = (
        f"One run of {manifest['params']['horizon_years']:g} years. Metrics are national figures: a value a year "
        f"by step, the last at the end.\n\n{_outcomes([(title, _single(summary))])}"
    )
    entry = _create(store, experiment, title, {**tags, NOTE: note})
    series = list(yearly_series(folder / "yearly.parquet"))
    stepped = {name for name, _, _ in series}
    last = max((year for _, year, _ in series), default=0)
    metrics = [(name, value, year) for name, year, value in series]
    # The figures at the end come last, so that they are what MLflow shows as the run's value.
    metrics += [
        (name, float(value), last + 1 if name in stepped else 0)
        for name, value in summary.items()
        if value is not None and not _is_last(series, name, last, value)
    ]
    _log(store, entry.id, metrics, manifest["params"], now)
    _keep(store, entry, {name: (folder / name).read_bytes() for name in ("config.yaml", "summary.json")})
    store.client.set_terminated(entry.id)
    _set_view(store, experiment, [])
    return entry.id


def _is_last(series: Sequence[tuple[str, int, float]], name: str, last: int, value: float) -> bool:
    return any(n == name and year == last and found == value for n, year, found in series)


def yearly_series(path: Path) -> Iterable[tuple[str, int, float]]:
    """The national measures of a run's ``yearly`` table as (name, year, value), leaving out absent ones."""
    if not path.exists():
        return []
    columns = ["year", "dimension", "measure", "value"]
    table = pq.read_table(path, columns=columns, filters=[("dimension", "=", "nation")])
    return [
        (str(row["measure"]), round(row["year"]), float(row["value"]))
        for row in table.to_pylist()
        if row["value"] is not None
    ]


def _log_sweep(store: Store, experiment: str, folder: Path, manifest: Mapping[str, Any], tags: dict[str, str]) -> str:
    """A parent run for the sweep, and a child for each design point."""
    counts = manifest["runs"]
    points = manifest["points"]
    replicates = manifest["replicates"]
    levers = list(dict.fromkeys(key for point in points for key in point["levers"]))
    if "policy" in levers:
        tags = {**tags, "policy": "varied"}
    path = folder / "runs.parquet"
    table = pq.read_table(path) if path.exists() else None
    found = [] if table is None else [point_estimates(_rows_of(table, n)) for n in range(len(points))]
    named = list(zip([p["label"] for p in points], found, strict=False))
    count = f"{len(points)} point{'s' if len(points) != 1 else ''}"
    note = (
        f"{count} × {replicates} replicates, seed {manifest['seed']}; varied: {', '.join(levers) or 'nothing'}. "
        f"{counts['done']} runs done, {counts['failed']} failed.\n\n{_outcomes(named)}"
    )
    title = f"{manifest['name']}: {count} × {replicates} ({manifest['id'][:6]})"
    parent = _create(store, experiment, title, {**tags, NOTE: note})
    numbers = [(f"runs_{name}", float(counts[name]), 0) for name in ("done", "failed")]
    _log(store, parent.id, numbers, {**manifest["params"], "points": len(points), "replicates": replicates}, _now())
    names = ["config.yaml", "design.parquet", *(("failures.parquet",) if counts["failed"] else ())]
    names += [name for name in ("comparison.parquet", "report.html") if (folder / name).exists()]
    _keep(store, parent, {name: (folder / name).read_bytes() for name in names})
    # MLflow lists the latest first: the first point is made last.
    for position, (point, estimates) in reversed(list(enumerate(zip(points, found, strict=False)))):
        own = {"kind": "point", "config_hash": point["config_hash"], "mlflow.parentRunId": parent.id}
        own["policy"] = str(point["levers"].get("policy", manifest["choices"].get("policy", "")))
        own[NOTE] = (
            f"Point {position + 1} of {len(points)}, {replicates} replicates.\n\n"
            f"{_outcomes([(point['label'], estimates)])}"
        )
        entry = _create(store, experiment, point["label"], {**tags, **own})
        _log(store, entry.id, point_metrics(estimates), {**point.get("params", {}), **point["levers"]}, _now())
        if table is not None:
            sink = pa.BufferOutputStream()
            pa_csv.write_csv(_rows_of(table, position), sink)
            _keep(store, entry, {"replicates.csv": sink.getvalue().to_pybytes()})
        store.client.set_terminated(entry.id)
    store.client.set_terminated(parent.id)
    _set_view(store, experiment, levers)
    return parent.id


def _set_view(store: Store, experiment: str, levers: Sequence[str]) -> None:
    """Save a view of the experiment's runs with levers and headline measures as columns.

    It is stored the way MLflow's page stores the views that its users share.
    """
    columns = [f"params.`{key}`" for key in levers[:VIEW_LEVERS] or ("policy.form",)]
    columns += [f"metrics.`{name}`" for name in VIEW_MEASURES]
    state = {
        "searchFilter": "",
        "orderByKey": "attributes.start_time",
        "orderByAsc": False,
        "startTime": "ALL",
        "lifecycleFilter": "Active",
        "datasetsFilter": [],
        "modelVersionFilter": "All Runs",
        "selectedColumns": columns,
        "columnOrder": columns,
    }
    store.client.set_experiment_tag(experiment, f"mlflow.sharedViewState.{VIEW}", json.dumps(state))


def view_path(experiment: str) -> str:
    """Path and query, on MLflow's page, of an experiment's runs in the view made for it."""
    return f"/#/experiments/{experiment}/runs?viewStateShareKey={VIEW}&workflowType=machine_learning"


def _outcomes(points: Sequence[tuple[str, Mapping[str, Estimate]]]) -> str:
    """A Markdown table of the headline measures, a column a point; the first few points only."""
    shown = [(label, found) for label, found in points if found][:NOTE_POINTS]
    if not shown:
        return ""
    lines = [
        "| | " + " | ".join(label.replace("|", "/") for label, _ in shown) + " |",
        "|---|" + "---:|" * len(shown),
    ]
    for name in HEADLINES:
        cells = " | ".join(with_half_width(name, found.get(name)) for _, found in shown)
        lines.append(f"| {readable(name)} | {cells} |")
    more = len(points) - len(shown)
    return "\n".join(lines) + (f"\n\n{more} more points are listed below this run." if more > 0 else "")


def _single(summary: Mapping[str, float | None]) -> dict[str, Estimate]:
    return {k: Estimate(1, float(v), None, None) for k, v in summary.items() if v is not None}


def _rows_of(table: pa.Table, point: int) -> pa.Table:
    # Rows are ordered by point: two searches instead of a scan.
    column = table.column("point").to_numpy()
    first, end = (int(column.searchsorted(point, side)) for side in ("left", "right"))
    return table.slice(first, end - first)


def point_estimates(rows: pa.Table) -> dict[str, Estimate]:
    """Each measure of a point over its replicates, leaving out those that were never measured."""
    found = {"replicates": Estimate(rows.num_rows, float(rows.num_rows), None, None)}
    for name in measure_columns(rows.schema):
        measured = estimate(rows.column(name).to_pylist())
        if measured is not None:
            found[name] = measured
    return found


def point_metrics(estimates: Mapping[str, Estimate]) -> list[tuple[str, float, int]]:
    """``<measure>`` (mean), ``<measure>_sd``, ``<measure>_half_width`` over replicates, at step 0."""
    metrics = []
    for name, found in estimates.items():
        metrics.append((name, found.mean, 0))
        if found.sd is not None and found.half_width is not None:
            metrics.append((f"{name}_sd", found.sd, 0))
            metrics.append((f"{name}_half_width", found.half_width, 0))
    return metrics


def measure_columns(schema: pa.Schema) -> list[str]:
    """The columns of ``runs`` that are measures: not the run's identity, nor levers with dotted names."""
    return [
        field.name
        for field in schema
        if pa.types.is_float64(field.type) and field.name not in NOT_MEASURES and "." not in field.name
    ]


def _create(store: Store, experiment: str, name: str, tags: Mapping[str, str]) -> Entry:
    run = store.client.create_run(experiment, tags=dict(tags), run_name=name)
    return Entry(str(run.info.run_id), str(run.info.artifact_uri or ""))


def _log(
    store: Store,
    run_id: str,
    metrics: Sequence[tuple[str, float, int]],
    params: Mapping[str, Any],
    timestamp: int,
) -> None:
    from mlflow.entities import Metric, Param

    given = [Param(str(k), _param(v)) for k, v in params.items()]
    found = [Metric(k, v, timestamp, step) for k, v, step in metrics]
    # As few requests as MLflow's limits allow: each is a transaction.
    while given or found:
        now, given = given[:BATCH_PARAMS], given[BATCH_PARAMS:]
        room = BATCH_ENTITIES - len(now)
        store.client.log_batch(run_id, metrics=found[:room], params=now)
        found = found[room:]


def _keep(store: Store, entry: Entry, files: Mapping[str, bytes]) -> None:
    """Keep files as a run's artifacts."""
    place = urlsplit(entry.artifacts)
    if place.scheme == "file":  # what MLflow does, without looking the run up for each file
        folder = Path(url2pathname(place.path))
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            write_file(folder / name, content, durable=False)
        return
    with tempfile.TemporaryDirectory() as scratch:
        for name, content in files.items():
            (Path(scratch) / name).write_bytes(content)
        store.client.log_artifacts(entry.id, scratch)


def _param(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "null" if value is None else str(value)


def _now() -> int:
    return int(time.time() * 1000)


def _brief(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__)[:200]
