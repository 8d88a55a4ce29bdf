"""The sides of the page: each is a running market, or the recording of a finished run."""

from __future__ import annotations

import bisect
import gc
import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from caremarket.market.errors import CaremarketError
from caremarket.runners.demo.choices import Choice, Composer

if TYPE_CHECKING:
    import pyarrow as pa

    from caremarket.agents.model import CareMarket
    from caremarket.runners.demo.engine.recording import Recording


Tables = Mapping[str, "pa.Table"]
SLICE_SECONDS = 0.02
"""Wall-clock seconds that one call of a market's scheduler should take."""


class Side(Protocol):
    """A market that can be viewed month by month."""

    @property
    def title(self) -> str:
        """Its title, in a few words."""
        ...

    @property
    def horizon(self) -> float:
        """Its last month."""
        ...

    @property
    def reached(self) -> float:
        """The month up to which it is known."""
        ...

    def advance(self, until: float, seconds: float) -> float:
        """Advance towards a month for at most so many seconds; returns the month reached."""
        ...

    def next_event(self, after: float) -> float | None:
        """The month of the next event after ``after``; None if there is none up to the horizon."""
        ...

    def tables(self) -> Tables:
        """Its tables up to the month reached."""
        ...


class LiveSide:
    """A market that is simulated while it is viewed.

    Args:
        composer: composes the scenario.
        choice: the input of the simulation.

    Raises:
        ConfigurationError: the choice is wrong.
    """

    def __init__(self, composer: Composer, choice: Choice) -> None:
        from caremarket.agents.model import CareMarket

        self.choice = choice
        self.scenario = composer.scenario(choice)
        self.command = composer.command(choice)
        with _no_collection():
            self.model: CareMarket = CareMarket(self.scenario, choice.seed)
        # Months simulated in one call of the scheduler, adapted to the time that takes.
        self._stride = 0.05

    @property
    def title(self) -> str:
        """The policy's name."""
        return self.choice.policy

    @property
    def horizon(self) -> float:
        """The scenario's last month."""
        return self.scenario.horizon_years * 12.0

    @property
    def reached(self) -> float:
        """The market's present month."""
        return float(self.model.time)

    def advance(self, until: float, seconds: float) -> float:
        """Simulate towards a month, in strides that take about :data:`SLICE_SECONDS` each."""
        until = min(until, self.horizon)
        ends = time.perf_counter() + seconds
        while self.model.time < until:
            began = time.perf_counter()
            self.model.run_until(min(until, self.model.time + self._stride))
            now = time.perf_counter()
            took = now - began
            self._stride = min(3.0, max(1e-3, self._stride * (2.0 if took < SLICE_SECONDS / 2 else 0.7)))
            if now >= ends:
                break
        return self.reached

    def next_event(self, after: float) -> float | None:
        """Simulate until an event is logged; None at the horizon."""
        log = self.model.recorder.events
        if after < self.reached:
            return next((row[0] for row in log if row[0] > after), None)
        seen = len(log)
        while len(log) == seen:
            coming = _next_time(self.model)
            if coming is None or coming > self.horizon:
                return None
            # Mesa does not run to the present moment, so events due now need a moment later.
            self.model.run_until(max(coming, math.nextafter(self.reached, math.inf)))
        return self.reached

    def tables(self) -> Tables:
        """The recorder's tables as they stand."""
        return self.model.recorder.tables_now()


@contextmanager
def _no_collection() -> Iterator[None]:
    """Build millions of objects without garbage collection, and exempt them from later collections."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.freeze()


def _next_time(model: CareMarket) -> float | None:
    """Time of the next event on Mesa's list; None if there is none."""
    waiting = model._event_list
    return None if waiting.is_empty() else float(waiting.peek_ahead(1)[0].time)


class RecordedSide:
    """A market from a recording.

    Args:
        recording: the recorded run.
    """

    command = ""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self._times = recording.event_times

    @property
    def title(self) -> str:
        """The recording's title."""
        return self.recording.title

    @property
    def horizon(self) -> float:
        """The last month recorded."""
        return self.recording.horizon

    @property
    def reached(self) -> float:
        """The last month, since all of it is known."""
        return self.recording.horizon

    def advance(self, until: float, seconds: float) -> float:
        """Do nothing: everything is known."""
        return self.reached

    def next_event(self, after: float) -> float | None:
        """The month of the next event in the recording."""
        place = bisect.bisect_right(self._times, after)
        return self._times[place] if place < len(self._times) else None

    def tables(self) -> Tables:
        """Its tables."""
        return self.recording.tables


def problem_of(error: BaseException) -> str:
    """An error as text for the page."""
    if isinstance(error, CaremarketError):
        return str(error)
    return f"{type(error).__name__}: {error}"
