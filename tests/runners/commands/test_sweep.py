"""A sweep goes on where it stopped, keeps what fails apart, and gives the same bytes whoever runs it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from caremarket import agents
from caremarket.agents.world.result import RunResult
from caremarket.market.scenario import Scenario
from caremarket.runners.cli import main
from tests.runners.conftest import SMALL, Command, interrupted, result_folder

DESIGN = ("policy=separate,prime_provider", "replicates=3", "runner=local", "horizon_years=1")
FINAL = ("runs.parquet", "yearly.parquet", "design.parquet", "failures.parquet")


def test_points_are_paired_and_carry_their_levers(
    caremarket: Command, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert caremarket("sweep", *DESIGN) == 0
    folder = result_folder(work / "outputs")
    runs = pq.read_table(folder / "runs.parquet").to_pydict()
    assert runs["run"] == list(range(6))
    assert runs["seed"][:3] == runs["seed"][3:]
    assert runs["policy"] == ["separate"] * 3 + ["prime_provider"] * 3
    assert set(runs["ledger_imbalance_pence"]) == {0.0}
    yearly = pq.read_table(folder / "yearly.parquet")
    assert yearly.column("run").to_pylist() == sorted(yearly.column("run").to_pylist())
    assert pq.read_table(folder / "failures.parquet").num_rows == 0
    assert {p.name for p in folder.glob("*.parquet")} == set(FINAL)
    assert json.loads((folder / "manifest.json").read_text())["status"] == "done"
    assert json.loads((folder / "timing.json").read_text())["runs"] == 6
    shown = capsys.readouterr().out
    assert "±" in shown
    assert "prime_provider" in shown


def test_a_finished_sweep_is_not_run_again(caremarket: Command, work: Path, simulated: list[int]) -> None:
    assert caremarket("sweep", *DESIGN) == 0
    assert len(simulated) == 6
    folder = result_folder(work / "outputs")
    before = {name: (folder / name).read_bytes() for name in FINAL}
    assert caremarket("sweep", *DESIGN) == 0
    assert len(simulated) == 6
    assert {name: (folder / name).read_bytes() for name in FINAL} == before


def test_an_interrupted_sweep_goes_on_without_loss_or_doubling(
    caremarket: Command, work: Path, simulated: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = agents.simulate
    whole = ("runner.batch_seconds=0.000001", *DESIGN)
    monkeypatch.setattr(agents, "simulate", interrupted(inner, simulated, 4))
    assert caremarket("sweep", *whole) == 1
    folder = result_folder(work / "outputs")
    assert len(list((folder / "runs").glob("part-*"))) == 4
    # A kill between the tables of a batch leaves a part without its runs.
    orphan = folder / "yearly" / "part-000004-ab12cd34.parquet"
    orphan.write_bytes(next((folder / "yearly").glob("part-000000-*")).read_bytes())
    monkeypatch.setattr(agents, "simulate", inner)
    assert caremarket("sweep", *whole) == 0
    assert len(simulated) == 6
    assert caremarket("sweep", *DESIGN, "output_root=other") == 0
    other = result_folder(work / "other")
    assert all((folder / name).read_bytes() == (other / name).read_bytes() for name in FINAL)


def test_a_raising_run_is_recorded_and_tried_again(
    caremarket: Command,
    work: Path,
    simulated: list[int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    inner = agents.simulate

    def sometimes(scenario: Scenario, seed: int) -> RunResult:
        if scenario.policy.form == "prime_provider" and len(simulated) == 4:
            simulated.append(seed)
            raise ValueError("a\nbroken run")
        return inner(scenario, seed)

    monkeypatch.setattr(agents, "simulate", sometimes)
    assert caremarket("sweep", *DESIGN) == 3
    folder = result_folder(work / "outputs")
    (failure,) = pq.read_table(folder / "failures.parquet").to_pylist()
    assert failure["reason"] == "ValueError: a broken run"
    assert failure["seed"] == simulated[4]
    assert (failure["point"], failure["replicate"]) == (1, 1)
    assert pq.read_table(folder / "runs.parquet").num_rows == 5
    assert json.loads((folder / "manifest.json").read_text())["status"] == "incomplete"
    assert f"seed {failure['seed']}" in capsys.readouterr().err
    monkeypatch.setattr(agents, "simulate", inner)
    assert caremarket("sweep", *DESIGN) == 0
    assert len(simulated) == 7
    assert pq.read_table(folder / "runs.parquet").num_rows == 6
    assert pq.read_table(folder / "failures.parquet").num_rows == 0


def test_results_of_other_code_are_not_mixed_in(caremarket: Command, work: Path, simulated: list[int]) -> None:
    assert caremarket("sweep", *DESIGN) == 0
    path = result_folder(work / "outputs") / "manifest.json"
    manifest: dict[str, Any] = json.loads(path.read_text())
    manifest["code"]["source"] = "another"
    path.write_text(json.dumps(manifest))
    assert caremarket("sweep", *DESIGN) == 0
    assert len(simulated) == 12


def test_a_user_s_own_experiment_and_policy(caremarket: Command, work: Path) -> None:
    (work / "mine" / "experiment").mkdir(parents=True)
    (work / "mine" / "policy").mkdir()
    (work / "mine" / "policy" / "gentle.yaml").write_text("defaults: [separate, _self_]\nflow_down: 0.1\n")
    (work / "mine" / "experiment" / "own.yaml").write_text(
        "# @package _global_\nname: own\ndesign:\n  arms:\n"
        "    mine: {policy: gentle}\n    theirs: {policy: separate, policy.monitoring: 0.9}\n"
    )
    options = ("--config-dir", "mine", "experiment=own", "replicates=1", "runner=local", "horizon_years=1")
    assert caremarket("sweep", *options) == 0
    design = pq.read_table(result_folder(work / "outputs") / "design.parquet").to_pylist()
    assert [point["label"] for point in design] == ["mine", "theirs"]
    assert [point["policy.monitoring"] for point in design] == [None, 0.9]


def test_a_killed_sweep_goes_on_to_the_results_of_an_undisturbed_one(caremarket: Command, work: Path) -> None:
    slow = ("sweep", *SMALL, *DESIGN, "tracking=none", "replicates=6", "runner.batch_seconds=0.000001")
    command = [sys.executable, "-m", "caremarket.runners.cli", *slow]
    with subprocess.Popen(command, cwd=work, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        give_up = time.monotonic() + 120.0
        while len(list(work.glob("outputs/*/*/runs/part-*"))) < 3:
            assert process.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < give_up
            time.sleep(0.005)
        process.kill()
    folder = result_folder(work / "outputs")
    assert not (folder / "runs.parquet").exists()
    assert main(list(slow)) == 0
    assert main([*slow, "output_root=other"]) == 0
    other = result_folder(work / "other")
    assert pq.read_table(folder / "runs.parquet").column("run").to_pylist() == list(range(12))
    assert all((folder / name).read_bytes() == (other / name).read_bytes() for name in FINAL)
    assert not list(folder.rglob("*.tmp"))
