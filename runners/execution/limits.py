"""Limits on the time and memory of one run, enforced in the worker that makes it.

A run that exceeds a limit is a failed run: an exception is raised inside it, and the other runs of its batch go on.
Time is limited with ``SIGALRM``. If a run is stuck outside Python, where no exception can be raised, a watchdog of
:mod:`faulthandler`, which needs no interpreter, ends the process some seconds later. The driver treats that as a lost
worker and finds the run at fault by repeating the batch run by run.

Memory is limited with ``RLIMIT_DATA``: Linux counts private writable memory, so Ray's shared memory and mapped files,
most of a worker's address space, do not count as they would with ``RLIMIT_AS``. The kernel refuses what exceeds the
limit, so nothing can grow past it between two checks, as it could with a watchdog on resident memory.
"""

from __future__ import annotations

import faulthandler
import math
import os
import re
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from caremarket.market.errors import ConfigurationError

GRACE = 5.0
"""Seconds after the limit at which a process that cannot be interrupted is ended."""
AGAIN = 0.5
"""Seconds after which the alarm is repeated: an exception raised in a destructor is lost."""
MEGABYTE = 2**20


class TimeLimitError(BaseException):
    """A run exceeded its time limit. Not an ``Exception``, so that no handler in a run catches it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one run.

    Attributes:
        run_seconds: wall-clock seconds; None is no limit.
        run_memory_mb: megabytes (2**20 bytes) that a run may add to the memory of its idle worker; None is no limit.
    """

    run_seconds: float | None = None
    run_memory_mb: float | None = None

    def __bool__(self) -> bool:
        return self.run_seconds is not None or self.run_memory_mb is not None


NO_LIMITS = Limits()


def check_limits(run_seconds: object, run_memory_mb: object) -> Limits:
    """Limits from a runner's configuration.

    Raises:
        ConfigurationError: one is neither null nor a number above 0, or memory cannot be limited here.
    """
    seconds = _above_zero("runner.run_seconds", run_seconds)
    memory = _above_zero("runner.run_memory_mb", run_memory_mb)
    if memory is not None and sys.platform != "linux":
        raise ConfigurationError("runner.run_memory_mb", "can be limited on Linux only; set it to null")
    return Limits(seconds, memory)


def _above_zero(key: str, value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
        raise ConfigurationError(key, f"{value!r} must be a number above 0, or null for no limit")
    return float(value)


@contextmanager
def within(limits: Limits) -> Iterator[None]:
    """Apply the limits to the block. For worker processes only: the process may be ended.

    Raises:
        TimeLimitError: the block exceeded the time limit.
        MemoryError: the block exceeded the memory limit.
    """
    with _time_limited(limits.run_seconds), _memory_limited(limits.run_memory_mb):
        yield


@contextmanager
def _time_limited(seconds: float | None) -> Iterator[None]:
    if seconds is None:
        yield
        return
    armed = True

    def over(*_: object) -> None:
        if armed:
            raise TimeLimitError

    faulthandler.dump_traceback_later(seconds + GRACE, exit=True, file=_nowhere())
    main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGALRM, over) if main else None
    try:
        if main:
            signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
        yield
    finally:
        armed = False  # first, so that an alarm raises nothing from here on
        faulthandler.cancel_dump_traceback_later()
        if main:
            signal.setitimer(signal.ITIMER_REAL, 0.0)
            signal.signal(signal.SIGALRM, before)


@contextmanager
def _memory_limited(megabytes: float | None) -> Iterator[None]:
    if megabytes is None:
        yield
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = _idle_bytes() + int(megabytes * MEGABYTE)
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (wanted, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


_idle: list[int] = []


def _idle_bytes() -> int:
    """Private writable memory of this process before its first limited run, in bytes."""
    if not _idle:
        found = re.search(r"^VmData:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.M)
        assert found is not None
        _idle.append(int(found[1]) * 1024)
    return _idle[0]


_open: list[IO[str]] = []


def _nowhere() -> IO[str]:
    """An open file for the traceback that faulthandler always writes, and that is not read."""
    if not _open:
        _open.append(open(os.devnull, "w"))  # noqa: SIM115  (stays open as long as the process)
    return _open[0]
