"""A small market, and the command line as a user meets it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from caremarket import agents
from caremarket.agents.world.result import RunResult
from caremarket.market.scenario import Scenario
from caremarket.runners.cli import main

SMALL = ("horizon_years=2", "pathway=two", "market=tiny")
"""Overrides that make a run take a fraction of a second."""

Command = Callable[..., int]
Simulate = Callable[[Scenario, int], RunResult]


def result_folder(root: Path) -> Path:
    """The one result under an output folder."""
    (manifest,) = root.glob("*/*/manifest.json")
    return manifest.parent


def interrupted(inner: Simulate, made: list[int], limit: int) -> Simulate:
    """``inner``, cut short by Ctrl-C in the run after the first ``limit`` of those ``made``."""

    def simulate(scenario: Scenario, seed: int) -> RunResult:
        if len(made) == limit:
            raise KeyboardInterrupt
        return inner(scenario, seed)

    return simulate


@pytest.fixture
def simulated(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Seeds simulated in this process, in order."""
    seeds: list[int] = []
    real = agents.simulate

    def simulate(scenario: Scenario, seed: int) -> RunResult:
        seeds.append(seed)
        return real(scenario, seed)

    monkeypatch.setattr(agents, "simulate", simulate)
    return seeds


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def caremarket(work: Path) -> Command:
    """``caremarket <command> <overrides>`` on the small market, without tracking unless asked for."""

    def call(command: str, *overrides: str) -> int:
        given = {o.partition("=")[0] for o in overrides}
        small = [o for o in (*SMALL, "tracking=none") if o.partition("=")[0] not in given]
        return main([command, *small, *overrides])

    return call
