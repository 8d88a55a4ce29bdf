"""``python -m benchmarks``: measure, print a table of ratios, write them as JSON. Slow is no failure: exit 0."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks import events, scale, single, sweeps
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
        "--only",
        choices=("events", "single", "sweep", "scale"),
        action="append",
        help="leave the other parts out; scale, 10,000 runs, is done only when asked for",
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

    def take(
        name: str,
        doing: str,
        measure: Callable[[], dict[str, Any]],
        shown: Callable[[dict[str, Any]], list[Figure]],
    ) -> None:
        if name in parts:
            console.print(f"{name}: {doing} ...", markup=False)
            load, began = os.getloadavg()[0], time.monotonic()
            found = measure()
            raw[name] = {**found, "load_average_before": load, "took_seconds": time.monotonic() - began}
            figures.extend(shown(found))

    rounds, empty = (3, 20_000) if args.quick else (5, 100_000)
    take(
        "events",
        "market and empty events by turns",
        lambda: events.measure(scenario(*short), rounds=rounds, empty=empty),
        events.figures,
    )
    take(
        "single",
        "local, England, local" if ods else f"local only, {missing}",
        lambda: single.measure(ods, short, short),
        lambda found: single.figures(found, missing),
    )
    runs = 40 if args.quick else 400
    rounds = 1 if args.quick else 3
    take(
        "sweep",
        f"one worker, every core on {runs} runs, one worker, others on the same",
        lambda: sweeps.measure(runs, rounds=rounds),
        sweeps.figures,
    )
    few, many = (50, 200) if args.quick else (1_000, 10_000)
    take("scale", f"{few} runs, then {many}", lambda: scale.measure(few, many), scale.figures)
    show(figures, console)
    loads = ", ".join(f"{name} {found['load_average_before']:.1f}" for name, found in raw.items())
    console.print(f"Load average of this machine of {os.cpu_count()} cores before each part: {loads}.", soft_wrap=True)
    console.print("Other work on it makes times longer and efficiency lower than they are.", soft_wrap=True)
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
