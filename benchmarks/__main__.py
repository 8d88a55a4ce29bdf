"""``python -m benchmarks``: measure, print a table of ratios, write them as JSON. Slow is no failure: exit 0."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks import events, single, sweeps
from benchmarks.figures import ROOT, Figure, scenario, show

REGISTERS = ("eccg.csv", "etr.csv", "epraccur.csv")
DEFAULT_ODS = ROOT.parent / "shared" / "data" / "ods"


def registers(given: str | None) -> Path | None:
    """The folder of the registers: the one given, else the usual one; None where they are not."""
    folder = Path(given).expanduser() if given else DEFAULT_ODS
    return folder.resolve() if all((folder / name).is_file() for name in REGISTERS) else None


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="short runs and few of them: a look, no verdict")
    parser.add_argument("--ods", metavar="DIR", help="folder of the ODS registers (default: ../shared/data/ods)")
    parser.add_argument("--json", metavar="FILE", default="bench.json", help="where to write (default: bench.json)")
    parser.add_argument(
        "--only", choices=("events", "single", "sweep"), action="append", help="leave the other parts out"
    )
    args = parser.parse_args(argv)
    parts = args.only or ["events", "single", "sweep"]
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=140)
    ods = registers(args.ods)
    missing = f"no registers in {args.ods or '../shared/data/ods'}; name their folder with --ods"
    short = ("horizon_years=2",) if args.quick else ()
    figures: list[Figure] = []
    raw: dict[str, Any] = {}

    def take(name: str, found: dict[str, Any], shown: list[Figure], began: float) -> None:
        raw[name] = {**found, "load_average": os.getloadavg(), "took_seconds": time.monotonic() - began}
        figures.extend(shown)

    began = time.monotonic()
    if "events" in parts:
        console.print("events: market and empty events by turns ...")
        rounds, empty = (3, 20_000) if args.quick else (5, 100_000)
        found = events.measure(scenario(*short), rounds=rounds, empty=empty)
        take("events", found, events.figures(found), began)
    began = time.monotonic()
    if "single" in parts:
        console.print("single: local" + (", England, local ..." if ods else f" ... ({missing})"))
        found = single.measure(ods, short, short)
        take("single", found, single.figures(found, missing), began)
    began = time.monotonic()
    if "sweep" in parts:
        runs = 40 if args.quick else 400
        console.print(f"sweep: one worker, every core on {runs} runs, one worker ...")
        found = sweeps.measure(runs)
        take("sweep", found, sweeps.figures(found), began)
    show(figures, console)
    content = {
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "quick": args.quick,
        "machine": {
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "system": platform.system(),
            "machine": platform.machine(),
        },
        "figures": [figure.as_json() for figure in figures],
        "measurements": raw,
    }
    Path(args.json).write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    console.print(f"Written: {args.json}", markup=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
