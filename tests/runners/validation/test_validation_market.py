"""``caremarket validate part=market``: arms run seed by seed, resumed, and told as figures with their bars."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from caremarket import agents
from caremarket.experiments.evidence.market.arms import ARMS
from caremarket.experiments.evidence.market.registry import FIGURES
from caremarket.runners.cli import main
from tests.runners.conftest import Command, interrupted, result_folder

ASKED = (
    "validate",
    "part=market",
    "only=H5",
    "validate.market.replicates=2",
    "market=tiny",
    "pathway=two",
    "horizon_years=4",
    "runner=local",
    "runner.batch_seconds=0.000001",
    "tracking=none",
)


def test_the_figures_of_a_market_are_made_once_and_go_on_after_a_kill(
    caremarket: Command,
    work: Path,
    simulated: list[int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    whole = agents.simulate
    monkeypatch.setattr(agents, "simulate", interrupted(whole, simulated, 9))
    assert caremarket(*ASKED) == 1
    assert len(set(simulated[: len(ARMS)])) == 1  # all arms of a seed before the next
    monkeypatch.setattr(agents, "simulate", whole)
    assert caremarket(*ASKED) == 0
    assert len(simulated) == 2 * len(ARMS)
    folder = result_folder(work / "outputs")
    rows = json.loads((folder / "market.json").read_bytes())
    assert [row["id"] for row in rows] == [figure.id for figure in FIGURES]
    assert all(row["runs"] == 2 for row in rows)
    by_id = {row["id"]: row for row in rows}
    assert by_id["2 bids"]["found"] > 0
    assert by_id["3 before"]["verdict"] == "within"
    assert by_id["1a budget"]["verdict"] == "too few"
    assert pq.read_table(folder / "market.parquet").num_rows == len(rows)
    assert "figures with a bar are within it" in capsys.readouterr().out
    assert caremarket(*ASKED) == 0
    assert len(simulated) == 2 * len(ARMS)


def test_a_market_that_cannot_be_doubled_is_refused(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "part=market", "only=H5", "scenario=lambeth_alliance", "runner=local"]) == 2
    assert "synthetic" in capsys.readouterr().err
    assert not list(work.iterdir())
