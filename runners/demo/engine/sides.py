"""The two sides of the page: each a market that runs, or the recording of one that ran."""

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
"""Wall-clock time a market is advanced at a stretch, before whoever waits for the page has a turn."""


class Side(Protocol):
    """A market that can be looked at month by month."""

    @property
    def title(self) -> str:
        """What it shows, in a few words."""
        ...

    @property
    def horizon(self) -> float:
        """Its last month."""
        ...

    @property
    def reached(self) -> float:
        """The month up to which everything is known."""
        ...

    def advance(self, until: float, seconds: float) -> float:
        """Go on towards a month for so many seconds at most; gives the month reached."""
        ...

    def next_event(self, after: float) -> float | None:
        """The month of the next thing that happens after ``after``; None if nothing does, or it is not known yet."""
        ...

    def tables(self) -> Tables:
        """Everything known, by table."""
        ...


class LiveSide:
    """A market that is simulated while one looks.

    Args:
        composer: composes the scenario.
        choice: what is simulated.

    Raises:
        ConfigurationError: the choice is wrong; says what is allowed.
    """

    def __init__(self, composer: Composer, choice: Choice) -> None:
        from caremarket.agents.model import CareMarket

        self.choice = choice
        self.scenario = composer.scenario(choice)
        self.command = composer.command(choice)
        with _no_collection():
            self.model: CareMarket = CareMarket(self.scenario, choice.seed)
        # Months simulated in a slice; found out by doing.
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
        """Where the market is."""
        return float(self.model.time)

    def advance(self, until: float, seconds: float) -> float:
        """Simulate towards a month, in strides that take about a slice each."""
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
        """Run through the calendar until something is logged; None at the horizon."""
        log = self.model.recorder.events
        if after < self.reached:
            return next((row[0] for row in log if row[0] > after), None)
        seen = len(log)
        while len(log) == seen:
            coming = _next_time(self.model)
            if coming is None or coming > self.horizon:
                return None
            # What is due at this very moment happens a moment later: a market does not run to where it is.
            self.model.run_until(max(coming, math.nextafter(self.reached, math.inf)))
        return self.reached

    def tables(self) -> Tables:
        """The recorder's tables as they stand."""
        return self.model.recorder.tables_now()


@contextmanager
def _no_collection() -> Iterator[None]:
    """Make millions of objects without looking for garbage among them again and again, then or later."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.freeze()


def _next_time(model: CareMarket) -> float | None:
    """When the next event of Mesa's list is due."""
    waiting = model._event_list
    return None if waiting.is_empty() else float(waiting.peek_ahead(1)[0].time)


class RecordedSide:
    """A market that was simulated before.

    Args:
        recording: what is known about it.
    """

    command = ""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self._times = recording.event_times

    @property
    def title(self) -> str:
        """What the recording says it is."""
        return self.recording.title

    @property
    def horizon(self) -> float:
        """The last month recorded."""
        return self.recording.horizon

    @property
    def reached(self) -> float:
        """Everything is known."""
        return self.recording.horizon

    def advance(self, until: float, seconds: float) -> float:
        """Nothing to do: it has all happened."""
        return self.reached

    def next_event(self, after: float) -> float | None:
        """The month of the next row of its event log."""
        place = bisect.bisect_right(self._times, after)
        return self._times[place] if place < len(self._times) else None

    def tables(self) -> Tables:
        """Its tables."""
        return self.recording.tables


def problem_of(error: BaseException) -> str:
    """What to tell a person about something that went wrong."""
    if isinstance(error, CaremarketError):
        return str(error)
    return f"{type(error).__name__}: {error}"
