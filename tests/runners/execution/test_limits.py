"""A run over its time or memory, or one that takes its worker down, is a failed run; the others are kept."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from caremarket.experiments.design.plan import Design, Point
from tests.runners.conftest import Command, result_folder

DESIGN = ("replicates=3", "horizon_years=1")
BAD = Design((Point(0, "", {}),), 3, 1).seeds()[1]
"""The seed of the second replicate at every point."""

MODEL = f'''
import itertools, os, signal
from caremarket import agents
from caremarket.runners.execution import limits

limits.GRACE = 0.3

def deaf(scenario, seed):
    """Swallows what it can, then is stuck outside Python."""
    if seed == {BAD}:
        sum(itertools.repeat(0))
    return agents.simulate(scenario, seed)

def slow(scenario, seed):
    while seed == {BAD}:
        try:
            pass
        except Exception:
            pass
    return agents.simulate(scenario, seed)

def greedy(scenario, seed):
    held = []
    while seed == {BAD}:
        held.append(bytearray(2**20))
    return agents.simulate(scenario, seed)

def deadly(scenario, seed):
    if seed == {BAD}:
        os.kill(os.getpid(), signal.SIGKILL)
    return agents.simulate(scenario, seed)
'''

CASES = {
    "a run that takes too long": ("slow", ["runner.run_seconds=2"], "took longer than runner.run_seconds=2"),
    "a run stuck outside Python": ("deaf", ["runner.run_seconds=2"], "worker lost"),
    "a run that wants too much": ("greedy", ["runner.run_memory_mb=200"], "more memory than runner.run_memory_mb=200"),
    "a run that kills its worker": ("deadly", [], "worker lost"),
}


@pytest.fixture
def model(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that workers can import."""
    (work / "ill_model.py").write_text(MODEL)
    monkeypatch.syspath_prepend(str(work))
    monkeypatch.setenv("PYTHONPATH", str(work), prepend=":")


def check(folder: Path, said: str) -> None:
    failures = pq.read_table(folder / "failures.parquet").to_pylist()
    assert [(f["point"], f["replicate"], f["seed"]) for f in failures] == [(0, 1, BAD)]
    assert all(said in f["reason"] for f in failures), failures
    assert pq.read_table(folder / "runs.parquet").column("run").to_pylist() == [0, 2]


@pytest.mark.parametrize(
    "case",
    [
        "a run that takes too long",
        "a run that kills its worker",
        pytest.param("a run stuck outside Python", marks=pytest.mark.slow),
        pytest.param("a run that wants too much", marks=pytest.mark.slow),
    ],
)
def test_only_the_guilty_run_fails(case: str, model: None, caremarket: Command, work: Path) -> None:
    name, limits, said = CASES[case]
    options = ("runner=local", "runner.workers=2", f"runner.simulate=ill_model.{name}", *limits)
    assert caremarket("sweep", *DESIGN, *options) == 3
    check(result_folder(work / "outputs"), said)


@pytest.mark.ray
@pytest.mark.slow
@pytest.mark.parametrize(
    "case", ["a run that takes too long", "a run that wants too much", "a run that kills its worker"]
)
def test_so_it_is_with_ray(case: str, model: None, caremarket: Command, work: Path) -> None:
    name, limits, said = CASES[case]
    options = ("runner=ray", "runner.workers=2", f"runner.simulate=ill_model.{name}", *limits)
    assert caremarket("sweep", *DESIGN, *options) == 3
    check(result_folder(work / "outputs"), said)


def test_a_limit_that_is_not_reached_changes_nothing(caremarket: Command, work: Path) -> None:
    limits = ("runner.run_seconds=100", "runner.run_memory_mb=1000")
    assert caremarket("sweep", *DESIGN, "runner=local", *limits) == 0
    assert caremarket("sweep", *DESIGN, "runner=local", "output_root=other") == 0
    with_limits, without = result_folder(work / "outputs"), result_folder(work / "other")
    assert with_limits.name == without.name
    for name in ("runs.parquet", "yearly.parquet"):
        assert (with_limits / name).read_bytes() == (without / name).read_bytes()


def test_another_model_makes_another_sweep(model: None, caremarket: Command, work: Path) -> None:
    assert caremarket("sweep", *DESIGN, "runner=local") == 0
    assert caremarket("sweep", *DESIGN, "runner=local", "runner.simulate=caremarket.experiments.nothing") == 2
    other = (*DESIGN, "runner=local", "runner.workers=2", "runner.simulate=ill_model.deadly", "replicates=1")
    assert caremarket("sweep", *other) == 0
    assert len(list(work.glob("outputs/*/*/runs.parquet"))) == 2
