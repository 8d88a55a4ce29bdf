"""The engine behind a page: two sides at the same month, with play, pause, step, seek and rebuild.

It has no thread of its own and no Solara: :class:`~caremarket.runners.demo.engine.session.Session` calls it from one
thread. Its state is published as a :class:`~caremarket.runners.demo.engine.pictures.Picture` a few times a second.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from caremarket.market.errors import ConfigurationError
from caremarket.runners.demo.choices import Choice, Composer
from caremarket.runners.demo.engine.pictures import Phase, Picture, View
from caremarket.runners.demo.engine.recording import open_recording
from caremarket.runners.demo.engine.sides import LiveSide, RecordedSide, Side, problem_of

log = logging.getLogger("caremarket")

PICTURES_A_SECOND = 3.0
SLICE_SECONDS = 0.03
"""Wall-clock seconds that both sides together are advanced before requests are taken again."""
SPEED_LIMITS = (0.1, 1000.0)
"""Lowest and highest speed, in months a second."""


class Engine:
    """Two sides in step.

    Args:
        composer: composes scenarios.
        choices: the scenario, policy and seed of each side at first.
        speed: months a second.
        show: receives every picture.

    Attributes:
        picture: the latest picture.
    """

    def __init__(
        self, composer: Composer, choices: Sequence[Choice], speed: float, show: Callable[[Picture], None]
    ) -> None:
        self._composer = composer
        self._choices = list(choices)
        self._show = show
        self._sides: list[Side | None] = [None] * len(choices)
        self._views = [View(choice.policy, choice=choice) for choice in choices]
        self._to_build: set[int] = set(range(len(choices)))
        self._replay = False
        self._phase: Phase = "building"
        self._month = 0.0
        self._goal: float | None = None  # the month that is being caught up with
        self._play_when_built = False
        self._speed = speed
        self._pace = 0.0
        self._clock = (0.0, 0.0)  # time and month at which playing began, or at which the pace was last measured
        self._published_at = 0.0
        self.picture = Picture(speed=speed, views=tuple(self._views))

    @property
    def busy(self) -> bool:
        """True if there is something to build or to simulate."""
        return bool(self._to_build) or self._goal is not None or self._phase == "playing"

    # Requests -------------------------------------------------------------------------------------------------

    def play(self) -> None:
        """Play at the chosen speed."""
        if self._phase == "paused" and self._horizon > self._month:
            self._phase = "playing"
            self._start_clock()
            self.publish()

    def pause(self) -> None:
        """Stop at the month on view."""
        if self._phase in {"playing", "paused"}:
            self._goal = None
            self._phase = "paused"
            self._pace = 0.0
            self.publish()

    def toggle(self) -> None:
        """Play if paused, pause if playing."""
        if self._phase == "playing":
            self.pause()
        else:
            self.play()

    def seek(self, month: float) -> None:
        """Show a month; one that is not known yet is simulated as fast as possible."""
        month = min(max(0.0, month), self._horizon or self.picture.horizon)
        self._pace = 0.0
        if self._phase == "building":  # the month is reached once the sides are built
            self._show_month(month)
            return
        self._phase = "paused"
        if self._known >= month:
            self._goal = None
            self._show_month(month)
        else:
            self._goal = month
            self.publish()

    def step_months(self, months: float) -> None:
        """Move by a number of months, forwards or backwards, to a whole month."""
        self.seek(_whole(self._month, months))

    def step_event(self) -> None:
        """Go to the next month at which anything happens on either side."""
        if self._phase not in {"playing", "paused"} or self._goal is not None:
            return
        self._phase = "paused"
        coming = [side.next_event(self._month) for side in self._built()]
        found = [month for month in coming if month is not None]
        # The side with no event before that month is advanced too, so that both stay in step.
        self.seek(min(found) if found else self._horizon)

    def reset(self) -> None:
        """Return to the first month; changes made in mid-run are dropped."""
        if self._replay:
            self.seek(0.0)
            return
        self.choose({n: replace(choice, reforms=()) for n, choice in enumerate(self._choices)}, from_start=True)

    def set_speed(self, months_a_second: float) -> None:
        """Change the speed."""
        low, high = SPEED_LIMITS
        self._speed = min(max(low, months_a_second), high)
        self._start_clock()
        self.publish()

    def choose(self, choices: Mapping[int, Choice], from_start: bool = False) -> None:
        """Simulate other choices on some sides: from the first month, or up to the month on view."""
        changed = dict(choices)
        if self._replay:
            self._replay, from_start = False, True
            self._sides = [None] * len(self._choices)
            self._views = [View(choice.policy, choice=choice) for choice in self._choices]
        if from_start:
            self._month = 0.0
            changed = {**dict(enumerate(self._choices)), **changed}
        was_playing = self._phase == "playing" and not from_start
        for side, choice in changed.items():
            self._choices[side] = choice
            self._views[side] = replace(
                self._views[side], title=choice.policy, choice=choice, problem="", command="", busy=True
            )
            self._to_build.add(side)
        self._goal = None
        self._phase = "building"
        self._play_when_built = was_playing
        self.publish()

    def replay(self, folders: Sequence[str]) -> None:
        """Open recordings, one per side; if one cannot be opened, the problem is shown and the sides do not change."""
        try:
            sides = [RecordedSide(open_recording(folder)) for folder in folders]
        except Exception as error:
            self._views = [replace(view, problem=problem_of(error)) for view in self._views]
            self.publish()
            self._views = [replace(view, problem="") for view in self._views]
            return
        self._replay = True
        self._to_build.clear()
        self._sides = list(sides)
        self._views = [View(side.title, side.tables()) for side in sides]
        self._phase, self._goal, self._pace = "paused", None, 0.0
        self._show_month(0.0)

    def close(self) -> None:
        """Drop both markets."""
        self._phase = "closed"
        self._sides = []

    # Work -----------------------------------------------------------------------------------------------------

    def work(self) -> bool:
        """Build one side, or advance both by one slice; returns whether the sides are ahead of the clock."""
        if self._to_build:
            self._build(self._to_build.pop())
            return False
        return self._advance()

    def _build(self, side: int) -> None:
        """Build a side's market; once all are built, bring them to the month on view."""
        self._sides[side] = None
        try:
            made = LiveSide(self._composer, self._choices[side])
        except Exception as error:
            if not isinstance(error, ConfigurationError):
                log.exception("a market could not be built")
            self._views[side] = replace(self._views[side], problem=problem_of(error), tables=None, busy=False)
        else:
            self._sides[side] = made
            self._views[side] = replace(self._views[side], command=made.command)
            if made.reached >= self._month:  # it can be shown before the other side is ready
                self._views[side] = replace(self._views[side], tables=made.tables(), busy=False)
        if self._to_build:
            self.publish()
            return
        self._phase = "paused"
        self._goal = min(self._month, self._horizon)
        if self._known >= self._goal:
            self._arrive()
        else:
            self.publish()

    def _advance(self) -> bool:
        """Advance each side in turn, towards the goal or as far as the clock allows; see :meth:`work`."""
        now = time.perf_counter()
        if self._goal is None:
            self._measure_pace(now)
            target = min(self._horizon, self._clock[1] + (now - self._clock[0]) * self._speed)
        else:
            target = self._goal
        built = self._built()
        for number, side in enumerate(built):
            try:
                side.advance(target, SLICE_SECONDS / max(1, len(built)))
            except Exception as error:
                log.exception("a market failed")
                self._fail(number, error)
                return False
        known = min(self._known, target)
        picture_due = now - self._published_at >= 1.0 / PICTURES_A_SECOND
        if self._goal is not None:
            if known >= self._goal:
                self._arrive()
            elif picture_due:
                self.publish()
            return False
        self._month = known
        if known >= self._horizon:
            self._phase, self._pace = "ended", 0.0
            self.publish()
            self._phase = "paused"
        elif picture_due:
            self.publish()
        return known >= target

    def _arrive(self) -> None:
        goal, self._goal = self._goal, None
        play, self._play_when_built = self._play_when_built, False
        self._show_month(self._month if goal is None else goal)
        if play:
            self.play()

    def _show_month(self, month: float) -> None:
        self._month = month
        self.publish()

    def _fail(self, number: int, error: Exception) -> None:
        """Show the reason why a side failed, and pause."""
        where = self._sides.index(self._built()[number])
        self._sides[where] = None
        self._views[where] = replace(self._views[where], problem=problem_of(error), tables=None)
        self._goal = None
        self._phase = "paused"
        self.publish()

    # Time -----------------------------------------------------------------------------------------------------

    def _start_clock(self) -> None:
        self._clock = (time.perf_counter(), self._month)

    def _measure_pace(self, now: float) -> None:
        """Measure the pace once a second and restart the clock, so that lost time is not made up for."""
        began, month = self._clock
        if now - began >= 1.0:
            self._pace = (self._month - month) / (now - began)
            self._clock = (now, self._month)

    def _built(self) -> list[Side]:
        return [side for side in self._sides if side is not None]

    @property
    def _horizon(self) -> float:
        return min((side.horizon for side in self._built()), default=0.0)

    @property
    def _known(self) -> float:
        """The month up to which all sides are known."""
        return min((side.reached for side in self._built()), default=0.0)

    # Pictures ---------------------------------------------------------------------------------------------------

    def publish(self) -> None:
        """Make a picture of the present state and show it.

        While sides are built or catch up, the tables on view stay as they were.
        """
        behind = bool(self._to_build) or self._goal is not None
        for number, side in enumerate(self._sides):
            if side is not None and not behind:
                self._views[number] = replace(self._views[number], tables=side.tables(), busy=False)
        self._published_at = time.perf_counter()
        self.picture = Picture(
            self.picture.number + 1,
            "catching_up" if behind and not self._to_build else self._phase,
            self._month,
            self._known,
            self._horizon or self.picture.horizon,
            self._speed,
            self._pace,
            tuple(self._views),
            self._replay,
        )
        self._show(self.picture)


def _whole(month: float, steps: float) -> float:
    """The whole month that is ``steps`` from a month: the first step goes to the next whole month up, or down."""
    base = math.floor(month + 1e-9) if steps > 0 else math.ceil(month - 1e-9)
    return float(base) + steps
