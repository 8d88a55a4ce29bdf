"""``caremarket ui``: serves MLflow's page on the store of an output folder."""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import NoReturn

from caremarket.market.errors import ConfigurationError
from caremarket.runners.commands.arguments import key_values
from caremarket.runners.console import out
from caremarket.runners.storage.manifest import without_password
from caremarket.runners.tracking.mlflow_pages import VIEW, view_path
from caremarket.runners.tracking.mlflow_store import DATABASE, default_uri


def ui(arguments: list[str]) -> int:
    """Serve MLflow's page on this machine until interrupted; returns only if there is nothing to serve."""
    given = key_values(arguments, {"port": "5000", "output_root": "outputs", "tracking.uri": None})
    port = str(given["port"])
    if not port.isdigit() or not 1 <= int(port) <= 65535:
        raise ConfigurationError("port", f"{port!r} must be a whole number from 1 to 65535")
    root = Path(str(given["output_root"]))
    uri = given["tracking.uri"]
    if uri is not None and uri.startswith(("http://", "https://")):
        out().print(f"That store has a page of its own: {without_password(uri)}", markup=False, soft_wrap=True)
        return 0
    if uri is None and not (root / DATABASE).exists():
        raise ConfigurationError(
            "output_root",
            f"{str(root)!r} has no {DATABASE} yet; run or sweep something first, or name the folder",
        )
    address = f"http://127.0.0.1:{port}"
    out().print(f"MLflow on {address} in a minute (stop with Ctrl-C)", soft_wrap=True, markup=False)
    for name, identity in _experiments(root) if uri is None else ():
        out().print(f"  {name}: {address}{view_path(identity)}", soft_wrap=True, markup=False)
    sys.stdout.flush()
    return _serve(port, uri or default_uri(root), (root / "mlartifacts").resolve().as_uri())


def _serve(port: str, store: str, artifacts: str) -> NoReturn:
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", port, "--workers", "1"]
    command += ["--backend-store-uri", store, "--default-artifact-root", artifacts]
    command += ["--uvicorn-opts", "--log-level warning"]
    # Without MLflow's job queues, which start half a dozen more processes.
    os.environ.setdefault("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false")
    # The server replaces this process, so that stopping the command stops the server.
    os.execv(sys.executable, command)


def _experiments(root: Path) -> list[tuple[str, str]]:
    """Name and id of the experiments in the default store that caremarket tracked, latest first."""
    question = (
        "SELECT e.name, e.experiment_id FROM experiments e JOIN experiment_tags t USING (experiment_id) "
        "WHERE e.lifecycle_stage = 'active' AND t.key = ? ORDER BY e.last_update_time DESC LIMIT 10"
    )
    try:
        with closing(sqlite3.connect(f"{(root / DATABASE).resolve().as_uri()}?mode=ro", uri=True)) as store:
            return [(str(n), str(i)) for n, i in store.execute(question, (f"mlflow.sharedViewState.{VIEW}",))]
    except sqlite3.Error:
        return []
