"""A sweep that adds replicates until means are known makes the same runs, however it is interrupted."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from caremarket import agents
from caremarket.agents.world.result import RunResult
from caremarket.market.scenario import Scenario
from tests.runners.conftest import Command, interrupted, result_folder

STOPPING = "measures: {hhi_delivered: 400.0}, min_replicates: 4, max_replicates: 24, batch: 4"
ASKED = ("policy.flow_down=0,0.5,1", "runner=local", "horizon_years=1", "name=known")
FINAL = ("runs.parquet", "design.parquet", "stopping.parquet")


def stopping(more: str = "") -> str:
    return f"+design.stopping={{{STOPPING}{more}}}"


@pytest.fixture
def spread(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Seeds simulated, in order. A stand-in for the market, whose concentration is spread more under some levers."""
    seeds: list[int] = []

    def simulate(scenario: Scenario, seed: int) -> RunResult:
        seeds.append(seed)
        width = {0.0: 100.0, 0.5: 1500.0, 1.0: 9000.0}[scenario.policy.flow_down]
        return RunResult(seed, {"hhi_delivered": width * (seed % 1009) / 1009}, {})

    monkeypatch.setattr(agents, "simulate", simulate)
    return seeds


def replicates(folder: Path) -> dict[int, list[int]]:
    runs = pq.read_table(folder / "runs.parquet").to_pydict()
    found: dict[int, list[int]] = {}
    for point, replicate in zip(runs["point"], runs["replicate"], strict=True):
        found.setdefault(point, []).append(replicate)
    return found


def test_each_point_gets_the_replicates_its_target_needs(
    caremarket: Command, work: Path, spread: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert caremarket("sweep", *ASKED, stopping()) == 0
    folder = result_folder(work / "outputs")
    made = replicates(folder)
    assert len(made[0]) == 4
    assert 4 < len(made[1]) < 24
    assert len(made[2]) == 24
    assert all(found == list(range(len(found))) for found in made.values())
    rows = pq.read_table(folder / "stopping.parquet").to_pylist()
    assert [row["replicates"] for row in rows] == [len(made[point]) for point in range(3)]
    assert [row["reached"] for row in rows] == [row["half_width"] <= 400.0 for row in rows] == [True, True, False]
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["status"] == "done"
    assert manifest["runs"] == {"asked": len(spread), "done": len(spread), "failed": 0}
    assert manifest["stopping"]["max_replicates"] == 24
    assert "2 of 3 points reached their targets" in capsys.readouterr().err
    before = {name: (folder / name).read_bytes() for name in FINAL}
    made_before = len(spread)
    assert caremarket("sweep", *ASKED, stopping()) == 0
    assert len(spread) == made_before
    assert {name: (folder / name).read_bytes() for name in FINAL} == before


@pytest.mark.parametrize(
    "elsewhere",
    [pytest.param(False, id="parts in the folder"), pytest.param(True, id="parts elsewhere", marks=pytest.mark.slow)],
)
def test_a_kill_in_the_middle_of_a_round_changes_nothing(
    elsewhere: bool,
    caremarket: Command,
    work: Path,
    spread: list[int],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    parts = [f"runner.parts={tmp_path_factory.mktemp('parts').as_uri()}"] if elsewhere else []
    assert caremarket("sweep", *ASKED, stopping(), "output_root=other") == 0
    whole = len(spread)
    inner = agents.simulate
    for limit in (whole + 6, whole + 17):
        monkeypatch.setattr(agents, "simulate", interrupted(inner, spread, limit))
        assert caremarket("sweep", *ASKED, stopping(), *parts, "runner.batch_seconds=0.000001") == 1
    monkeypatch.setattr(agents, "simulate", inner)
    assert caremarket("sweep", *ASKED, stopping(), *parts) == 0
    assert len(spread) == 2 * whole
    folder, other = result_folder(work / "outputs"), result_folder(work / "other")
    assert all((folder / name).read_bytes() == (other / name).read_bytes() for name in FINAL)


def test_a_failed_run_holds_its_point_up_until_it_has_been_tried_again(
    caremarket: Command, work: Path, spread: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert caremarket("sweep", *ASKED, stopping(), "output_root=other") == 0
    inner = agents.simulate
    bad = spread[1]

    def sometimes(scenario: Scenario, seed: int) -> RunResult:
        if scenario.policy.flow_down == 0.5 and seed == bad:
            raise ValueError("once")
        return inner(scenario, seed)

    monkeypatch.setattr(agents, "simulate", sometimes)
    assert caremarket("sweep", *ASKED, stopping()) == 3
    folder, other = result_folder(work / "outputs"), result_folder(work / "other")
    assert replicates(folder)[1] == [0, 2, 3]
    assert len(replicates(folder)[2]) == 24
    monkeypatch.setattr(agents, "simulate", inner)
    assert caremarket("sweep", *ASKED, stopping()) == 0
    assert all((folder / name).read_bytes() == (other / name).read_bytes() for name in FINAL)


@pytest.mark.parametrize(
    ("more", "overrides", "said"),
    [
        ("", ["replicates=7"], "replicates"),
        (", against: separate", [], "design.stopping.against"),
        (", colour: red", [], "design.stopping.colour"),
    ],
)
def test_a_wrong_request_is_said_in_one_line(
    more: str, overrides: list[str], said: str, caremarket: Command, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert caremarket("sweep", *ASKED, *overrides, stopping(more)) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1
    assert not list(work.iterdir())
