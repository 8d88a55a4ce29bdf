"""MLflow holds what was run, once; what it could not be told it is told later."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from caremarket.experiments.analysis.statistics import estimate
from caremarket.runners.cli import main
from caremarket.runners.storage.encodings import json_bytes
from caremarket.runners.storage.manifest import without_password
from caremarket.runners.tracking import point_estimates
from caremarket.runners.tracking import sweep as sweep_tracking
from caremarket.runners.tracking.folders import attach, track
from caremarket.runners.tracking.mlflow_store import Store, StoreUnreachableError, default_uri, open_store
from tests.runners.conftest import Command
from tests.runners.sweeps import MEASURES, finished_sweep

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


def test_a_validation_is_one_run_with_its_verdicts(stored: Path) -> None:
    rows = [made_up_verdict("H5", "confirmed", "gone", 0.3), made_up_verdict("H6", "undecided", "open", None)]
    folder = stored / "validate" / "0123456789ab"
    folder.mkdir(parents=True)
    (folder / "verdicts.md").write_text("Of 2 hypotheses")
    (folder / "manifest.json").write_bytes(json_bytes(MADE_UP))
    for effect in (0.3, 0.4, 0.4):  # other results take the place of those that are there; the same add nothing
        rows[0]["effect"] = effect
        (folder / "verdicts.json").write_bytes(json_bytes(rows))
        assert track(folder, None, partial(open_store, None, stored))
    (run,) = runs(stored, "validate")
    assert run.data.tags["H5"] == "confirmed, without the mechanism: gone"
    assert run.data.metrics["H5_effect"] == 0.4
    assert "H6_effect" not in run.data.metrics
    assert (run.data.metrics["confirmed"], run.data.metrics["confirmed_and_gone"]) == (1, 1)
    kept = {file.path for file in open_store(None, stored).client.list_artifacts(run.info.run_id)}
    assert kept == {"verdicts.json", "verdicts.md", "manifest.json"}


def test_figures_of_a_run_are_artifacts_where_they_are_asked_for(stored: Path, caremarket: Command) -> None:
    small = (*TRACKED, "market=tiny", "pathway=two", "horizon_years=1", "name=drawn")
    assert caremarket("run", *small) == 0
    assert caremarket("run", *small, "tracking.figures=true", "seed=2") == 0
    client = open_store(None, stored).client
    kept = {
        run.data.tags["seed"]: {file.path for file in client.list_artifacts(run.info.run_id, "figures")}
        for run in runs(stored, "drawn")
    }
    names = ("concentration", "sme_flow", "contract_timeline", "supply_network")
    plain, drawn = (kept[seed] for seed in sorted(kept, key=lambda seed: len(kept[seed])))
    assert plain == set()
    assert drawn == {f"figures/{name}.svg" for name in names}


MADE_UP = {
    "kind": "validation",
    "status": "done",
    "name": "validate",
    "id": "0123456789ab",
    "config_hash": "0123456789ab" * 5,
    "seed": 1,
    "choices": {"market": "tiny", "policy": "separate"},
    "validate": {"rule": {"looks": [5], "confidence": 0.95}, "robustness": {"points": 50}},
    "code": {"release": "0", "commit": None, "modified": None, "source": "0" * 64},
    "written": "2026-01-01T00:00:00+00:00",
    "parts_done": {"hypotheses": {"seconds": 1.0, "failed": 0}},
    "tracking": {"status": "pending", "uri": None},
}


def made_up_verdict(identity: str, verdict: str, ablation: str, effect: float | None) -> dict[str, Any]:
    return {"id": identity, "verdict": verdict, "ablation": ablation, "effect": effect, "runs": 5}


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


def numbers(root: Path, name: str = "made_up") -> Counter[int]:
    """How often each point is in the store, those in the bin left out, and that all of them are whole."""
    found = runs(root, name)
    (parent,) = [r for r in found if r.data.tags["kind"] == "sweep"]
    assert parent.info.status == "FINISHED"
    points = [r for r in found if r.data.tags["kind"] == "point"]
    for point in points:
        assert point.data.tags["mlflow.parentRunId"] == parent.info.run_id
        assert point.data.params["policy.flow_down"]
        assert {*MEASURES} - {"sme_margin"} <= set(point.data.metrics)
    return Counter(int(r.data.tags["point"]) for r in points)


class Interrupted:
    """MLflow's client, cut short at the n-th call that changes the store: before it is made, or after."""

    CHANGES = frozenset({"create_run", "log_batch", "set_terminated", "delete_run", "set_experiment_tag"})

    def __init__(self, client: Any, left: int, after: bool) -> None:
        self.client, self.left, self.after = client, left, after

    def __getattr__(self, name: str) -> Any:
        call = getattr(self.client, name)
        return partial(self._counted, call) if name in self.CHANGES else call

    def _counted(self, call: Any, *args: Any, **kwargs: Any) -> Any:
        self.left -= 1
        if self.left == 0 and not self.after:
            raise KeyboardInterrupt
        made = call(*args, **kwargs)
        if self.left == 0:
            raise KeyboardInterrupt
        return made


