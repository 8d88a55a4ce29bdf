"""Hydra's own ways to several runs: each job is a single run, kept once and tracked once, whoever launches it."""

from __future__ import annotations

import json
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from caremarket import agents
from caremarket.runners.storage.atomic_files import alone
from tests.runners.conftest import Command

JOBS = ("--multirun", "policy=separate,prime_provider", "seed=1,2", "horizon_years=1")


def folders(root: Path) -> dict[str, bytes]:
    """The id of each run under an output folder, and its summary."""
    return {path.parent.name: path.read_bytes() for path in root.glob("*/*/summary.json")}


def test_each_job_lands_where_the_same_single_run_does(caremarket: Command, work: Path) -> None:
    assert caremarket("run", *JOBS) == 0
    jobs = folders(work / "outputs")
    for policy in ("separate", "prime_provider"):
        for seed in (1, 2):
            assert caremarket("run", f"policy={policy}", f"seed={seed}", "horizon_years=1", "output_root=one") == 0
    assert jobs == folders(work / "one")
    assert len(jobs) == 4
    assert {p.name for p in work.iterdir()} == {"outputs", "one"}


@pytest.mark.slow
def test_jobs_of_joblib_are_the_same_and_tracked_once(
    caremarket: Command, work: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert caremarket("run", *JOBS, "hydra/launcher=joblib", "hydra.launcher.n_jobs=2", "tracking=mlflow") == 0
    shown = capfd.readouterr().out
    assert caremarket("run", *JOBS, "output_root=here") == 0
    assert folders(work / "outputs") == folders(work / "here")
    with closing(sqlite3.connect(work / "outputs" / "mlflow.db")) as store:
        (runs,) = store.execute("SELECT count(*) FROM runs WHERE status = 'FINISHED'").fetchone()
        (experiments,) = store.execute("SELECT count(*) FROM experiments WHERE name = 'local'").fetchone()
    assert (runs, experiments) == (4, 1)
    for manifest in (work / "outputs").glob("*/*/manifest.json"):
        assert json.loads(manifest.read_text())["tracking"]["status"] == "done"
    assert shown.count("Results: ") == 4
    assert {p.name for p in work.iterdir()} == {"outputs", "here"}


@pytest.mark.slow
@pytest.mark.ray
def test_jobs_of_ray_are_the_same(caremarket: Command, work: Path, capfd: pytest.CaptureFixture[str]) -> None:
    import ray

    assert caremarket("run", *JOBS, "hydra/launcher=ray") == 0
    assert capfd.readouterr().out.count("Results: ") == 4
    assert not ray.is_initialized()
    assert caremarket("run", *JOBS, "output_root=here") == 0
    assert folders(work / "outputs") == folders(work / "here")


@pytest.mark.parametrize("launcher", ["basic", "joblib"])
def test_a_wrong_job_stops_all_of_them_before_the_first(
    launcher: str, caremarket: Command, work: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert caremarket("run", "--multirun", "policy.flow_down=0,2", f"hydra/launcher={launcher}") == 2
    err = capfd.readouterr().err
    assert err.count("\n") == 1
    for word in ("policy.flow_down", "0 to 1", "policy.flow_down=2"):
        assert word in err
    assert not list(work.iterdir())


def test_after_a_job_that_breaks_no_further_one_is_made(
    caremarket: Command, work: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    seeds: list[int] = []

    def broken(_: object, seed: int) -> None:
        seeds.append(seed)
        raise ValueError("no market today")

    monkeypatch.setattr(agents, "simulate", broken)
    assert caremarket("run", "--multirun", "seed=1,2,3") == 1
    assert seeds == [1]
    assert "no market today" in capfd.readouterr().err


def test_a_lock_lets_one_in_at_a_time(tmp_path: Path) -> None:
    inside = 0
    most = []

    def enter(_: int) -> None:
        nonlocal inside
        with alone(tmp_path / "lock"):
            inside += 1
            most.append(inside)
            time.sleep(0.002)
            inside -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(enter, range(24)))
    assert most == [1] * 24
