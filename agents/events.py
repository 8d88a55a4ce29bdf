"""Events that cannot be lost in silence.

Mesa holds an event's callback weakly and does nothing when the callback is gone. An event here holds its handler, a
bound method marked with :func:`event_handler`, until it is executed or cancelled. The mark counts what was executed: at
any time ``scheduled = executed + cancelled + pending``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, Protocol, Self

from mesa.time import Event, Priority

if TYPE_CHECKING:
    from agents.model import CareMarket


NORMAL = Priority.DEFAULT.value


class MarketEvent(tuple[float, int, int], Event):  # type: ignore[misc]  # both can be compared; the tuple does it
    """A Mesa event that is also the tuple (time, priority, number) it is ordered by.

    Mesa's list compares events some fifteen times for each one it hands out, with 50,000 pending; as tuples they
    compare in C. The order is Mesa's own: by time, then priority, then who was scheduled first.

    Args:
        time: month in which it happens.
        handler: bound method without arguments; let go when the event is over.
        number: how many events were scheduled up to it.
        priority: Mesa's priority; the lower goes first.
    """

    # Until it is cancelled; what nearly all events share need not be set on each.
    CANCELED = False
    priority = NORMAL
    fn: Any = None

    def __new__(cls, time: float, handler: Callable[[], None], number: int, priority: int = NORMAL) -> Self:
        """Make the tuple the event is ordered by."""
        return super().__new__(cls, (time, priority, number))

    def __init__(self, time: float, handler: Callable[[], None], number: int, priority: int = NORMAL) -> None:
        self.time = time
        self.unique_id = number
        self.handler: Callable[[], None] | None = handler
        if priority != NORMAL:
            self.priority = priority

    def execute(self) -> None:
        """Execute this event, once."""
        handler = self.handler
        if handler is not None:
            # An object knows its events: let go, so that nothing waits for the garbage collector.
            self.handler = None
            handler()

    def cancel(self) -> None:
        """Cancel this event."""
        self.CANCELED = True
        self.handler = None


class HasModel(Protocol):
    """Anything whose methods can be events."""

    model: CareMarket


def event_handler[T: HasModel](method: Callable[[T], None]) -> Callable[[T], None]:
    """Mark a method without arguments as something that can be scheduled."""

    @wraps(method)
    def handle(self: T) -> None:
        model = self.model
        model.executed += 1
        method(self)
        if model.checks_each_event:
            model.ledger.check()

    return handle
