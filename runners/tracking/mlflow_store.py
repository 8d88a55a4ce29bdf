"""An open MLflow store: experiments, runs and artifacts, in as few requests as MLflow allows."""

from __future__ import annotations

import logging
import os
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from caremarket.market.errors import CaremarketError
from caremarket.runners.storage.atomic_files import alone, write_file
from caremarket.runners.storage.manifest import without_password

if TYPE_CHECKING:
    from mlflow import MlflowClient


BATCH_ENTITIES, BATCH_PARAMS = 1000, 100
"""Greatest number of entries of all kinds, and of params, that MLflow takes in one request."""
PAGE = 1000
"""Number of runs requested at a time."""
PATIENCE = {
    # Give up on a server that is down after seconds; MLflow's defaults take minutes.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_SQLALCHEMYSTORE_MAX_RETRIES": "1",
    # Do not request and print an address for each run that ends.
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}

DATABASE = "mlflow.db"
"""The default store: SQLite, in the output folder."""
Metric = tuple[str, float, int]
"""Name, value, step."""


class StoreUnreachableError(CaremarketError):
    """The MLflow store did not answer."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A run in the store, and the address of its artifacts."""

    id: str
    artifacts: str

    @classmethod
    def of(cls, run: Any) -> Entry:
        """The entry of an MLflow run."""
        return cls(str(run.info.run_id), str(run.info.artifact_uri or ""))


@dataclass(frozen=True, slots=True)
class Store:
    """An open MLflow store.

    Attributes:
        client: MLflow's client on it.
        uri: its address.
        artifacts: where artifacts of new experiments go, as a URI; None leaves it to the server.
    """

    client: MlflowClient
    uri: str
    artifacts: str | None

    def experiment(self, name: str, tags: Mapping[str, str] | None = None) -> str:
        """The id of the experiment called ``name``, created or restored from the bin if necessary."""
        from mlflow.exceptions import MlflowException

        found = self.client.get_experiment_by_name(name)
        if found is None:
            location = None if self.artifacts is None else f"{self.artifacts}/{name}"
            try:
                return str(self.client.create_experiment(name, artifact_location=location, tags=dict(tags or {})))
            except MlflowException as error:
                if error.error_code != "RESOURCE_ALREADY_EXISTS":
                    raise
            # Another command has created it in the meantime.
            found = self.client.get_experiment_by_name(name)
            assert found is not None
        if found.lifecycle_stage == "deleted":
            self.client.restore_experiment(found.experiment_id)
        return str(found.experiment_id)

    def runs(self, experiment: str, query: str) -> Iterator[Any]:
        """The runs of an experiment that match a query in MLflow's language, without those in the bin."""
        token: str | None = None
        while True:
            page = self.client.search_runs([experiment], query, max_results=PAGE, page_token=token)
            yield from page
            token = page.token
            if not token:
                return

    def children(self, experiment: str, parent: str) -> list[Any]:
        """The children of a run."""
        return list(self.runs(experiment, f"tags.`mlflow.parentRunId` = '{parent}'"))

    def remove(self, experiment: str, run_id: str) -> None:
        """Move a run and its children to MLflow's bin, the run last, so that a kill leaves it to be removed again."""
        for child in self.children(experiment, run_id):
            self.client.delete_run(child.info.run_id)
        self.client.delete_run(run_id)

    def create(self, experiment: str, name: str, tags: Mapping[str, str], start: int) -> Entry:
        """A new run with its start time in milliseconds since 1970."""
        run = self.client.create_run(experiment, start_time=start, tags=dict(tags), run_name=name)
        return Entry.of(run)

    def log(self, run_id: str, metrics: Sequence[Metric], params: Mapping[str, Any], timestamp: int) -> None:
        """Log params and then metrics, in as few requests as MLflow's limits allow.

        The metrics of one request are stored all or none, so a run that has the last of ``metrics`` has them all.
        """
        from mlflow.entities import Metric, Param

        given = [Param(str(k), _param(v)) for k, v in params.items()]
        found = [Metric(k, v, timestamp, step) for k, v, step in metrics]
        while given or found:  # each request takes several transactions
            now, given = given[:BATCH_PARAMS], given[BATCH_PARAMS:]
            room = 0 if given else BATCH_ENTITIES - len(now)
            self.client.log_batch(run_id, metrics=found[:room], params=now)
            found = found[room:]

    def keep(self, entry: Entry, files: Mapping[str, bytes]) -> None:
        """Store files as a run's artifacts, replacing those of the same name."""
        if not files:
            return
        place = urlsplit(entry.artifacts)
        if place.scheme == "file":  # as MLflow does it, but without looking up the run for each file
            folder = Path(url2pathname(place.path))
            for name, content in files.items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                write_file(folder / name, content, durable=False)
            return
        with tempfile.TemporaryDirectory() as scratch:
            for name, content in files.items():
                path = Path(scratch) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            self.client.log_artifacts(entry.id, scratch)


def default_uri(output_root: Path) -> str:
    """The SQLite store of an output folder."""
    return f"sqlite:///{(output_root / DATABASE).resolve()}"


def _write_ahead(path: Path) -> None:
    """Switch SQLite to write-ahead logging: commits are shorter, and readers do not wait for writers.

    The setting is stored in the file. On file systems that do not support it, SQLite keeps its rollback journal.
    """
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode=WAL")


def is_server(uri: str) -> bool:
    """True if an address is that of a server, which stores artifacts itself."""
    return uri.startswith(("http://", "https://", "databricks"))


def open_store(uri: str | None, output_root: Path) -> Store:
    """Open a store; the default one is created if it does not exist.

    Args:
        uri: MLflow tracking address; None for the SQLite file under ``output_root``.
        output_root: where the default store and its artifacts are.

    Raises:
        StoreUnreachableError: it does not answer, or is no MLflow store.
    """
    address = uri or default_uri(output_root)
    try:
        # MLflow creates the tables of a new store on first use, without a lock.
        with alone(output_root / ".mlflow.lock") if uri is None else nullcontext():
            client = connect(address)
            if uri is None:
                _write_ahead(output_root / DATABASE)
    except Exception as error:
        raise StoreUnreachableError(f"{without_password(address)}: {first_line(error)}") from error
    return Store(client, address, None if is_server(address) else (output_root / "mlartifacts").resolve().as_uri())


def connect(uri: str) -> MlflowClient:
    """MLflow's client on a store that has answered one request; errors are MLflow's."""
    for name, value in PATIENCE.items():
        os.environ.setdefault(name, value)
    _quiet()
    from mlflow import MlflowClient

    _quiet()  # MLflow sets up its own loggers when it is imported
    client = MlflowClient(uri)
    client.search_experiments(max_results=1)
    return client


def first_line(error: BaseException) -> str:
    """The first line of an error's text, shortened to 200 characters."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__)[:200]


def _quiet() -> None:
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _param(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "null" if value is None else str(value)
