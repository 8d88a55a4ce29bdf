"""One ``caremarket run`` in this process, measured: ``python -m benchmarks.one_run RESULT.json OVERRIDE ...``."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from caremarket import agents
from caremarket.agents.world.result import RunResult
from caremarket.market.scenario import Scenario
from caremarket.runners.cli import main

BYTES = 1 if sys.platform == "darwin" else 1024
"""Unit of ``ru_maxrss``."""


def measured_run(overrides: list[str]) -> dict[str, Any]:
    """Run the command with these overrides; returns its status, times, events and peak memory."""
    found: dict[str, Any] = {}
    simulate = agents.simulate

    def watched(scenario: Scenario, seed: int) -> RunResult:
        wall, cpu = time.perf_counter(), time.process_time()
        result = simulate(scenario, seed)
        found["simulate_cpu_seconds"] = time.process_time() - cpu
        found["simulate_seconds"] = time.perf_counter() - wall
        found["events"] = result.summary["events"]
        return result

    agents.simulate = watched
    try:
        began = time.perf_counter()
        found["status"] = main(["run", *overrides])
        found["seconds"] = time.perf_counter() - began
    finally:
        agents.simulate = simulate
    found["peak_bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * BYTES
    return found


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(measured_run(sys.argv[2:])))
