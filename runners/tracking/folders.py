"""Logging folders of results in MLflow, each exactly once.

Tracking reads finished files, so if a store cannot be reached, ``caremarket sync`` can log them later. A folder whose
results are in the store already is not logged again; if its results have changed since, its runs there are replaced.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from caremarket.experiments.analysis.statistics import student_t
from caremarket.runners.storage.atomic_files import alone, write_file
from caremarket.runners.storage.encodings import json_bytes
from caremarket.runners.storage.manifest import DONE, PENDING, without_password
from caremarket.runners.tracking.mlflow_pages import experiment_tags
from caremarket.runners.tracking.mlflow_store import Store, StoreUnreachableError, first_line
from caremarket.runners.tracking.single_run import log_run

log = logging.getLogger("caremarket")
LOCK = ".tracking.lock"
DIGESTED = {"run": "summary.json", "sweep": "runs.parquet", "search": "trials.parquet", "validation": "verdicts.json"}
"""Kind of folder -> the file whose digest shows whether results have changed."""


def get_ready(store: Store, name: str) -> None:
    """Import and compute in advance what the first tracking in a process needs."""
    import matplotlib.figure  # noqa: F401

    store.client.search_runs([store.experiment(name, experiment_tags())], "tags.kind = 'sweep'", max_results=1)
    student_t(1)


def track(folder: Path, uri: str | None, opened: Callable[[], Store]) -> bool:
    """Log a folder of results in the store, and record the outcome in its manifest.

    Args:
        folder: a run's, a sweep's, a search's or a validation's folder.
        uri: address of the store; None for the default one.
        opened: returns the open store, or raises :class:`StoreUnreachableError`.

    Returns:
        Whether the store has the results. If not, one warning was logged and the manifest says ``pending``.
    """
    shown = None if uri is None else without_password(uri)
    with alone(folder / LOCK) as lock:  # two commands at the same time would log it twice
        manifest = json.loads((folder / "manifest.json").read_bytes())
        try:
            run_id = _log_folder(opened(), folder, manifest, lock)
        except Exception as error:
            reason = str(error) if isinstance(error, StoreUnreachableError) else first_line(error)
            log.warning("MLflow out of reach (%s); results are kept, `caremarket sync` tries again", reason)
            _note(folder, manifest, {"status": PENDING, "uri": shown})
            return False
        _note(folder, manifest, {"status": DONE, "uri": shown, "run_id": run_id})
    return True


def attach(folder: Path, files: Mapping[str, bytes], opened: Callable[[], Store]) -> bool:
    """Add files, such as a report made later, to the artifacts of a tracked folder's run in the store.

    Returns:
        Whether they were added: not if the folder is not tracked, or (with a warning) the store cannot be reached.
    """
    tracking = json.loads((folder / "manifest.json").read_bytes()).get("tracking", {})
    if tracking.get("status") != DONE or "run_id" not in tracking:
        return False
    from caremarket.runners.tracking.mlflow_store import Entry

    try:
        store = opened()
        run = store.client.get_run(tracking["run_id"])
        store.keep(Entry.of(run), files)
    except Exception as error:
        log.warning("MLflow out of reach (%s); %s stays in %s alone", first_line(error), ", ".join(files), folder)
        return False
    return True


def pending(output_root: Path) -> list[Path]:
    """Folders whose results are not in MLflow yet."""
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


def _log_folder(store: Store, folder: Path, manifest: Mapping[str, Any], lock: int) -> str:
    """Log a folder unless it is in the store already; returns the id of its (parent) run.

    A parent run that a kill left unfinished is continued; runs of other results and duplicates are removed.
    """
    kind = manifest["kind"]
    results = results_digest(folder, kind)
    experiment = store.experiment(manifest["name"], experiment_tags())
    query = f"tags.config_hash = '{manifest['config_hash']}' and tags.kind = '{kind}'"
    same: list[Any] = []
    other: list[Any] = []
    for run in store.runs(experiment, query):
        (same if run.data.tags.get("results") == results else other).append(run)
    same.sort(key=lambda run: (run.info.status != "FINISHED", run.info.start_time, run.info.run_id))
    for run in [*other, *same[1:]]:
        store.remove(experiment, run.info.run_id)
    begun = same[0] if same else None
    if begun is not None and begun.info.status == "FINISHED":
        return str(begun.info.run_id)
    tags = {**_tags(manifest), "results": results}
    if kind == "run":
        if begun is not None:
            store.remove(experiment, begun.info.run_id)
        return log_run(store, experiment, folder, manifest, tags)
    if kind == "search":
        from caremarket.runners.tracking.search import log_search

        return log_search(store, experiment, folder, manifest, tags, begun)
    if kind == "validation":
        if begun is not None:
            store.remove(experiment, begun.info.run_id)
        from caremarket.runners.tracking.validation import log_validation

        return log_validation(store, experiment, folder, manifest, tags)
    from caremarket.runners.tracking.sweep import log_sweep

    return log_sweep(store, experiment, folder, manifest, tags, begun, lock)


def results_digest(folder: Path, kind: str) -> str:
    """SHA-256 of the file that shows whether results have changed; of no bytes if it does not exist."""
    path = folder / DIGESTED[kind]
    return sha256(path.read_bytes() if path.exists() else b"").hexdigest()


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
