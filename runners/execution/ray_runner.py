"""Runs on Ray: embedded in the command, or on a cluster."""

from __future__ import annotations

import gc
import logging
import os
import secrets
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from caremarket.experiments.design.plan import RunSpec
from caremarket.experiments.extensions import extensions_in_use
from caremarket.market.errors import CaremarketError, ConfigurationError
from caremarket.market.scenario import Scenario
from caremarket.runners.execution.batch_queue import BatchQueue, Job
from caremarket.runners.execution.limits import check_limits
from caremarket.runners.execution.run_batch import run_batch
from caremarket.runners.execution.runner import SIMULATE, THREADS, Work
from caremarket.runners.execution.runner_settings import check_batch_seconds, check_simulate, check_workers
from caremarket.runners.storage.batches import Batch
from caremarket.runners.storage.parts import Parts, Place, check_location

log = logging.getLogger("caremarket")
IN_FLIGHT = 2
"""Batches sent out per worker: one in work, one waiting, so that no worker waits for the driver."""
STORE_BYTES = 256 * 2**20
"""Object store of an embedded Ray, which holds scenarios and receipts."""
CALM = {
    "task_events_report_interval_ms": 0,
    "metrics_report_interval_ms": 60_000,
    "raylet_report_resources_period_milliseconds": 1_000,
    "gcs_pull_resource_loads_period_milliseconds": 5_000,
    "event_stats": False,
}
"""Settings that keep an embedded Ray from reporting on itself, which would take time from the workers."""
BATCH_RETRIES, SUSPECT_RETRIES = 1, 3
"""Number of times that Ray repeats a task whose worker or node is lost. Batches are then cut into single runs."""
LOOK_AGAIN = 5.0
"""Seconds after which a cluster is asked again how many cores it has."""
AUTHENTICATION = frozenset({"RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"})
_TOKEN = secrets.token_hex(32)
"""Access token of an embedded Ray: known to this process alone, and in no file."""
_held: dict[str, Work] = {}
"""In a worker: sweep -> its work, fetched once; one entry at most."""


def _work(sweep: str, handle: list[Any], specs: Sequence[RunSpec], place: Place | None = None) -> Batch:
    """In a worker: run a batch. ``handle`` is a list around the reference; Ray would resolve a bare one every time."""
    import ray

    if sweep not in _held:
        # One thread a worker: there are as many workers as cores.
        pa.set_cpu_count(1)
        pa.set_io_thread_count(1)
        _held.clear()
        _held[sweep] = ray.get(handle[0])
        # Loaded modules stay, so garbage collection between runs need not look through Ray and Arrow.
        gc.collect()
        gc.freeze()
    return run_batch(_held[sweep], specs, place)


def _warm(sweep: str, handle: list[Any]) -> int:
    """In a worker: import what runs need and fetch the scenarios; returns the process id."""
    import caremarket.agents.model  # noqa: F401

    _work(sweep, handle, ())
    return os.getpid()


