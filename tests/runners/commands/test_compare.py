"""``caremarket compare`` reads a sweep's files and leaves a table, figures and a report."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from caremarket import agents
from caremarket.agents.world.result import RunResult
from caremarket.market.scenario import Scenario
from caremarket.runners.cli import main
from caremarket.runners.tracking.mlflow_store import open_store
from tests.runners.conftest import Command, result_folder

DESIGN = ("policy=separate,prime_provider", "replicates=3", "runner=local", "horizon_years=1", "name=forms")


def test_a_sweep_is_compared_by_name(caremarket: Command, work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert caremarket("sweep", *DESIGN) == 0
    capsys.readouterr()
    assert main(["compare", "forms", "--measures", "hhi_direct,outcome_index"]) == 0
    shown = capsys.readouterr().out
    for said in ("forms: differences from separate", "prime_provider", "HHI direct", "report.html"):
        assert said in shown
    folder = result_folder(work / "outputs")
    table = pq.read_table(folder / "comparison.parquet").to_pylist()
    runs = pq.read_table(folder / "runs.parquet").to_pylist()
    values = [run["hhi_direct"] for run in runs]
    assert [row["measure"] for row in table] == ["hhi_direct", "outcome_index"]
    assert table[0]["difference"] == pytest.approx((sum(values[3:]) - sum(values[:3])) / 3)
    assert {p.name for p in (folder / "figures").iterdir()} >= {"differences.png", "differences.svg", "years.svg"}
    first = {path.name: path.read_bytes() for path in (folder / "comparison.parquet", folder / "report.html")}
    assert main(["compare", str(folder), "--measures=hhi_direct,outcome_index", "--baseline=separate"]) == 0
    assert {name: (folder / name).read_bytes() for name in first} == first
    # The sweep goes on where it was, whatever stands beside its results.
    assert caremarket("sweep", *DESIGN) == 0


def test_a_tracked_sweep_s_report_is_kept_in_mlflow(caremarket: Command, work: Path) -> None:
    assert caremarket("sweep", *DESIGN, "tracking=mlflow") == 0
    assert main(["compare", "forms", "--measures", "hhi_direct"]) == 0
    client = open_store(None, work / "outputs").client
    experiment = client.get_experiment_by_name("forms")
    assert experiment is not None
    (parent,) = client.search_runs([experiment.experiment_id], "tags.kind = 'sweep'")
    kept = {file.path for file in client.list_artifacts(parent.info.run_id)}
    assert {"report.html", "comparison.parquet", "figures"} <= kept


WRONG = {
    "nothing named": ([], "NAME_OR_FOLDER"),
    "no such name": (["nothing"], "nothing"),
    "unknown option": (["forms", "--fast"], "--fast"),
    "unknown setting": (["forms", "port=1"], "output_root="),
    "no manifest": (["broken"], "manifest.json"),
    "one run": (["one"], "one run"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_request_is_one_line(case: str, work: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (work / "broken").mkdir()
    (work / "broken" / "manifest.json").write_text("{")
    (work / "one").mkdir()
    (work / "one" / "manifest.json").write_text('{"kind": "run"}')
    before = sorted(work.rglob("*"))
    arguments, said = WRONG[case]
    assert main(["compare", *arguments]) == 2
    out, err = capfd.readouterr()
    assert err.count("\n") == 1
    assert said in err
    assert out == ""
    assert sorted(work.rglob("*")) == before


def test_an_unfinished_sweep_is_compared_from_parts_that_are_elsewhere(
    caremarket: Command, work: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    parts = f"runner.parts={tmp_path_factory.mktemp('parts').as_uri()}"
    simulate = agents.simulate
    made: list[int] = []

    def interrupted(scenario: Scenario, seed: int) -> RunResult:
        if len(made) == 5:  # all of the first policy, two of the second
            raise KeyboardInterrupt
        made.append(seed)
        return simulate(scenario, seed)

    monkeypatch.setattr(agents, "simulate", interrupted)
    assert caremarket("sweep", *DESIGN, parts, "runner.batch_seconds=0.000001") == 1
    assert main(["compare", "forms", "--measures", "hhi_direct"]) == 0
    (row,) = pq.read_table(result_folder(work / "outputs") / "comparison.parquet").to_pylist()
    assert (row["pairs"], row["not_run"]) == (2, 1)
