"""MLflow holds what was run, once; what it could not be told it is told later."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from experiments.statistics import estimate
from runners.cli import main
from runners.tracking import StoreUnreachableError, default_uri, open_store, without_password

from .conftest import Command

TRACKED = ("tracking=mlflow", "horizon_years=2")
SWEEP = ("policy.flow_down=0,1", "replicates=3", "runner=local", "name=flow", *TRACKED)


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new store, made once: its tables take seconds."""
    root = tmp_path_factory.mktemp("store")
    open_store(None, root)
    return root / "mlflow.db"


@pytest.fixture
def stored(work: Path, empty_store: Path) -> Path:
    (work / "outputs").mkdir()
    (work / "outputs" / "mlflow.db").write_bytes(empty_store.read_bytes())
    return work / "outputs"


def runs(root: Path, name: str) -> list[Any]:
    client = open_store(None, root).client
    experiment = client.get_experiment_by_name(name)
    return [] if experiment is None else list(client.search_runs([experiment.experiment_id]))


def manifest(root: Path) -> dict[str, Any]:
    (path,) = root.glob("*/*/manifest.json")
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def test_a_sweep_is_a_parent_with_a_child_for_each_point(caremarket: Command, stored: Path) -> None:
    assert caremarket("sweep", *SWEEP) == 0
    found = runs(stored, "flow")
    (parent,) = [r for r in found if r.data.tags["kind"] == "sweep"]
    children = [r for r in found if r.data.tags.get("mlflow.parentRunId") == parent.info.run_id]
    assert {c.data.params["policy.flow_down"] for c in children} == {"0", "1"}
    table = pq.read_table(next(stored.glob("flow/*/runs.parquet"))).to_pylist()
    for child in children:
        values = [
            r["hhi_direct"] for r in table if r["policy.flow_down"] == float(child.data.params["policy.flow_down"])
        ]
        expected = estimate(values)
        assert expected is not None
        assert child.data.metrics["hhi_direct"] == pytest.approx(expected.mean)
        assert child.data.metrics["hhi_direct_sd"] == pytest.approx(expected.sd)
        assert child.data.metrics["hhi_direct_half_width"] == pytest.approx(expected.half_width)
        absent = [k for k in table[0] if all(r[k] is None for r in table)]
        assert absent
        assert not set(absent) & set(child.data.metrics)
        assert {"scenario", "policy", "code_version", "seed", "config_hash"} <= set(child.data.tags)
        assert str(stored) in child.info.artifact_uri
    assert manifest(stored)["tracking"]["status"] == "done"
    assert caremarket("sweep", *SWEEP) == 0
    assert len(runs(stored, "flow")) == 3
    assert not (stored.parent / "mlruns").exists()


def test_a_run_is_one_run_with_its_years_as_steps(caremarket: Command, stored: Path) -> None:
    for _ in range(2):
        assert caremarket("run", *TRACKED) == 0
    (run,) = runs(stored, "local")
    assert run.info.status == "FINISHED"
    assert run.data.params["policy.form"] == "separate"
    summary = json.loads(next(stored.glob("local/*/summary.json")).read_text())
    for name, value in summary.items():
        if value is None:
            assert name not in run.data.metrics
        else:
            assert run.data.metrics[name] == pytest.approx(value), name
    history = open_store(None, stored).client.get_metric_history(run.info.run_id, "hhi_direct")
    assert {m.step for m in history} >= {1, 2}


def test_an_outage_is_made_good_by_sync(caremarket: Command, stored: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert caremarket("run", *TRACKED, "tracking.uri=http://127.0.0.1:9") == 0
    err = capfd.readouterr().err
    assert err.count("MLflow out of reach") == 1
    assert manifest(stored)["tracking"]["status"] == "pending"
    assert not runs(stored, "local")
    assert main(["sync", f"tracking.uri={default_uri(stored)}"]) == 0
    assert manifest(stored)["tracking"]["status"] == "done"
    assert len(runs(stored, "local")) == 1
    capfd.readouterr()
    assert main(["sync"]) == 0
    assert "up to date" in capfd.readouterr().out


def test_a_server_that_is_down_is_out_of_reach(tmp_path: Path) -> None:
    with pytest.raises(StoreUnreachableError):
        open_store("http://127.0.0.1:9", tmp_path)


def test_passwords_are_not_written() -> None:
    assert without_password("postgresql://me:secret@host/db") == "postgresql://me:***@host/db"
    assert without_password("sqlite:///outputs/mlflow.db") == "sqlite:///outputs/mlflow.db"
