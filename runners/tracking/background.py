"""An MLflow store that is opened in a thread while the runner starts: importing MLflow takes seconds."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from caremarket.experiments.configuration.request import Request
from caremarket.runners.tracking.folders import get_ready, track
from caremarket.runners.tracking.mlflow_store import Store, open_store


class BackgroundTracker:
    """Opens the MLflow store in a thread, and logs a sweep there.

    Attributes:
        seconds: time the sweep itself spent on tracking.
        aside: time spent in the thread, while Ray started.
        waited: the part of it for which the sweep waited before its first run.
    """

    def __init__(self, request: Request, root: Path) -> None:
        self.seconds = 0.0
        self.aside = 0.0
        self.waited = 0.0
        self._uri = request.tracking.uri
        self._name = request.name
        self._root = root
        self._store: Future[Store] | None = None
        if request.tracking.kind == "mlflow":
            pool = ThreadPoolExecutor(1, thread_name_prefix="mlflow")
            self._store = pool.submit(self._open)
            pool.shutdown(wait=False)

    def _open(self) -> Store:
        began = time.monotonic()
        try:
            store = open_store(self._uri, self._root)
            get_ready(store, self._name)
            return store
        finally:
            self.aside = time.monotonic() - began

    def wait(self) -> None:
        """Wait until the store is open or has failed to open, so that this takes no time from the runs."""
        if self._store is not None:
            began = time.monotonic()
            self._store.exception()
            self.waited = time.monotonic() - began

    def track(self, folder: Path) -> None:
        """Bring the store up to date with the sweep's folder."""
        if self._store is not None:
            began = time.monotonic()
            track(folder, self._uri, self._store.result)
            self.seconds += time.monotonic() - began
