"""The event list of a market: scheduling, cancelling, and the check that no event was lost."""

from __future__ import annotations

from collections.abc import Callable

from mesa.time import Event, EventGenerator, Priority, Schedule

from caremarket.agents.world.clock import QuietClock
from caremarket.agents.world.schedule import NORMAL, new_event
from caremarket.market.errors import LostEventError


class Timeline(QuietClock):
    """A Mesa model without a recurring step: every event schedules those that follow from it.

    Attributes:
        executed: events carried out so far.
        scheduled: events put on the list so far.
        cancelled: events cancelled so far.
    """

    def __init__(self) -> None:
        super().__init__(rng=0)
        # Mesa starts every model with a recurring step, which is not used here.
        self._default_schedule.stop()
        self._event_list.compact()
        self.executed = 0
        self.scheduled = 0
        self.cancelled = 0

    def schedule(
        self,
        handler: Callable[[], None],
        *,
        after: float | None = None,
        at: float | None = None,
        priority: int = NORMAL,
    ) -> Event:
        """Schedule an event handler; see :mod:`caremarket.agents.world.schedule`.

        Adds the event to Mesa's list directly, as Mesa's recurring events do, instead of through ``schedule_event``: so
        it can be a :class:`~caremarket.agents.world.schedule.MarketEvent`, which compares fast.

        Raises:
            ValueError: the time lies in the past, or not exactly one of ``after`` and ``at`` is given.
        """
        now = self.time
        if after is not None and at is None:
            when = now + after
        elif at is not None and after is None:
            when = at
        else:
            raise ValueError("give exactly one of after and at")
        if when < now:
            raise ValueError(f"month {when:g} is past; it is month {now:g}")
        self.scheduled = number = self.scheduled + 1
        event = new_event(when, handler, number, priority)
        self._event_list.add_event(event)
        return event

    def schedule_event(
        self,
        function: Callable[[], None],
        *,
        at: float | None = None,
        after: float | None = None,
        priority: Priority = Priority.DEFAULT,
    ) -> Event:
        """Schedule an event through Mesa's interface; it becomes a fast event like all others."""
        return self.schedule(function, after=after, at=at, priority=priority.value)

    def schedule_recurring(
        self, function: Callable[[], None], schedule: Schedule, priority: Priority = Priority.DEFAULT
    ) -> EventGenerator:
        """Not available: events schedule the events that follow them.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError("CareMarket has no recurring events: a handler schedules the next with schedule()")

    def cancel(self, event: Event) -> None:
        """Cancel an event that has not happened yet."""
        event.cancel()
        self.cancelled += 1

    def pending(self) -> int:
        """Events scheduled and neither executed nor cancelled."""
        return sum(not e.CANCELED for e in self._event_list._events)

    def check_no_event_lost(self) -> None:
        """Raise :class:`LostEventError` unless scheduled = executed + cancelled + pending."""
        pending = self.pending()
        if self.scheduled != self.executed + self.cancelled + pending:
            raise LostEventError(
                f"{self.scheduled} events scheduled, {self.executed} executed, {self.cancelled} cancelled, "
                f"{pending} pending"
            )
