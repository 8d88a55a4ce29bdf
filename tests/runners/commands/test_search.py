"""``caremarket search`` on the smallest market: the same trials whatever runs them and whatever cuts them short."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from caremarket import agents
from caremarket.agents.world.result import RunResult
from caremarket.market.scenario import Scenario
from caremarket.runners.cli import main
from caremarket.runners.tracking.mlflow_store import open_store
from tests.runners.conftest import Command, interrupted, result_folder

ASKED = (
    "experiment=sme_frontier",
    "horizon_years=1",
    "replicates=2",
    "search.trials=6",
    "search.generation=3",
    "search.levers.policy.choices=[separate,prime_provider]",
    "runner=local",
)


def trials(root: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = pq.read_table(result_folder(root) / "trials.parquet").to_pylist()
    return found


@pytest.mark.slow
def test_a_search_cut_short_ends_with_the_trials_of_a_whole_one(
    caremarket: Command, work: Path, simulated: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert caremarket("search", *ASKED, "output_root=whole") == 0
    whole = trials(work / "whole")
    assert [t["trial"] for t in whole] == list(range(6))
    assert [t["generation"] for t in whole] == [0, 0, 0, 1, 1, 1]
    assert len(set(simulated)) == 2  # every trial meets the same
    inner = agents.simulate

    made = len(simulated)
    # In the second generation.
    monkeypatch.setattr(agents, "simulate", interrupted(inner, simulated, made + 8))
    assert caremarket("search", *ASKED, "runner.batch_seconds=0.000001") == 1
    monkeypatch.setattr(agents, "simulate", inner)
    assert caremarket("search", *ASKED) == 0
    assert len(simulated) == 2 * made
    assert trials(work / "outputs") == whole
    best = pq.read_table(result_folder(work / "outputs") / "pareto.parquet").to_pylist()
    assert best == [t for t in whole if t["best"]] != []
    assert caremarket("search", *ASKED) == 0
    assert len(simulated) == 2 * made


@pytest.mark.slow
def test_a_pool_started_once_makes_the_same_trials(caremarket: Command, work: Path) -> None:
    assert caremarket("search", *ASKED, "output_root=one") == 0
    parts = f"runner.parts={(work / 'elsewhere').as_uri()}"
    assert caremarket("search", *ASKED, "output_root=two", "runner.workers=2", parts) == 0
    assert trials(work / "two") == trials(work / "one")
    assert list((work / "elsewhere").glob("sme_frontier/*/generations/00001/runs/part-*.parquet"))


@pytest.mark.slow
@pytest.mark.ray
def test_so_does_ray(caremarket: Command, work: Path) -> None:
    assert caremarket("search", *ASKED, "output_root=one") == 0
    assert caremarket("search", *ASKED, "output_root=two", "runner=ray", "runner.workers=1") == 0
    assert trials(work / "two") == trials(work / "one")


def test_a_run_that_raises_fails_its_trial(caremarket: Command, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    simulate = agents.simulate

    def sometimes(scenario: Scenario, seed: int) -> RunResult:
        if scenario.policy.flow_down > 0.5:
            raise ValueError("no")
        return simulate(scenario, seed)

    monkeypatch.setattr(agents, "simulate", sometimes)
    assert caremarket("search", *ASKED) == 3
    found = trials(work / "outputs")
    assert {bool(t["reason"]) for t in found} == {True, False}
    assert all((float(str(t["policy.flow_down"])) > 0.5) == ("no" in str(t["reason"])) for t in found)
    assert not any(t["best"] for t in found if t["reason"])


@pytest.mark.slow
def test_a_tracked_search_is_there_once(caremarket: Command, work: Path) -> None:
    for _ in range(2):
        assert caremarket("search", *ASKED, "tracking=mlflow") == 0
    client = open_store(None, work / "outputs").client
    experiment = client.get_experiment_by_name("sme_frontier")
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id])
    (parent,) = [run for run in runs if run.data.tags["kind"] == "search"]
    children = [run for run in runs if run.data.tags.get("mlflow.parentRunId") == parent.info.run_id]
    assert len(children) == len(runs) - 1 == 6
    found = {t["trial"]: t["sme_value_share_delivered"] for t in trials(work / "outputs")}
    assert sorted(child.data.metrics["sme_value_share_delivered"] for child in children) == pytest.approx(
        sorted(float(str(value)) for value in found.values())
    )


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["search.sampler=simplex"], "search.sampler"),
        (["search.trials=0"], "search.trials"),
        (["+search.levers.policy.nothing={low: 0, high: 1}"], "search.levers"),
        (["+search.levers={policy.nothing: {low: 0, high: 1}}"], "policy.nothing"),
        (["+search.objectives.hhi=minimize"], "search.objectives.hhi"),
        (["--multirun", "seed=1,2"], "--multirun"),
        (["runner.workers=0"], "runner.workers"),
    ],
)
def test_a_wrong_request_is_said_in_one_line(
    overrides: list[str], said: str, caremarket: Command, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert caremarket("search", *ASKED, *overrides) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1
    assert not list(work.iterdir())


OVER = "policy.flow_down: {low: 0, high: 1}, policy.monitoring: {low: 0, high: 1}"
DRAWN = f"+design.levers.sample={{samples: 24, over: {{{OVER}}}}}"


@pytest.mark.slow
def test_what_leads_to_an_outcome_is_discovered(
    caremarket: Command, work: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def known(scenario: Scenario, seed: int) -> RunResult:
        return RunResult(seed, {"outcome_index": 0.9 if scenario.policy.flow_down > 0.6 else 0.1}, {})

    monkeypatch.setattr(agents, "simulate", known)
    assert caremarket("sweep", DRAWN, "runner=local", "replicates=2", "name=drawn") == 0
    assert main(["discover", "drawn", "outcome_index>0.5"]) == 0
    rows = {r["lever"]: r for r in pq.read_table(result_folder(work / "outputs") / "discovery.parquet").to_pylist()}
    assert rows["policy.flow_down"]["restricted"]
    assert not rows["policy.monitoring"]["restricted"]
    assert rows["policy.flow_down"]["low"] == pytest.approx(0.6, abs=0.06)
    capsys.readouterr()
    for arguments, said in (
        (["drawn"], "discover"),
        (["drawn", "outcome_index"], "condition"),
        (["drawn", "outcome_index>2"], "condition"),
        (["drawn", "outcome_index>0.5", "density=2"], "density"),
        (["nothing", "outcome_index>0.5"], "nothing"),
        (["drawn", "outcome_index>0.5", "port=1"], "output_root="),
    ):
        assert main(["discover", *arguments]) == 2
        err = capsys.readouterr().err
        assert said in err
        assert err.count("\n") == 1
