"""A wrong request gives one line that names the key or file, status 2, and leaves nothing behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from caremarket.runners.cli import main


def register(folder: Path, name: str, *rows: str) -> None:
    (folder / name).write_text("".join(row + "\n" for row in rows))


def row(values: dict[int, str]) -> str:
    """A register row of 27 quoted columns, numbered from 1."""
    return ",".join(f'"{values.get(column, "")}"' for column in range(1, 28))


CCG = {1: "00L", 2: "NHS NORTH", 3: "Y54", 4: "Q74", 10: "NE1 1AA", 11: "20130401"}
TRUST = {1: "RTD", 2: "NORTH HOSPITALS", 3: "Y54", 4: "Q74", 10: "NE1 1AA", 11: "19980401"}
PRACTICE = {1: "A81001", 2: "THE PRACTICE", 11: "19740401", 13: "A", 24: "00L", 26: "4"}


@pytest.fixture
def ods(work: Path) -> Path:
    folder = work / "ods"
    folder.mkdir()
    register(folder, "eccg.csv", row(CCG))
    register(folder, "etr.csv", row(TRUST))
    register(folder, "epraccur.csv", row(PRACTICE))
    return folder


@pytest.fixture(autouse=True)
def _files(work: Path, ods: Path) -> None:
    (work / "a_file").write_text("x")
    short = work / "short"
    closed = work / "closed"
    for folder in (short, closed):
        folder.mkdir()
        for path in ods.iterdir():
            (folder / path.name).write_text(path.read_text())
    register(short, "etr.csv", row(TRUST), '"RXX","SHORT"')
    register(closed, "eccg.csv", row({**CCG, 12: "20150331"}))
    (work / "roster.yaml").write_text(
        "commissioners: [{id: c, population: 1000}]\n"
        "providers: [{id: p, kind: third_sector, unit_cost: {surgery: 1.0}}]\n"
    )
    (work / "mine" / "policy").mkdir(parents=True)
    (work / "mine" / "policy" / "broken.yaml").write_text("form: [separate\n")


WRONG = {
    "unknown lever": (["policy.flow_dwon=0.5"], ["policy.flow_dwon", "flow_down"]),
    "added unknown lever": (["+policy.colour=1"], ["policy.colour"]),
    "out of range": (["policy.flow_down=2"], ["policy.flow_down", "0 to 1"]),
    "no number": (["policy.flow_down=much"], ["policy.flow_down", "number"]),
    "no register folder": (["market=ods"], ["market.ods_dir"]),
    "missing register": (["market=ods", "market.ods_dir=nowhere"], ["nowhere"]),
    "short row": (["market=ods", "market.ods_dir=short"], ["etr.csv"]),
    "closed CCG only": (["market=ods", "market.ods_dir=closed"], ["eccg.csv"]),
    "negative population": (
        ["market.synthetic.population_per_ccg=-5"],
        ["market.synthetic.population_per_ccg", "1000 to 5000000"],
    ),
    "unknown policy": (["policy=magic"], ["policy", "magic", "prime_provider, separate"]),
    "unknown form": (["policy.form=prime_providr"], ["policy.form", "did you mean prime_provider?"]),
    "payment that does not go with the form": (
        ["policy=any_qualified_provider", "policy.payment=block"],
        ["policy.payment", "money must follow", "tariff"],
    ),
    "reform that makes no sense": (
        ["+calendar.late={month: 12, policy: {route: call_off}}"],
        ["calendar.late.policy.route", "no framework"],
    ),
    "unknown strategy": (["behaviour.strategy=x"], ["behaviour.strategy", "cost_plus"]),
    "unknown supplier choice": (["behaviour.supplier_choice=x"], ["behaviour.supplier_choice", "lowest_price"]),
    "bad seed": (["seed=minus"], ["seed", "whole number"]),
    "negative seed": (["seed=-1"], ["seed", "0"]),
    "seed too large": ([f"seed={2**63}"], ["seed", "2^63"]),
    "unwritable output": (["output_root=a_file/out"], ["output_root", "a_file"]),
    "output is a file": (["output_root=a_file"], ["output_root", "a_file"]),
    "roster with unknown function": (
        ["market=roster", "market.roster=roster.yaml"],
        ["roster.yaml", "surgery"],
    ),
    "true for a number": (["policy.flow_down=true"], ["policy.flow_down", "true is not a number", "0 to 1"]),
    "true for a count": (["policy.indicators=false"], ["policy.indicators", "whole number"]),
    "number for true or false": (["policy.publish_budget=1"], ["policy.publish_budget", "true or false"]),
    "number for a switch": (["mechanisms.exit=0"], ["mechanisms.exit", "true or false"]),
    "true in a pathway": (["pathway.msk.demand_cv=true"], ["pathway.msk.demand_cv", "0 to 1"]),
    "weights": (["policy.weight_price=0.9"], ["policy", "sum to 1"]),
    "pathway figure": (["pathway.msk.cost_per_head_gbp=-1"], ["pathway.msk.cost_per_head_gbp", "above 0"]),
    "unknown pathway": (["pathway.mks.cost_per_head_gbp=1"], ["pathway.mks", "msk"]),
    "syntax": (["policy.flow_down=[1"], ["command line"]),
    "no override": (["quickly"], ["quickly"]),
    "unknown option": (["--fast"], ["--fast"]),
    "unknown group": (["polcy=separate"], ["polcy", "policy"]),
    "list in a run": (["policy.flow_down=0,1"], ["policy.flow_down", "sweep"]),
    "unknown top-level key": (["+colour=red"], ["colour"]),
    "bad name": (["name=a/b"], ["name"]),
    "no such config folder": (["--config-dir", "nowhere"], ["nowhere"]),
    "broken own file": (["--config-dir", "mine", "policy=broken"], ["broken.yaml"]),
}


def check(status: int, err: str, out: str, said: list[str], work: Path, before: set[str]) -> None:
    assert status == 2, err
    assert err.count("\n") == 1, err
    for word in said:
        assert word in err
    assert "Traceback" not in err
    assert out == ""
    assert {str(p.relative_to(work)) for p in work.rglob("*")} == before


def entries(work: Path) -> set[str]:
    return {str(p.relative_to(work)) for p in work.rglob("*")}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_run_says_one_line_and_writes_nothing(case: str, work: Path, capfd: pytest.CaptureFixture[str]) -> None:
    overrides, said = WRONG[case]
    before = entries(work)
    status = main(["run", "horizon_years=1", *overrides])
    out, err = capfd.readouterr()
    check(status, err, out, said, work, before)


WRONG_SWEEPS = {
    "unknown lever": (["policy.flow_dwon=0,1"], ["policy.flow_dwon", "flow_down"]),
    "value out of range at one point": (["policy.flow_down=0,2"], ["policy.flow_down", "0 to 1"]),
    "unknown policy at one point": (["policy=separate,magic"], ["policy", "magic"]),
    "seed as lever": (["seed=1,2"], ["seed", "varied"]),
    "fixed and varied": (["experiment=flow_down", "policy.flow_down=0.3"], ["policy.flow_down", "varied"]),
    "unknown experiment": (["experiment=nothing"], ["experiment", "contract_forms"]),
    "no replicates": (["replicates=0"], ["replicates", "1"]),
    "no workers": (["runner.workers=0"], ["runner.workers"]),
    "true for workers": (["runner.workers=true"], ["runner.workers"]),
    "true for seconds": (["runner=local", "runner.batch_seconds=true"], ["runner.batch_seconds"]),
    "no time for a run": (["runner.run_seconds=0"], ["runner.run_seconds", "above 0"]),
    "text for memory": (["runner=local", "runner.run_memory_mb=much"], ["runner.run_memory_mb", "above 0"]),
    "parts nowhere": (["runner.parts=nosuch://x"], ["runner.parts", "s3://"]),
    "parts in a relative folder": (["runner=local", "runner.parts=here"], ["runner.parts", "absolute"]),
    "a model that is not there": (
        ["runner.simulate=caremarket.agents.nothing"],
        ["runner.simulate", "caremarket.agents.simulate"],
    ),
    "number for true or false at a point": (["policy.publish_budget=true,1"], ["policy.publish_budget"]),
    "unknown runner": (["runner=slow"], ["runner", "local, ray"]),
    "section as lever": (["+design.grid={policy:[1]}"], ["policy"]),
}


@pytest.mark.parametrize("case", WRONG_SWEEPS)
def test_a_wrong_sweep_says_one_line_and_writes_nothing(
    case: str, work: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    overrides, said = WRONG_SWEEPS[case]
    before = entries(work)
    status = main(["sweep", "horizon_years=1", *overrides])
    out, err = capfd.readouterr()
    check(status, err, out, said, work, before)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["fly"], "fly"), (["ui", "port=x"], "port"), (["ui"], "mlflow.db"), (["sync", "x=1"], "output_root=")],
)
def test_other_commands_say_what_is_allowed(
    arguments: list[str], said: str, work: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert said in capfd.readouterr().err


def test_the_installed_command_behaves_the_same(work: Path) -> None:
    before = entries(work)
    command = [sys.executable, "-m", "caremarket.runners.cli", "run", "policy=magic"]
    done = subprocess.run(command, cwd=work, capture_output=True, text=True, timeout=60, check=False)
    check(done.returncode, done.stderr, done.stdout, ["policy", "magic"], work, before)


@pytest.mark.parametrize("arguments", [[], ["--help"], ["run", "--help"], ["run", "--cfg", "job"], ["ui", "-h"]])
def test_help_is_shown_and_nothing_written(arguments: list[str], work: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = entries(work)
    assert main(arguments) == 0
    out, err = capfd.readouterr()
    assert "policy" in out
    assert err == ""
    assert entries(work) == before
