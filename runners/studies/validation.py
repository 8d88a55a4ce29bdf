"""Carrying out a validation: its parts one after the other, and their results in one folder."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from caremarket.experiments.report.verdict_table import verdict_page
from caremarket.runners.compose.composition import group_choices
from caremarket.runners.execution.interruption import listen, room_needed, stops_cleanly, undisturbed
from caremarket.runners.storage.batches import Failure
from caremarket.runners.storage.encodings import parquet_bytes
from caremarket.runners.storage.manifest import new_manifest, shown_config
from caremarket.runners.storage.sweep_folder import SweepFolder
from caremarket.runners.studies.many_runs import start_over_if_code_changed, track_if_asked
from caremarket.runners.studies.validation_request import ValidationPlan
from caremarket.runners.validation import PARTS, Row, Workplace

VERDICTS = PARTS["hypotheses"].file


def run_validation(plan: ValidationPlan) -> tuple[dict[str, list[Row]], list[Failure]]:
    """Run and track the requested parts; returns the rows of each part, and the runs that failed.

    Raises:
        KeyboardInterrupt: SIGINT or SIGTERM arrived; finished runs are kept.
        StorageError: there is no room for results; finished runs are kept.
    """
    with stops_cleanly(), room_needed(plan.folder):
        return _carried_out(plan)


def _carried_out(plan: ValidationPlan) -> tuple[dict[str, list[Row]], list[Failure]]:
    _start_if_new(plan)
    store = SweepFolder(plan.folder)
    rows: dict[str, list[Row]] = {}
    failures: list[Failure] = []
    try:
        done: dict[str, Any] = start_over_if_code_changed(store).get("parts_done", {})
        store.write("config.yaml", shown_config(plan.config))
        store.write_json("manifest.json", _manifest(plan, done, "running"))
        for name, job in plan.jobs.items():
            began = time.monotonic()
            place = f"{name}/{job.identity}".rstrip("/")
            parts = None if plan.parts is None else f"{plan.parts}/{place}"
            found, failed = job.run(Workplace(plan.folder / place, parts, plan.runner))
            rows[name] = found
            failures += failed
            store.write_json(f"{PARTS[name].file}.json", found)
            store.write(f"{PARTS[name].file}.parquet", _table(found))
            seconds = done.get(name, {}).get("seconds", 0.0) + time.monotonic() - began
            done = {**done, name: {"seconds": round(seconds, 1), "failed": len(failed)}}
            store.write_json("manifest.json", _manifest(plan, done, "running"))
        _write_verdicts(plan, store, rows)
        store.write_json("manifest.json", _manifest(plan, done, "incomplete" if failures else "done"))
    finally:
        with undisturbed():
            plan.runner.close()
            store.close()
    track_if_asked(plan)
    return rows, failures


def _start_if_new(plan: ValidationPlan) -> None:
    """Start the runner before anything is written: a cluster that does not answer is a wrong request."""
    if not plan.folder.exists():
        plan.runner.start(plan.asked.scenarios)
        listen()  # Ray has installed a signal handler of its own


def _write_verdicts(plan: ValidationPlan, store: SweepFolder, rows: dict[str, list[Row]]) -> None:
    """Add to each verdict the share of points at which its sign holds, regardless of the order of the two parts."""
    verdicts = _rows(store, VERDICTS)
    if not verdicts:
        return
    shares = {row["id"]: row["share"] for row in _rows(store, PARTS["robustness"].file)}
    verdicts = [{**row, "robust_share": shares.get(row["id"])} for row in verdicts]
    if "hypotheses" in rows:
        rows["hypotheses"] = verdicts
    notes = {file.hypothesis.id: file.hypothesis.note for file in plan.asked.files}
    store.write_json(f"{VERDICTS}.json", verdicts)
    store.write(f"{VERDICTS}.parquet", _table(verdicts))
    store.write(f"{VERDICTS}.md", verdict_page(verdicts, notes).encode())


def _rows(store: SweepFolder, file: str) -> list[Row]:
    path = store.folder / f"{file}.json"
    return list(json.loads(path.read_bytes())) if path.exists() else []


def _table(rows: Sequence[Row]) -> bytes:
    """Rows as Parquet; lists and dictionaries are in the JSON file alone."""
    return parquet_bytes(
        pa.Table.from_pylist([{k: v for k, v in row.items() if not isinstance(v, list | dict)} for row in rows])
    )


def _manifest(plan: ValidationPlan, done: Mapping[str, Any], status: str) -> dict[str, Any]:
    return new_manifest(
        plan.request,
        kind="validation",
        status=status,
        config_hash=plan.config_hash,
        choices=group_choices(),
        content={"validate": plan.asked.spec.model_dump(mode="json"), "parts_done": dict(done)},
    )
