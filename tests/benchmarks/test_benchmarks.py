"""The benchmarks measure what they say, on tiny sizes: their keys and units, never their times."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import __main__ as command
from benchmarks import events, rivals, scale, single, sweeps
from benchmarks.figures import Figure, scenario

TINY = (*sweeps.SMALL, "horizon_years=1")
KEYS = {"part", "name", "value", "unit", "bar", "sense", "note", "met"}
BARS = {
    "ratio, CPU time": 0.20,
    "England: whole command": 90.0,
    "England: peak memory": 2.0,
    "time per event, England over local": 1.5,
    "parallel efficiency, without Ray's start": 0.95,
    "tracking and storage, share of wall": 0.05,
    "the same, of wall without Ray's start": 0.05,
}


def run_of(seconds: float, events: int) -> dict[str, Any]:
    return {
        "seconds": seconds,
        "simulate_seconds": seconds,
        "simulate_cpu_seconds": seconds,
        "events": events,
        "peak_bytes": 2**29,
        "microseconds_per_event": seconds / events * 1e6,
    }


def test_a_figure_knows_whether_its_bar_is_met() -> None:
    assert Figure("p", "n", 0.25, bar=0.2).met is True
    assert Figure("p", "n", 0.15, bar=0.2).met is False
    assert Figure("p", "n", 0.15, bar=0.2, sense="at most").met is True
    assert Figure("p", "n", None, bar=0.2).met is None
    assert Figure("p", "n", 1.0).met is None


def test_market_and_empty_events_are_timed_by_turns() -> None:
    measured = events.measure(scenario(*TINY), rounds=3, empty=500)
    assert [turn["which"] for turn in measured["turns"]] == ["market", "empty", "market"]
    assert measured["turns"][0]["events"] == measured["turns"][2]["events"] > 0
    assert measured["turns"][1]["events"] == pytest.approx(500, rel=0.1, abs=2 * measured["pending"])
    assert len(measured["cpu"]["ratios"]) == 2
    assert measured["cpu"]["ratio"] > 0


def test_empty_events_keep_as_many_pending_as_asked() -> None:
    model = events.EmptyEvents(7)
    model.run_until(10.0)
    # Mesa's own recurring step is pending besides.
    assert len([e for e in model._event_list._events if not e.CANCELED]) == 7 + 1
    assert model.happened == pytest.approx(70, abs=7)


def test_a_run_in_a_process_of_its_own_tells_time_events_and_memory() -> None:
    found = single.run(*TINY, "tracking=none")
    assert found["status"] == 0
    assert found["events"] > 0
    assert found["peak_bytes"] > 2**24
    assert found["microseconds_per_event"] > 0


def test_a_run_that_fails_is_no_figure() -> None:
    with pytest.raises(RuntimeError, match="flow_down"):
        single.run("policy.flow_down=2", "tracking=none")


def test_without_registers_england_has_no_figure_and_says_why() -> None:
    shown = single.figures({"local": [run_of(2.0, 1000)], "england": None}, "no registers")
    ratio = shown[-1]
    assert (ratio.value, ratio.met, ratio.note) == (None, None, "no registers")


def test_england_is_compared_with_the_mean_of_local_runs() -> None:
    shown = single.figures({"local": [run_of(1.0, 1000), run_of(3.0, 1000)], "england": run_of(40.0, 10_000)})
    assert shown[-1].value == pytest.approx(2.0)
    assert shown[-1].met is False


def test_efficiency_and_overhead_of_a_sweep_by_hand() -> None:
    alone = {"execute": 10.0, "runs": 100}
    whole = {
        "execute": 25.0,
        "runs": 400,
        "workers": 2,
        "simulate": 45.0,
        "wall": 40.0,
        "ray_start": 10.0,
        "storage": 0.5,
        "packing": 1.0,
        "tracking": 0.5,
        "tracking_waited": 0.5,
    }
    found = {
        f.name: f
        for f in sweeps.figures({"one_worker": [alone, alone], "all_cores": whole, "independent": [alone, alone]})
    }
    assert found["parallel efficiency, without Ray's start"].value == pytest.approx(0.8)
    assert found["throughput over independent processes'"].value == pytest.approx(0.8)
    assert found["workers' time spent in the model"].value == pytest.approx(0.9)
    assert found["tracking and storage, share of wall"].value == pytest.approx(0.05)
    assert found["tracking and storage, share of wall"].met is True
    assert found["the same, of wall without Ray's start"].value == pytest.approx(2.0 / 30.0)


def test_pace_counts_from_when_every_worker_has_made_a_run() -> None:
    ends = {1: [1.0, 2.0, 3.0, 4.0], 2: [2.5, 3.5, 4.5]}
    made = [{"process": p, "began": end - 1.0, "ended": end} for p, found in ends.items() for end in found]
    assert rivals.pace(made) == pytest.approx(4 / 2.0)


@pytest.mark.slow
def test_every_way_makes_the_same_runs() -> None:
    asked = rivals.specs(4)
    assert [(spec.point, spec.replicate) for spec in asked] == [(0, 0), (1, 0), (2, 0), (3, 0)]
    for way in ("mesa", "joblib", "local"):
        made = rivals.WAYS[way](1, asked)
        assert len(made) == 4, way
        assert all(run["ended"] > run["began"] for run in made), way


def test_rivals_are_compared_round_by_round() -> None:
    rounds = {way: [{"pace": p, "with_start": p / 2} for p in (1.0, 2.0, 4.0)] for way in ("local", *sweeps.RIVALS)}
    ours = [{"pace": p, "with_start": p} for p in (3.0, 4.0, 8.0)]
    found = [f for f in sweeps.rival_figures({**rounds, "ray": ours}) if "mesa" in f.name and f.name.startswith("Ray")]
    assert [(f.value, f.bar) for f in found] == [(pytest.approx(2.0), 2.0), (pytest.approx(4.0), None)]


def test_a_sweep_of_many_runs_tells_the_driver_s_memory() -> None:
    found = scale.sweep(10, "runner=local", "tracking=none")
    assert found["runs"] == found["timing"]["runs"] == 10
    assert found["peak_bytes"] > 2**24
    shown = {f.name: f for f in scale.figures({"few": found, "many": {**found, "peak_bytes": found["peak_bytes"] * 2}})}
    assert shown["memory of many over few"].value == pytest.approx(2.0)
    assert shown["memory of many over few"].met is False
    assert shown["runs completed"].met is True


def test_a_sweep_says_where_its_time_went() -> None:
    timing = sweeps.sweep(sweeps.POINTS, "replicates=1", *TINY, "runner=local", "tracking=none")
    assert timing["runs"] == sweeps.POINT_COUNT
    assert {"wall", "execute", "simulate", "ray_start", "workers", "storage", "tracking"} <= set(timing)


def test_the_command_writes_every_figure_with_its_bar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = {"execute": 10.0, "runs": 100}
    whole = {"execute": 25.0, "runs": 400, "workers": 2, "simulate": 45.0, "wall": 40.0, "ray_start": 10.0}
    monkeypatch.setattr(events, "measure", lambda *_, **__: {**MEASURED})
    monkeypatch.setattr(single, "measure", lambda *_: {"local": [run_of(1.0, 1000)], "england": run_of(10.0, 10_000)})
    monkeypatch.setattr(
        sweeps, "measure", lambda *_, **__: {"one_worker": [alone], "all_cores": whole, "independent": [alone]}
    )
    path = tmp_path / "bench.json"
    assert command.main(["--quick", "--json", str(path)]) == 0
    content = json.loads(path.read_text())
    assert set(content) == {"written", "quick", "machine", "figures", "measurements"}
    assert set(content["measurements"]) == {"events", "single", "sweep"}
    assert all(set(figure) == KEYS for figure in content["figures"])
    assert {f["name"]: f["bar"] for f in content["figures"] if f["bar"] is not None} == BARS
    assert all(isinstance(f["met"], bool) for f in content["figures"] if f["bar"] is not None)


MEASURED: dict[str, Any] = {
    "pending": 10,
    "turns": [],
    **{clock: {"market": 1.0, "empty": 4.0, "ratios": [0.25], "ratio": 0.25} for clock in ("cpu", "wall")},
}
