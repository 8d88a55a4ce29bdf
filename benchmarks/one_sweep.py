"""``caremarket sweep`` measured: ``python -m benchmarks.one_sweep RESULT.json OVERRIDE ...``."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.one_run import BYTES
from caremarket.runners.cli import main


def measured_sweep(overrides: list[str]) -> dict[str, Any]:
    """Run the command; returns its status, seconds, and the most memory its driver held, workers left out."""
    began = time.perf_counter()
    status = main(["sweep", *overrides])
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * BYTES
    return {"status": status, "seconds": seconds, "peak_bytes": peak}


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(measured_sweep(sys.argv[2:])))
