"""A process of its own that logs a share of a sweep's points: ``python -m caremarket.runners.tracking.point_worker``.

Its orders are one line of JSON on standard input, so that an address with a password is in no list of processes.
Standard input stays open as long as the process that started this one lives; once it is closed, this process stops.
"""

from __future__ import annotations

import json
import select
import sys
from pathlib import Path

from caremarket.runners.tracking.mlflow_store import Store, connect
from caremarket.runners.tracking.sweep_points import Job


def main() -> int:
    """Log the points asked for; returns the exit status."""
    content = json.loads(sys.stdin.buffer.readline())
    folder = Path(content["folder"])
    job = Job(
        folder,
        content["experiment"],
        content["parent"],
        content["tags"],
        frozenset(content["there"]),
        (content["share"][0], content["share"][1]),
        content["ahead"],
    )
    store = Store(connect(content["uri"]), content["uri"], content["artifacts"])
    manifest = json.loads((folder / "manifest.json").read_bytes())
    job.log(store, manifest, lambda: not select.select([sys.stdin], [], [], 0)[0])
    return 0


if __name__ == "__main__":
    sys.exit(main())
