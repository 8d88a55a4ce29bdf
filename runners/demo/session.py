"""The engine behind a page: two sides in step, played, paused, stepped, sought through and rebuilt.

One thread owns both sides and does all that touches them, in slices of some hundredths of a second; whoever wants
something done puts it on the thread's list and goes on. What is to be seen is published as a :class:`Picture` a few
times a second. There is no Solara here: the page listens to pictures.
"""

from __future__ import annotations

import gc
import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from caremarket.runners.demo.choices import Choice, Composer
from caremarket.runners.demo.recording import open_recording
from caremarket.runners.demo.sides import LiveSide, RecordedSide, Side, Tables, problem_of

log = logging.getLogger("caremarket")

Phase = Literal["building", "catching_up", "paused", "playing", "ended", "closed"]
SPEEDS = (1.0, 3.0, 6.0, 12.0, 24.0, 60.0)
"""Months a second that may be chosen."""
PICTURES_A_SECOND = 3.0
SLICE = 0.03
MOST_SESSIONS = 12
Do = Callable[[], None]


@dataclass(frozen=True, slots=True)
class View:
    """One side as it stands.

    Attributes:
        title: what it shows, in a few words.
        tables: what is known about it; None while it is being built, and if it cannot be.
        problem: why it cannot be shown; empty if it can.
        choice: what is simulated; None for a recording.
        command: the command that makes the same run.
        busy: whether it is being made anew, and what is seen is from before.
    """

    title: str
    tables: Tables | None = None
    problem: str = ""
    choice: Choice | None = None
    command: str = ""
    busy: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """What there is to see at a moment.

    Attributes:
        number: rises with every picture.
        phase: what the engine is doing.
        month: the month looked at; the same on both sides.
        reached: the month up to which both sides are known.
        horizon: the last month.
        speed: months a second asked for.
        pace: months a second made lately; 0 while not playing.
        views: the two sides.
        replay: whether these are recordings.
    """

    number: int = 0
    phase: Phase = "building"
    month: float = 0.0
    reached: float = 0.0
    horizon: float = 120.0
    speed: float = 12.0
    pace: float = 0.0
    views: tuple[View, ...] = ()
    replay: bool = False


class TooManySessionsError(RuntimeError):
    """As many pages run as this server serves."""


_alive: set[Session] = set()
_alive_lock = threading.Lock()


