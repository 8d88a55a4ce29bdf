"""Points of a large sweep, logged by several processes.

Most of the time goes into MLflow's own work on metrics. Each other process is
:mod:`caremarket.runners.tracking.point_worker`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace

from caremarket.runners.storage.provenance import package_home
from caremarket.runners.tracking.mlflow_store import Store
from caremarket.runners.tracking.sweep_points import Job

SHARED_FROM, MOST_PROCESSES = 250, 4
"""Number of points from which several processes log them, and greatest number of processes."""
AHEAD = 100
"""Number of points that this process logs while another one imports MLflow."""


def helpers_for(points: int) -> int:
    """Number of further processes that log a given number of points."""
    return 0 if points < SHARED_FROM else min(os.cpu_count() or 1, MOST_PROCESSES) - 1


def log_with_helpers(store: Store, job: Job, helpers: int, lock: int) -> bool:
    """Log points in this process and in ``helpers`` others; returns whether all of them succeeded.

    The others hold the folder's lock as well, and stop when this process ends. So after a kill, the next command waits
    until no process writes any more.
    """
    of = helpers + 1
    job = replace(job, ahead=AHEAD * helpers)
    command = [sys.executable, "-m", "caremarket.runners.tracking.point_worker"]
    # Import the same code as here, in any folder in which the command is called.
    path = os.pathsep.join(p for p in (str(package_home()), os.environ.get("PYTHONPATH")) if p)
    others = []
    try:
        for number in range(1, of):
            content = {
                "uri": store.uri,
                "artifacts": store.artifacts,
                "folder": str(job.folder.resolve()),
                "experiment": job.experiment,
                "parent": job.parent,
                "tags": dict(job.tags),
                "there": sorted(job.there),
                "share": [number, of],
                "ahead": job.ahead,
            }
            other = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(lock,),
                env={**os.environ, "PYTHONPATH": path},
            )
            others.append(other)
            assert other.stdin is not None
            other.stdin.write(json.dumps(content).encode() + b"\n")
            other.stdin.flush()
        manifest = json.loads((job.folder / "manifest.json").read_bytes())
        replace(job, share=(0, of)).log(store, manifest)
        for other in others:
            other.wait()
    finally:
        for other in others:
            assert other.stdin is not None
            with suppress(BrokenPipeError):
                other.stdin.close()
            other.wait()
    return all(other.returncode == 0 for other in others)
