"""Events a second of the market against empty events of Mesa, in one process, by turns."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from statistics import fmean, median
from typing import Any

import mesa

from benchmarks.figures import Figure
from caremarket.agents.model import CareMarket, simulate
from caremarket.market.scenario import Scenario

PART = "Events a second, local market against empty Mesa events"
BAR = 0.20


class EmptyEvents(mesa.Model):
    """Events that do nothing but schedule their successor, through Mesa's public ``schedule_event``.

    Args:
        pending: events waiting at any time.
    """

    def __init__(self, pending: int) -> None:
        super().__init__(rng=0)
        self.happened = 0
        for i in range(pending):
            self.schedule_event(self.happen, after=i / pending)

    def happen(self) -> None:
        self.happened += 1
        self.schedule_event(self.happen, after=1.0)


def timed(work: Callable[[], int]) -> dict[str, float]:
    """Events and time of a piece of work, with the garbage collector held off as ``simulate`` holds it off."""
    gc.collect()
    gc.disable()
    try:
        wall, cpu = time.perf_counter(), time.process_time()
        events = work()
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    finally:
        gc.enable()
    return {"events": events, "cpu_seconds": cpu, "wall_seconds": wall}


def market_events(scenario: Scenario, seed: int) -> int:
    return int(simulate(scenario, seed).summary["events"] or 0)


def empty_events(pending: int, events: int) -> int:
    model = EmptyEvents(pending)
    model.run_until(events / pending)
    return model.happened


def usual_pending(scenario: Scenario, seed: int) -> int:
    """Events that wait in the market on average, looked at once a year."""
    model = CareMarket(scenario, seed)
    counts = []
    for year in range(1, int(scenario.horizon_years) + 1):
        model.run_until(12.0 * year)
        counts.append(model.pending())
    return max(1, round(fmean(counts)))


def measure(scenario: Scenario, *, rounds: int = 5, empty: int = 100_000, seed: int = 1) -> dict[str, Any]:
    """Time market, empty, market, ... in ``rounds`` turns; each neighbouring pair gives a ratio."""
    pending = usual_pending(scenario, seed)  # also warms everything up
    turns = []
    for turn in range(rounds):
        which = "empty" if turn % 2 else "market"
        work = (lambda: empty_events(pending, empty)) if turn % 2 else (lambda: market_events(scenario, seed))
        turns.append({"which": which, **timed(work)})
    return {"pending": pending, "turns": turns, "cpu": ratios(turns, "cpu"), "wall": ratios(turns, "wall")}


def ratios(turns: Sequence[dict[str, Any]], clock: str) -> dict[str, Any]:
    """Median rates, and the median of the ratios of neighbours."""
    rates = [turn["events"] / turn[f"{clock}_seconds"] for turn in turns]
    found = [
        (rates[i] / rates[i + 1] if turns[i]["which"] == "market" else rates[i + 1] / rates[i])
        for i in range(len(turns) - 1)
    ]
    by_kind = {
        kind: median(r for r, t in zip(rates, turns, strict=True) if t["which"] == kind) for kind in ("market", "empty")
    }
    return {**by_kind, "ratios": found, "ratio": median(found)}


def figures(measured: dict[str, Any]) -> list[Figure]:
    note = f"{measured['pending']:,} events pending in both, {len(measured['turns'])} turns"
    found = []
    for clock in ("cpu", "wall"):
        label = {"cpu": "CPU", "wall": "wall"}[clock]
        found += [
            Figure(PART, f"market, {label} time", measured[clock]["market"], "/s"),
            Figure(PART, f"empty, {label} time", measured[clock]["empty"], "/s"),
        ]
    return [
        Figure(PART, "ratio, CPU time", measured["cpu"]["ratio"], "", BAR, "at least", note),
        Figure(PART, "ratio, wall time", measured["wall"]["ratio"]),
        *found,
    ]
