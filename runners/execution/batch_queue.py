"""Queue of runs to be sent to workers in batches, and the treatment of runs whose worker was lost.

Every runner uses it.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from caremarket.experiments.design.plan import RunSpec
from caremarket.market.errors import CaremarketError
from caremarket.runners.storage.batches import Batch, Failure
from caremarket.runners.storage.parts import Parts, Place

MOST_UNSEEN = 3
"""Number of receipts in a row for parts that do not exist, after which the sweep stops."""


@dataclass(frozen=True, slots=True)
class Job:
    """A batch that was sent to a worker.

    Attributes:
        specs: its runs.
        place: where the worker writes its tables; None if it returns them.
        suspect: whether it is a single run from a batch whose worker was lost.
        tries: number of workers lost with it before.
    """

    specs: Sequence[RunSpec]
    place: Place | None
    suspect: bool = False
    tries: int = 0


class BatchQueue:
    """Forms batches of runs that take about ``batch_seconds`` each.

    A batch whose worker is lost is cut into single runs, the *suspects*; a suspect with which ``tries`` workers were
    lost is a failed run.

    Args:
        specs: the runs to make.
        batch_seconds: seconds of work in a batch.
        parts: where workers write; None if they return their tables.
        tries: number of workers that may be lost with a suspect.
    """

    def __init__(self, specs: Sequence[RunSpec], batch_seconds: float, parts: Parts | None, tries: int = 1) -> None:
        self._waiting = deque(specs)
        self._suspects: deque[tuple[RunSpec, int]] = deque()
        self._batch_seconds = batch_seconds
        self._parts = parts
        self._tries = tries
        self._pace: float | None = None
        self._unseen = 0

    @property
    def suspects(self) -> int:
        """Number of suspects that wait."""
        return len(self._suspects)

    @property
    def waiting(self) -> int:
        """Number of runs that wait, apart from suspects."""
        return len(self._waiting)

    def suspect(self) -> Job:
        """The next suspect."""
        spec, tries = self._suspects.popleft()
        return Job([spec], self._place(), suspect=True, tries=tries)

    def batch(self, workers: int) -> Job:
        """The next batch."""
        size = batch_size(self._pace, len(self._waiting), workers, self._batch_seconds)
        # In order even if runs returned to the queue: tables are merged from parts in order.
        return Job(sorted((self._waiting.popleft() for _ in range(size)), key=lambda s: s.run), self._place())

    def _place(self) -> Place | None:
        return None if self._parts is None else self._parts.take()

    def lost(self, job: Job, why: str) -> Batch | None:
        """Register a lost worker: its runs return to the queue, or a batch with the one failed run is returned."""
        if self._parts is not None and job.place is not None:
            self._parts.remove(job.place.name)  # the worker may have written it before it was lost
        if job.suspect and job.tries + 1 >= self._tries:
            return Batch((), {}, (Failure(job.specs[0], why),), 0.0)
        tries = job.tries + 1 if len(job.specs) == 1 else 0
        self._suspects.extend((spec, tries) for spec in job.specs)
        return None

    def arrived(self, job: Job, batch: Batch) -> Batch | None:
        """Register a batch: returned if its part exists; if not, its runs return to the queue.

        Raises:
            CaremarketError: parts of several batches in a row do not exist.
        """
        pace = (batch.seconds + batch.packing) / len(job.specs)
        self._pace = pace if self._pace is None else (self._pace + pace) / 2
        if self._parts is None or not batch.part or self._parts.whole(batch.part, batch.sizes):
            self._unseen = 0
            return batch
        self._unseen += 1
        if self._unseen >= MOST_UNSEEN:
            raise CaremarketError(
                f"what workers wrote is not to be found in {self._parts.location}; "
                "set runner.parts to a place that every worker and this command can reach"
            )
        self._parts.remove(batch.part)
        self._waiting.extendleft(reversed(job.specs))
        return None


def batch_size(seconds_per_run: float | None, remaining: int, workers: int, batch_seconds: float) -> int:
    """Number of runs to send at once: about ``batch_seconds`` of work, and less towards the end.

    Before any run was timed, one run is sent. Towards the end batches shrink with the number of remaining runs, so that
    no worker is left with a long batch while the others are idle.
    """
    if seconds_per_run is None:
        return 1
    by_time = int(batch_seconds / max(seconds_per_run, 1e-6))
    by_rest = math.ceil(remaining / (2 * workers))
    return max(1, min(by_time, by_rest, remaining))
