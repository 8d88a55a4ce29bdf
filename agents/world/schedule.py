"""Events that cannot be lost without an error.

Mesa holds an event's callback weakly and does nothing when the callback is gone. An event here holds its handler, a
bound method marked with :func:`event_handler`, as long as it is on the list. The mark counts what was executed: at any
time ``scheduled = executed + cancelled + pending``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, NamedTuple, Protocol

from mesa.time import Event, Priority

if TYPE_CHECKING:
    from caremarket.agents.world.market import World


NORMAL = Priority.DEFAULT.value


class _Order(NamedTuple):
    """Sort key and handler of an event; numbers differ, so that handlers are never compared."""

    time: float
    priority: int
    unique_id: int
    execute: Callable[[], None]


class MarketEvent(_Order, Event):  # type: ignore[misc]  # both can be compared; the tuple does it
    """A Mesa event that is also the tuple (time, priority, number, handler) it is ordered by.

    With 50,000 pending events, Mesa's list makes some fifteen comparisons for each event it returns; tuples are
    compared in C. The order is Mesa's own: by time, then priority, then number. Executing an event calls its handler;
    Mesa's list returns no cancelled event.
    """

    # Until it is cancelled.
    CANCELED = False

    def cancel(self) -> None:
        """Cancel this event."""
        self.CANCELED = True


def new_event(time: float, handler: Callable[[], None], number: int, priority: int = NORMAL) -> MarketEvent:
    """A new event. It already has the attributes that Mesa's ``__init__`` would set, so that is not called.

    Args:
        time: month in which it happens.
        handler: bound method without arguments.
        number: number of events scheduled so far, this one included.
        priority: Mesa's priority; the lower goes first.
    """
    return tuple.__new__(MarketEvent, (time, priority, number, handler))


class HasModel(Protocol):
    """Subject of events."""

    @property
    def model(self) -> World:
        """The market it is in."""
        ...


def event_handler[T: HasModel](rule: Callable[[T], None]) -> Callable[[T], None]:
    """Mark a rule, a function or method of one subject, as an event handler.

    Schedule the rule bound to its subject: a bound method, or ``MethodType(rule, subject)``.
    """

    @wraps(rule)
    def handle(subject: T) -> None:
        model = subject.model
        model.executed += 1
        rule(subject)
        if model.checks_each_event:
            model.ledger.check()

    return handle
