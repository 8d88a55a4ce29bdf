"""Indices of functions with known answers come out of the whole pipeline: configuration, sweep, files, analysis."""

from __future__ import annotations

from math import pi
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from caremarket.runners.cli import main
from tests.runners.conftest import Command, result_folder
from tests.runners.stand_ins import FACTORS, ishigami, stand_in

OVER = ", ".join(f"{factor}: {{low: 0.0, high: 1.0}}" for factor in FACTORS)
FIXED = ("replicates=1", "runner=local", "runner.batch_seconds=20", "name=known")


def sampled(sampler: str, samples: int, family: str = "levers", more: str = "") -> str:
    return f"+design.{family}.sample={{sampler: {sampler}, samples: {samples}, over: {{{OVER}}}{more}}}"


def indices(folder: Path, name: str) -> dict[str, float]:
    rows = pq.read_table(folder / "sensitivity.parquet").to_pylist()
    found = {r["factor"] + (f"*{r['other']}" if r["other"] else ""): r for r in rows if r["index"] == name}
    return {factor: row["value"] for factor, row in found.items()}


def test_sobol_indices_of_ishigami_s_function_are_the_analytical_ones(
    caremarket: Command, work: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in(monkeypatch, ishigami)
    assert caremarket("sweep", sampled("saltelli", 1024), *FIXED) == 0
    folder = result_folder(work / "outputs")
    assert pq.read_metadata(folder / "design.parquet").num_rows == 1024 * 8
    capsys.readouterr()
    assert main(["sensitivity", "known"]) == 0
    # Variance of each part, a = 7, b = 0.1: doi 10.1109/ISUMA.1990.151285.
    first, second = 0.5 * (1 + 0.1 * pi**4 / 5) ** 2, 7.0**2 / 8
    both = 0.1**2 * pi**8 * (1 / 18 - 1 / 50)
    total = first + second + both
    x, y, z = FACTORS
    assert indices(folder, "S1") == pytest.approx({x: first / total, y: second / total, z: 0.0}, abs=0.02)
    shares = {x: (first + both) / total, y: second / total, z: both / total}
    assert indices(folder, "ST") == pytest.approx(shares, abs=0.02)
    pairs = {f"{x}*{y}": 0.0, f"{x}*{z}": both / total, f"{y}*{z}": 0.0}
    assert indices(folder, "S2") == pytest.approx(pairs, abs=0.04)
    widths = [r["half_width"] for r in pq.read_table(folder / "sensitivity.parquet").to_pylist()]
    assert all(0.0 < width < 0.2 for width in widths)
    assert (folder / "sensitivity.png").read_bytes().startswith(b"\x89PNG")
    shown = capsys.readouterr()
    assert f"{x} with {z}" in shown.out
    assert "hhi_direct: did not move" in shown.err


def test_morris_ranks_factors_and_sees_which_act_together(
    caremarket: Command, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(monkeypatch, lambda x, y, z: 4.0 * x + 2.0 * y + y * z)
    assert caremarket("sweep", sampled("morris", 30, "uncertainties"), *FIXED) == 0
    folder = result_folder(work / "outputs")
    assert main(["sensitivity", str(folder), "measures=outcome_index"]) == 0
    x, y, z = FACTORS
    found = indices(folder, "mu_star")
    # Elementary effects: 4 throughout; 2 + z, z on a grid from 0 to 1; y.
    assert sorted(found, key=lambda factor: -found[factor]) == [x, y, z]
    assert found[x] == pytest.approx(4.0)
    assert 2.0 < found[y] < 3.0
    assert 0.2 < found[z] < 0.8
    sigma = indices(folder, "sigma")
    assert sigma[x] == pytest.approx(0.0, abs=1e-9)
    assert sigma[y] > 0.1
    assert sigma[z] > 0.1
    before = {name: (folder / name).read_bytes() for name in ("sensitivity.parquet", "sensitivity.png")}
    assert main(["sensitivity", "known", "measures=outcome_index"]) == 0
    assert {name: (folder / name).read_bytes() for name in before} == before


def test_each_policy_is_analysed_by_itself_with_integers_and_choices(
    caremarket: Command, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(monkeypatch, lambda x, y, z: 10.0 * x * y + z)
    over = "policy.monitoring: {choices: [1, 0]}, policy.volume_guarantee: {low: 0, high: 1, integer: true}"
    sample = f"+design.uncertainties.sample={{sampler: morris, samples: 8, over: {{{over}}}}}"
    arms = "+design.arms={off: {policy.flow_down: 0.0}, on: {policy.flow_down: 1.0}}"
    assert caremarket("sweep", arms, sample, *FIXED[1:], "replicates=2") == 0
    folder = result_folder(work / "outputs")
    assert main(["sensitivity", "known", "measures=outcome_index"]) == 0
    rows = pq.read_table(folder / "sensitivity.parquet").to_pylist()
    found = {(r["block"], r["factor"]): r["value"] for r in rows if r["index"] == "mu"}
    step = 2 / 3  # SALib takes every move as this share of the range; two values move by all of it
    assert found["off", "policy.monitoring"] == pytest.approx(0.0)
    assert found["on", "policy.monitoring"] == pytest.approx(-10.0 / step)  # the choices are listed downwards
    assert found["off", "policy.volume_guarantee"] == found["on", "policy.volume_guarantee"] == pytest.approx(1 / step)


def test_what_cannot_be_analysed_is_said_in_one_line(
    caremarket: Command, work: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in(monkeypatch, lambda x, y, z: x + y + z)
    assert caremarket("sweep", sampled("latin_hypercube", 4), *FIXED) == 0
    assert caremarket("sweep", sampled("morris", 2), *FIXED[:3], "name=right") == 0
    capsys.readouterr()
    cases = {
        ("known",): "latin_hypercube",
        ("nothing",): "nothing",
        (): "folder or name",
        ("right", "measures=outcome"): "outcome",
        ("right", "measures="): "measures",
        ("right", "measures=sme_margin"): "8 of 8 points",
        ("right", "colour=red"): "colour",
    }
    for arguments, said in cases.items():
        assert main(["sensitivity", *arguments]) == 2, arguments
        err = capsys.readouterr().err
        assert said in err
        assert err.count("\n") == 1
    assert not list(work.rglob("sensitivity*"))


def test_an_unfinished_sweep_is_not_analysed(
    caremarket: Command, work: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(x: float, y: float, z: float) -> float:
        if x > 0.5:
            raise ValueError("no")
        return x + y + z

    stand_in(monkeypatch, broken)
    assert caremarket("sweep", sampled("morris", 2), *FIXED) == 3
    capsys.readouterr()
    assert main(["sensitivity", "known"]) == 2
    assert "goes on with it" in capsys.readouterr().err


def test_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sensitivity", "--help"]) == 0
    assert "saltelli" in capsys.readouterr().out