class Session:
    """Two sides in step.

    Args:
        composer: composes scenarios.
        choices: what the sides simulate at first.
        speed: months a second.
        most: how many sessions a process may have at a time.

    Raises:
        TooManySessionsError: there are that many.
    """

    def __init__(
        self, composer: Composer, choices: Sequence[Choice], speed: float = 12.0, most: int = MOST_SESSIONS
    ) -> None:
        with _alive_lock:
            if len(_alive) >= most:
                raise TooManySessionsError(f"{most} pages are open on this server; close one and reload this page")
            _alive.add(self)
        self._composer = composer
        self._choices = list(choices)
        self._sides: list[Side | None] = [None] * len(choices)
        self._views = [View(choice.policy, choice=choice) for choice in choices]
        self._stale: set[int] = set(range(len(choices)))
        self._replay = False
        self._phase: Phase = "building"
        self._month = 0.0
        self._goal: float | None = None
        self._plays_on = False
        self.closing = False
        self._speed = speed
        self._pace = 0.0
        self._clock = (0.0, 0.0)
        self._shown_at = 0.0
        self._number = 0
        self._inbox: queue.SimpleQueue[Do] = queue.SimpleQueue()
        self._listeners: list[Callable[[Picture], None]] = []
        self.picture = Picture(speed=speed, views=tuple(self._views))
        self.stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name="caremarket-demo", daemon=True)
        self._thread.start()

    # What a page asks for. All of it returns at once ------------------------------------------------------

    def listen(self, listener: Callable[[Picture], None]) -> Callable[[], None]:
        """Have every picture told to ``listener``, on the engine's thread; gives what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def play(self) -> None:
        """Go on at the chosen speed."""
        self._ask(self._do_play)

    def pause(self) -> None:
        """Stand still."""
        self._ask(self._do_pause)

    def toggle(self) -> None:
        """Play if paused, pause if playing."""
        self._ask(lambda: self._do_pause() if self._phase == "playing" else self._do_play())

    def step_months(self, months: float = 1.0) -> None:
        """Go so many months on, or back, to a whole month."""
        self._ask(lambda: self._do_seek(_whole(self._month, months)))

    def step_event(self) -> None:
        """Go to the next month at which anything happens on either side."""
        self._ask(self._do_step_event)

    def seek(self, month: float) -> None:
        """Look at a month; one that is not known yet is simulated as fast as can be."""
        self._ask(lambda: self._do_seek(month))

    def reset(self) -> None:
        """Back to the first month; changes made in mid-run are forgotten."""
        self._ask(self._do_reset)

    def set_speed(self, months_a_second: float) -> None:
        """Change the speed."""
        self._ask(lambda: self._do_speed(months_a_second))

    def choose(self, side: int, choice: Choice) -> None:
        """Simulate something else on a side, up to the month looked at."""
        self._ask(lambda: self._do_choose({side: choice}))

    def choose_all(self, choices: Sequence[Choice], from_start: bool = True) -> None:
        """Simulate something else on every side: from the first month, or up to the month looked at."""
        self._ask(lambda: self._do_choose(dict(enumerate(choices)), from_start))

    def replay(self, folders: Sequence[str]) -> None:
        """Open recordings instead, one a side; what cannot be opened is said, and what was there stays."""
        self._ask(lambda: self._do_replay(list(folders)))

    def close(self, wait: float | None = 5.0) -> None:
        """Stop for good and let go of both markets."""
        self._ask(self._do_close)
        if wait is not None and threading.current_thread() is not self._thread:
            self._thread.join(wait)

    # The engine's thread ------------------------------------------------------------------------------------

    def _ask(self, do: Do) -> None:
        if not self.stopped.is_set():
            self._inbox.put(do)

    def _work(self) -> None:
        try:
            self._publish()
            while not self.closing:
                self._take_orders()
                if self.closing:
                    break
                if self._stale:
                    self._build(self._stale.pop())
                elif self._goal is not None or self._phase == "playing":
                    self._go_on()
        except Exception:
            log.exception("the page's engine stopped")
            raise
        finally:
            self._phase = "closed"
            self._sides = []
            # Markets were put where nobody looks for garbage; now they are some.
            gc.unfreeze()
            self.stopped.set()
            with _alive_lock:
                _alive.discard(self)

    def _take_orders(self) -> None:
        """Do what was asked for; wait for something to do if there is nothing."""
        busy = self._stale or self._goal is not None or self._phase == "playing"
        try:
            order = self._inbox.get(block=not busy)
            while True:
                order()
                order = self._inbox.get_nowait()
        except queue.Empty:
            pass

    def _do_play(self) -> None:
        if self._phase == "paused" and self._horizon > self._month:
            self._phase = "playing"
            self._start_clock()
            self._publish()

    def _do_pause(self) -> None:
        if self._phase in {"playing", "paused"}:
            self._goal = None
            self._phase = "paused"
            self._pace = 0.0
            self._publish()

    def _do_seek(self, month: float) -> None:
        month = min(max(0.0, month), self._horizon or self.picture.horizon)
        self._pace = 0.0
        if self._phase == "building":  # it goes there once it is built
            self._look_at(month)
            return
        self._phase = "paused"
        if self._known >= month:
            self._goal = None
            self._look_at(month)
        else:
            self._goal = month
            self._publish()

    def _do_step_event(self) -> None:
        if self._phase not in {"playing", "paused"} or self._goal is not None:
            return
        self._phase = "paused"
        coming = [side.next_event(self._month) for side in self._running()]
        found = [month for month in coming if month is not None]
        # The side that has nothing before that is taken along, so that both stay in step.
        self._do_seek(min(found) if found else self._horizon)

    def _do_reset(self) -> None:
        if self._replay:
            self._do_seek(0.0)
            return
        self._do_choose({n: replace(choice, reforms=()) for n, choice in enumerate(self._choices)}, from_start=True)

    def _do_speed(self, months_a_second: float) -> None:
        self._speed = min(max(0.1, months_a_second), 1000.0)
        self._start_clock()
        self._publish()

    def _do_choose(self, choices: dict[int, Choice], from_start: bool = False) -> None:
        if self._replay:
            self._replay, from_start = False, True
            self._sides = [None] * len(self._choices)
            self._views = [View(choice.policy, choice=choice) for choice in self._choices]
        if from_start:
            self._month = 0.0
            choices = {**dict(enumerate(self._choices)), **choices}
        was_playing = self._phase == "playing" and not from_start
        for side, choice in choices.items():
            self._choices[side] = choice
            self._views[side] = replace(
                self._views[side], title=choice.policy, choice=choice, problem="", command="", busy=True
            )
            self._stale.add(side)
        self._goal = None
        self._phase = "building"
        self._plays_on = was_playing
        self._publish()

    def _do_replay(self, folders: list[str]) -> None:
        try:
            sides = [RecordedSide(open_recording(folder)) for folder in folders]
        except Exception as error:
            self._views = [replace(view, problem=problem_of(error)) for view in self._views]
            self._publish()
            self._views = [replace(view, problem="") for view in self._views]
            return
        self._replay = True
        self._stale.clear()
        self._sides = list(sides)
        self._views = [View(side.title, side.tables()) for side in sides]
        self._phase, self._goal, self._pace = "paused", None, 0.0
        self._look_at(0.0)

    def _do_close(self) -> None:
        self.closing = True

    def _build(self, side: int) -> None:
        """Make a side's market, and bring it to the month the other is at."""
        self._sides[side] = None
        try:
            made = LiveSide(self._composer, self._choices[side])
        except Exception as error:
            if not _expected(error):
                log.exception("a market could not be built")
            self._views[side] = replace(self._views[side], problem=problem_of(error), tables=None, busy=False)
        else:
            self._sides[side] = made
            self._views[side] = replace(self._views[side], command=made.command)
            if made.reached >= self._month:  # there is something to see before the other side is ready
                self._views[side] = replace(self._views[side], tables=made.tables(), busy=False)
        if self._stale:
            self._publish()
            return
        self._phase = "paused"
        self._goal = min(self._month, self._horizon)
        if self._known >= self._goal:
            self._arrive()
        else:
            self._publish()

    def _go_on(self) -> None:
        """One slice: each side in turn, towards the goal or as far as the clock allows."""
        now = time.perf_counter()
        if self._goal is None:
            self._clock_check(now)
            target = min(self._horizon, self._clock[1] + (now - self._clock[0]) * self._speed)
        else:
            target = self._goal
        running = self._running()
        for number, side in enumerate(running):
            try:
                side.advance(target, SLICE / max(1, len(running)))
            except Exception as error:
                log.exception("a market failed")
                self._fail(number, error)
                return
        known = min(self._known, target)
        if self._goal is not None:
            if known >= self._goal:
                self._arrive()
            elif now - self._shown_at >= 1.0 / PICTURES_A_SECOND:
                self._publish()
            return
        self._month = known
        if known >= self._horizon:
            self._phase, self._pace = "ended", 0.0
            self._publish()
            self._phase = "paused"
        elif now - self._shown_at >= 1.0 / PICTURES_A_SECOND:
            self._publish()
        if known >= target:
            # Nothing to do until the clock moves on: orders are taken at once.
            self._rest(0.01)

    def _rest(self, seconds: float) -> None:
        try:
            order = self._inbox.get(timeout=seconds)
        except queue.Empty:
            return
        order()

    def _arrive(self) -> None:
        goal, self._goal = self._goal, None
        plays_on, self._plays_on = self._plays_on, False
        self._look_at(self._month if goal is None else goal)
        if plays_on:
            self._do_play()

    def _look_at(self, month: float) -> None:
        self._month = month
        self._publish()

    def _fail(self, number: int, error: Exception) -> None:
        broken = self._running()[number]
        where = self._sides.index(broken)
        self._sides[where] = None
        self._views[where] = replace(self._views[where], problem=problem_of(error), tables=None)
        self._goal = None
        self._phase = "paused"
        self._publish()

    # Time -----------------------------------------------------------------------------------------------------

    def _start_clock(self) -> None:
        self._clock = (time.perf_counter(), self._month)

    def _clock_check(self, now: float) -> None:
        """Note the pace once a second, and do not run after time that was lost."""
        began, month = self._clock
        if now - began >= 1.0:
            self._pace = (self._month - month) / (now - began)
            self._clock = (now, self._month)

    def _running(self) -> list[Side]:
        return [side for side in self._sides if side is not None]

    @property
    def _horizon(self) -> float:
        return min((side.horizon for side in self._running()), default=0.0)

    @property
    def _known(self) -> float:
        return min((side.reached for side in self._running()), default=0.0)

    # Pictures ---------------------------------------------------------------------------------------------------

    def _publish(self) -> None:
        """Tell listeners how things stand. The tables of a running market are taken here, on its own thread.

        While sides are built or catch up, what is seen stays as it was.
        """
        behind = bool(self._stale) or self._goal is not None
        for number, side in enumerate(self._sides):
            if side is not None and not behind:
                self._views[number] = replace(self._views[number], tables=side.tables(), busy=False)
        self._number += 1
        self._shown_at = time.perf_counter()
        self.picture = Picture(
            self._number,
            "catching_up" if behind and not self._stale else self._phase,
            self._month,
            self._known,
            self._horizon or self.picture.horizon,
            self._speed,
            self._pace,
            tuple(self._views),
            self._replay,
        )
        for listener in tuple(self._listeners):
            try:
                listener(self.picture)
            except Exception:
                log.exception("a page could not be told")


def alive() -> int:
    """How many sessions run in this process."""
    with _alive_lock:
        return len(_alive)


def _whole(month: float, steps: float) -> float:
    """The whole month that is ``steps`` from a month: the next one up, or down, first."""
    import math

    base = math.floor(month + 1e-9) if steps > 0 else math.ceil(month - 1e-9)
    return float(base) + steps


def _expected(error: Exception) -> bool:
    from caremarket.market.errors import ConfigurationError

    return isinstance(error, ConfigurationError)