@pytest.mark.slow
@pytest.mark.parametrize("after", [False, True])
def test_each_point_is_there_once_whatever_call_was_cut_short(
    stored: Path, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep_tracking, "png", lambda _: b"")  # drawn elsewhere, and slowly
    store = open_store(None, stored)
    cut = 0
    for call in range(1, 40):
        name = f"cut{call}"
        folder = finished_sweep(stored, 3, name=name)
        client: Any = Interrupted(store.client, call, after)
        try:
            track(folder, None, lambda c=client: Store(c, store.uri, store.artifacts))  # type: ignore[misc]
        except KeyboardInterrupt:
            cut += 1
        assert track(folder, None, lambda: store)
        assert numbers(stored, name) == {0: 1, 1: 1, 2: 1}, call
        if client.left > 0:
            break
    assert cut == 2 + 3 * 3 + 2


def test_what_is_complete_is_not_logged_again(stored: Path) -> None:
    folder = finished_sweep(stored, 4)
    store = open_store(None, stored)
    cut: Any = Interrupted(store.client, 8, True)
    with pytest.raises(KeyboardInterrupt):
        track(folder, None, lambda: Store(cut, store.uri, store.artifacts))
    before = {r.info.run_id for r in runs(stored, "made_up") if "replicates" in r.data.metrics}
    assert len(before) == 2
    assert track(folder, None, lambda: store)
    assert before <= {r.info.run_id for r in runs(stored, "made_up")}
    assert track(folder, None, lambda: store)
    assert numbers(stored) == dict.fromkeys(range(4), 1)


def test_changed_results_take_the_place_of_the_old(stored: Path) -> None:
    folder = finished_sweep(stored, 2)
    store = open_store(None, stored)
    assert track(folder, None, lambda: store)
    table = pq.read_table(folder / "runs.parquet")
    pq.write_table(table.slice(0, 4), folder / "runs.parquet")
    assert track(folder, None, lambda: store)
    assert numbers(stored) == {0: 1, 1: 1}
    assert {r.data.metrics.get("replicates") for r in runs(stored, "made_up")} == {None, 3.0, 1.0}


def test_the_first_point_is_listed_first_and_the_figure_is_kept(stored: Path) -> None:
    folder = finished_sweep(stored, 5)
    assert track(folder, None, partial(open_store, None, stored))
    listed = [r.data.tags.get("point") for r in runs(stored, "made_up")]
    assert listed == [None, "0", "1", "2", "3", "4"]
    client = open_store(None, stored).client
    (parent,) = [r for r in runs(stored, "made_up") if r.data.tags["kind"] == "sweep"]
    assert {f.path for f in client.list_artifacts(parent.info.run_id)} == {
        "config.yaml",
        "design.parquet",
        "headlines.png",
    }
    assert attach(folder, {"report.html": b"<p>"}, partial(open_store, None, stored))
    assert "report.html" in {f.path for f in client.list_artifacts(parent.info.run_id)}


def test_in_a_large_sweep_headlines_alone_have_their_spread(stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(point_estimates, "SPREAD_OF_ALL", 1)
    monkeypatch.setattr(point_estimates, "headline_names", lambda: ("hhi_direct",))
    assert track(finished_sweep(stored, 2), None, partial(open_store, None, stored))
    point = next(r for r in runs(stored, "made_up") if r.data.tags["kind"] == "point")
    assert "hhi_direct_sd" in point.data.metrics
    assert "outcome_index" in point.data.metrics
    assert "outcome_index_sd" not in point.data.metrics


@pytest.mark.slow
@pytest.mark.parametrize(("points", "until"), [(30, 10), (300, 200)])
def test_a_sync_that_is_killed_and_called_again_leaves_each_point_once(stored: Path, points: int, until: int) -> None:
    """With 300 points another process shares in the work: it stops, and the second call waits until it has."""
    finished_sweep(stored, points)
    command = [sys.executable, "-m", "caremarket.runners.cli", "sync"]
    with subprocess.Popen(command, cwd=stored.parent, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        give_up = time.monotonic() + 240.0
        while len(runs(stored, "made_up")) < until:
            assert process.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < give_up
            time.sleep(0.05)
        process.kill()
    subprocess.run(command, cwd=stored.parent, check=True, timeout=240, stdout=subprocess.DEVNULL)
    assert numbers(stored) == dict.fromkeys(range(points), 1)
    assert manifest(stored)["tracking"]["status"] == "done"