class RayRunner:
    """Executes runs as Ray tasks that carry batches.

    Args:
        address: null starts Ray inside this process; anything else joins a cluster (``auto``, ``host:port``,
            ``ray://host:port``).
        workers: runs at the same time, 1 or more; null is every core.
        batch_seconds: seconds of work in a batch, above zero.
        run_seconds: seconds a run may take; null is no limit.
        run_memory_mb: megabytes a run may add to its worker; null is no limit.
        parts: location of the parts: an absolute path or a URI that all nodes can reach; null is the sweep's folder.
        simulate: dotted name of the function that makes a run.
    """

    def __init__(
        self,
        address: str | None = None,
        workers: int | None = None,
        batch_seconds: float = 1.0,
        run_seconds: float | None = None,
        run_memory_mb: float | None = None,
        parts: str | None = None,
        simulate: str = SIMULATE,
    ) -> None:
        self._asked = check_workers(workers)
        self.address = address
        self.batch_seconds = check_batch_seconds(batch_seconds)
        self._limits = check_limits(run_seconds, run_memory_mb)
        self.parts = check_location(parts)
        self.simulate = check_simulate(simulate)
        self.workers = 0
        self.start_seconds = 0.0
        self._sweep = ""
        self._handle: list[Any] = []
        self._task: Any = None
        self._careful: Any = None
        self._looked = 0.0
        self._guest = False

    def start(self, scenarios: Sequence[Scenario]) -> None:
        """Start or join Ray if necessary, send the scenarios once, and warm up the workers.

        Raises:
            ConfigurationError: no cluster answers at the address.
        """
        if self._task is not None:
            self._send(sys.modules["ray"], scenarios)
            return
        began = time.monotonic()
        ray = self._connect()
        self.workers = self._asked or max(1, int(ray.cluster_resources().get("CPU", 1)))
        self._task = ray.remote(num_cpus=1, max_retries=BATCH_RETRIES)(_work)
        self._careful = ray.remote(num_cpus=1, max_retries=SUSPECT_RETRIES)(_work)
        warm = ray.remote(num_cpus=1, max_retries=3)(_warm)
        self._send(ray, scenarios)
        seen: set[int] = set()
        for _ in range(5):  # a quick worker may take two of the first tasks
            try:
                seen |= set(ray.get([warm.remote(self._sweep, self._handle) for _ in range(self.workers)]))
            except ray.exceptions.RayTaskError as error:
                if isinstance(error.cause, CaremarketError):  # such as an extension that cannot be imported there
                    raise error.cause from None
                raise
            if len(seen) >= self.workers:
                break
        self.start_seconds = time.monotonic() - began

    def _send(self, ray: Any, scenarios: Sequence[Scenario]) -> None:
        self._handle = [ray.put(Work(list(scenarios), self.simulate, self._limits, extensions_in_use()))]
        self._sweep = f"{os.getpid()}-{time.monotonic_ns()}"

    def _connect(self) -> Any:
        running = sys.modules.get("ray")
        if self.address is None and running is not None and running.is_initialized():
            self._guest = True  # Ray was started by a notebook or another program, and keeps running afterwards
            return running
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        if self.address is None:
            os.environ.pop("RAY_ADDRESS", None)
            # Otherwise Ray writes a token into the user's home folder. It reads these variables when imported.
            if "ray" not in sys.modules and not AUTHENTICATION & set(os.environ):
                os.environ.update(RAY_AUTH_MODE="token", RAY_AUTH_TOKEN=_TOKEN)
            for name in THREADS:
                os.environ.setdefault(name, "1")
        else:
            _check_answers(self.address)
        import ray

        quiet: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False}
        if self.address is None:
            self._embedded(ray, quiet)
        else:
            try:
                ray.init(address=self.address, **quiet)
            except (ConnectionError, OSError, RuntimeError, ValueError) as error:
                raise ConfigurationError(
                    "runner.address", f"no Ray cluster answers at {self.address!r}: {_brief(error)}"
                ) from None
        return ray

    def _embedded(self, ray: Any, quiet: dict[str, Any]) -> None:
        """Start Ray in this process; tried twice, since the first attempt may time out on a busy machine."""
        for attempt in (1, 2):
            try:
                ray.init(
                    address="local",
                    num_cpus=self._asked,
                    include_dashboard=False,
                    _node_ip_address="127.0.0.1",
                    object_store_memory=STORE_BYTES,
                    _system_config=CALM,
                    **quiet,
                )
                return
            except Exception as error:  # Ray raises bare exceptions here
                ray.shutdown()
                if attempt == 2:
                    raise CaremarketError(
                        f"Ray did not start ({_brief(error)}); runner=local does without it"
                    ) from error

    def execute(self, specs: Sequence[RunSpec], parts: Parts | None = None) -> Iterator[Batch]:
        """Make all runs; only a few batches per worker are sent out at a time.

        Ray itself repeats the tasks of lost workers and nodes. A batch whose worker is lost repeatedly is cut into
        single runs, and the run with which it is lost is recorded as failed.
        """
        import ray

        dispatch = BatchQueue(specs, self.batch_seconds, parts)
        out: dict[Any, Job] = {}
        while dispatch.waiting or dispatch.suspects or out:
            self._look(ray)
            while len(out) < IN_FLIGHT * self.workers and (dispatch.waiting or dispatch.suspects):
                job = dispatch.suspect() if dispatch.suspects else dispatch.batch(self.workers)
                task = self._careful if job.suspect else self._task
                out[task.remote(self._sweep, self._handle, job.specs, job.place)] = job
            (ready,), _ = ray.wait(list(out), num_returns=1)
            job = out.pop(ready)
            try:
                batch = dispatch.arrived(job, ray.get(ready))
            except ray.exceptions.RayTaskError as error:
                if isinstance(error.cause, CaremarketError):
                    raise error.cause from None
                batch = dispatch.lost(job, f"{type(error.cause).__name__}: {_brief(error.cause)}")
            except ray.exceptions.RayError as error:
                batch = dispatch.lost(job, f"worker lost: {_brief(error)}")
            if batch is not None:
                yield batch

    def _look(self, ray: Any) -> None:
        """Check now and then whether nodes have joined or left the cluster."""
        now = time.monotonic()
        if self.address is not None and self._asked is None and now - self._looked > LOOK_AGAIN:
            self._looked = now
            self.workers = max(1, int(ray.cluster_resources().get("CPU", 1)))

    def close(self) -> None:
        """Stop the embedded Ray, or leave the cluster."""
        if self._task is not None:
            import ray

            self._task = None
            self._handle = []
            if not self._guest:
                ray.shutdown()


def _check_answers(address: str) -> None:
    """Raise a :class:`ConfigurationError` unless something listens at a cluster's ``host:port``.

    Ray itself would try for minutes and then end the process.
    """
    host, _, port = address.rpartition("://")[2].partition("/")[0].rpartition(":")
    if not host or not port.isdigit():
        return  # `auto`, or a form that only Ray knows
    try:
        socket.create_connection((host, int(port)), timeout=5.0).close()
    except (OSError, OverflowError) as error:
        raise ConfigurationError(
            "runner.address", f"no Ray cluster answers at {address!r} ({_brief(error)}); null starts one"
        ) from None


def _brief(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:200] if lines else type(error).__name__
