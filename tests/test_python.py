"""The Python interface does what the command does, several times in one process, and inside other programs."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_module
from hydra.core.global_hydra import GlobalHydra

import caremarket as cm
from caremarket.runners.cli import main

ROOT = Path(__file__).resolve().parent.parent
SMALL = ("horizon_years=1", "pathway=two", "market=tiny", "tracking=none")
DESIGN = ("policy=separate,prime_provider", *SMALL)


@pytest.fixture(autouse=True)
def _work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("kept")
    cm.sweep(*DESIGN, f"output_root={root}", replicates=3, runner="local")
    return root


@pytest.fixture
def sweep(kept: Path, tmp_path: Path) -> cm.Sweep:
    shutil.copytree(kept, tmp_path / "outputs")
    found = cm.load("local")
    assert isinstance(found, cm.Sweep)
    return found


def test_a_run_is_the_command_s_run(capsys: pytest.CaptureFixture[str]) -> None:
    run = cm.run(*SMALL, "policy.flow_down=0.25", seed=3)
    assert capsys.readouterr().out == ""
    assert main(["run", *SMALL, "policy.flow_down=0.25", "seed=3", "output_root=other"]) == 0
    (other,) = Path("other").glob("*/*")
    assert other.name == run.folder.name
    assert (other / "summary.json").read_bytes() == (run.folder / "summary.json").read_bytes()
    assert run.seed == 3
    assert run.summary["ledger_imbalance_pence"] == 0
    assert run.tables["contracts"].num_rows == len(run.to_pandas("contracts"))
    (count,) = run.sql("SELECT count(*) AS n FROM contracts").to_pylist()
    assert count["n"] == run.tables["contracts"].num_rows
    with pytest.raises(KeyError, match="contracts"):
        run.tables["contract"]
    loaded = cm.load(run.folder)
    assert isinstance(loaded, cm.Run)
    assert loaded.summary == run.summary
    drawn = loaded.figure("concentration", month=6, theme="dark").to_dict()
    assert [row["when"] for row in drawn["datasets"]["index"]][:3] == ["April 2013", "July 2013", "October 2013"]
    with pytest.raises(cm.ConfigurationError, match="supply_network"):
        loaded.figure("network")


def test_a_sweep_is_taken_up_and_compared(sweep: cm.Sweep, monkeypatch: pytest.MonkeyPatch) -> None:
    from caremarket import agents

    def nothing_is_left(*_: object) -> None:
        raise AssertionError("this run is there already")

    monkeypatch.setattr(agents, "simulate", nothing_is_left)
    again = cm.sweep(*SMALL, policy=["separate", "prime_provider"], replicates=3, runner="local")
    assert again.folder.resolve() == sweep.folder.resolve()
    assert (again.labels, again.failed) == (["policy=separate", "policy=prime_provider"], 0)
    means = {
        r["label"]: r["m"] for r in sweep.sql("SELECT label, avg(hhi_direct) AS m FROM runs GROUP BY label").to_pylist()
    }
    result = sweep.compare("separate")
    frame = result.to_pandas().set_index(["arm", "measure"])
    assert frame.loc[("prime_provider", "hhi_direct"), "difference"] == pytest.approx(
        means["policy=prime_provider"] - means["policy=separate"]
    )
    assert len(result.figure("hhi_direct", kind="distributions").axes) == 1
    assert result.findings("hhi_direct")[0].arm == "prime_provider"
    assert result.report("mailed").read_text().startswith("<!DOCTYPE html>")
    assert not (sweep.folder / "report.html").exists()


def test_what_is_wrong_raises_and_nothing_is_written(tmp_path: Path) -> None:
    for wrong in (
        lambda: cm.run(*SMALL, "policy.flow_down=2"),
        lambda: cm.run(*SMALL, seed=-1),
        lambda: cm.sweep(*DESIGN, replicates=0),
        lambda: cm.run("--multirun", *SMALL),
        lambda: cm.load("nothing"),
    ):
        with pytest.raises(cm.ConfigurationError):
            wrong()
    assert not list(tmp_path.iterdir())


def test_values_are_written_in_hydra_s_syntax() -> None:
    made = cm.compose("tracking=none", name="a.b-c", output_root="it's, {so} [odd]", horizon_years=2.5)
    assert (made["name"], made["output_root"], made["horizon_years"]) == ("a.b-c", "it's, {so} [odd]", 2.5)
    assert cm.compose(policy="prime_provider")["policy"]["form"] == "prime_provider"


def test_inside_another_hydra_all_is_found_as_it_was() -> None:
    with initialize_config_module("caremarket.configs", version_base="1.3"):
        outer = GlobalHydra.instance().hydra
        assert cm.run(*SMALL).summary["events"]
        assert GlobalHydra.instance().hydra is outer
        assert compose("config", ["seed=7"])["seed"] == 7
    assert not GlobalHydra.instance().is_initialized()


@pytest.mark.slow
@pytest.mark.ray
def test_a_ray_that_runs_already_is_used_and_left_running() -> None:
    import ray

    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False)
    try:
        assert cm.sweep(*DESIGN, replicates=1, runner="ray").failed == 0
        assert ray.is_initialized()
    finally:
        ray.shutdown()


def test_the_page_s_example_works() -> None:
    (example, *_) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "python.md").read_text(), re.S)
    small = f"{', '.join(repr(word) for word in SMALL)}"
    example = (
        example.replace('"scenario=house"', small)
        .replace('"market=small"', small)
        .replace("replicates=5", "replicates=2")
    )
    space: dict[str, Any] = {}
    exec(compile(example, "python.md", "exec", dont_inherit=True), space)
    assert space["result"].table.num_rows > 20
