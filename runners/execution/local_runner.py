"""Runs in this process or in a pool of processes, without Ray."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress

import pyarrow as pa

from caremarket.experiments.design.plan import RunSpec
from caremarket.experiments.extensions import extensions_in_use
from caremarket.market.errors import CaremarketError
from caremarket.market.scenario import Scenario
from caremarket.runners.execution.batch_queue import BatchQueue, Job
from caremarket.runners.execution.limits import check_limits
from caremarket.runners.execution.run_batch import run_batch
from caremarket.runners.execution.runner import SIMULATE, THREADS, Work
from caremarket.runners.execution.runner_settings import check_batch_seconds, check_simulate, check_workers
from caremarket.runners.storage.batches import Batch
from caremarket.runners.storage.parts import Parts, Place, check_location

IN_FLIGHT = 2
"""Batches sent to a worker: one in work, one waiting."""
TRIES = 3
"""Workers that may be lost with a run before it is recorded as failed."""
_work: list[Work] = []
"""In a worker: its work, as a list of one."""


def _set_up(work: Work) -> None:
    """In a new worker: import what runs need."""
    # Ctrl-C on a terminal reaches every process of the command; the driver decides when this one ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow, daemon=True).start()
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    import caremarket.agents.model  # noqa: F401

    _work[:] = [work]
    gc.collect()
    gc.freeze()


def _follow() -> None:
    """End this process when the driver has ended: a killed driver cannot tell it to."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _set_work(work: Work) -> None:
    _work[:] = [work]


def _run(specs: Sequence[RunSpec], place: Place | None) -> Batch:
    return run_batch(_work[0], specs, place)


class _Worker:
    """A pool of one process, replaced when it is lost. (In a common pool one lost process breaks the pool.)"""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._pool = self._made()
        self.out = 0

    def _made(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), _set_up, (self._work,))

    def _asked[**P, T](self, do: Callable[P, T], *given: P.args, **named: P.kwargs) -> Future[T]:
        """Submit a call to the process, or to a new one if it is lost."""
        try:
            return self._pool.submit(do, *given, **named)
        except BrokenProcessPool:
            self._pool.shutdown(wait=False)
            self._pool = self._made()
            return self._pool.submit(do, *given, **named)

    def submit(self, job: Job) -> Future[Batch]:
        """Send a batch."""
        self.out += 1
        return self._asked(_run, job.specs, job.place)

    def give(self, work: Work) -> Future[None]:
        """Send other work, with other scenarios."""
        self._work = work
        return self._asked(_set_work, work)

    def warm(self) -> Future[Batch]:
        """Start the process; its result is an empty batch when it is ready."""
        return self._pool.submit(_run, (), None)

    def close(self) -> None:
        """End the process, even in the middle of a run."""
        for process in list((self._pool._processes or {}).values()):
            process.terminate()
        self._pool.shutdown(wait=True, cancel_futures=True)


def _cores() -> int:
    """Number of cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class LocalRunner:
    """Executes runs without Ray.

    Args:
        workers: runs at the same time, 1 or more; null is every core. A single worker without limits is this process
            itself; otherwise workers are processes of their own.
        batch_seconds: seconds of work between two writes to disk, above zero.
        run_seconds: seconds a run may take; null is no limit.
        run_memory_mb: megabytes a run may add to its worker; null is no limit.
        parts: where parts go: an absolute path or a URI; null is the sweep's own folder.
        simulate: dotted name of the function that makes a run.
    """

    def __init__(
        self,
        workers: int | None = 1,
        batch_seconds: float = 1.0,
        run_seconds: float | None = None,
        run_memory_mb: float | None = None,
        parts: str | None = None,
        simulate: str = SIMULATE,
    ) -> None:
        self._asked = check_workers(workers)
        self.batch_seconds = check_batch_seconds(batch_seconds)
        self._limits = check_limits(run_seconds, run_memory_mb)
        self.parts = check_location(parts)
        self.simulate = check_simulate(simulate)
        self.workers = 0
        self.start_seconds = 0.0
        self._work = Work(())
        self._pool: list[_Worker] = []

    def start(self, scenarios: Sequence[Scenario]) -> None:
        """Keep the scenarios, and start the processes or, if they run already, send the scenarios to them."""
        began = time.monotonic()
        self._work = Work(list(scenarios), self.simulate, self._limits, extensions_in_use())
        self.workers = self._asked or _cores()
        if self._pool:
            for told in [worker.give(self._work) for worker in self._pool]:
                with suppress(BrokenProcessPool):  # a new process receives them when it starts
                    told.result()
            return
        if self.workers > 1 or self._limits:
            for name in THREADS:
                os.environ.setdefault(name, "1")
            self._pool = [_Worker(self._work) for _ in range(self.workers)]
            try:
                for ready in [worker.warm() for worker in self._pool]:
                    ready.result()
            except BrokenProcessPool:
                raise CaremarketError("worker processes did not start; runner.workers=1 does without them") from None
        self.start_seconds = time.monotonic() - began

    def execute(self, specs: Sequence[RunSpec], parts: Parts | None = None) -> Iterator[Batch]:
        """Make all runs: in order in this process, or in worker processes, which are replaced when lost."""
        dispatch = BatchQueue(specs, self.batch_seconds, parts, TRIES)
        return self._shared(dispatch) if self._pool else self._alone(dispatch)

    def _alone(self, dispatch: BatchQueue) -> Iterator[Batch]:
        while dispatch.waiting:
            job = dispatch.batch(1)
            batch = dispatch.arrived(job, run_batch(self._work, job.specs, job.place))
            if batch is not None:
                yield batch

    def _shared(self, dispatch: BatchQueue) -> Iterator[Batch]:
        out: dict[Future[Batch], tuple[Job, _Worker]] = {}
        for worker in self._pool:
            worker.out = 0
        while dispatch.waiting or dispatch.suspects or out:
            self._send(dispatch, out)
            ready, _ = wait(out, return_when=FIRST_COMPLETED)
            for future in ready:
                job, worker = out.pop(future)
                worker.out -= 1
                try:
                    batch = dispatch.arrived(job, future.result())
                except BrokenProcessPool:
                    batch = dispatch.lost(job, f"worker lost: {TRIES} processes ended making this run")
                except CaremarketError:
                    raise
                except Exception as error:  # not from a run, which would be a Failure, but from handling its results
                    batch = dispatch.lost(job, f"{type(error).__name__}: {' '.join(str(error).split())}")
                if batch is not None:
                    yield batch

    def _send(self, dispatch: BatchQueue, out: dict[Future[Batch], tuple[Job, _Worker]]) -> None:
        """Send batches to workers that have room. A suspect has a worker to itself, so that no other run is blamed."""
        guarded = {id(worker) for job, worker in out.values() if job.suspect}
        for worker in self._pool:
            if id(worker) in guarded:
                continue
            if dispatch.suspects:
                if not worker.out:
                    job = dispatch.suspect()
                    out[worker.submit(job)] = (job, worker)
                continue
            while dispatch.waiting and worker.out < IN_FLIGHT:
                job = dispatch.batch(self.workers)
                out[worker.submit(job)] = (job, worker)

    def close(self) -> None:
        """End the processes."""
        for worker in self._pool:
            worker.close()
        self._pool = []
