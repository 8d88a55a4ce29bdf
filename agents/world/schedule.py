"""Events that cannot be lost in silence.

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
    """What an event is ordered by, and what happens; numbers differ, so that handlers are never compared."""

    time: float
    priority: int
    unique_id: int
    execute: Callable[[], None]


class MarketEvent(_Order, Event):  # type: ignore[misc]  # both can be compared; the tuple does it
    """A Mesa event that is also the tuple (time, priority, number, handler) it is ordered by.

    Mesa's list compares events some fifteen times for each one it hands out, with 50,000 pending; as tuples they
    compare in C, and a tuple is all there is to look up. The order is Mesa's own: by time, then priority, then who was
    scheduled first. Executing an event is calling its handler: Mesa's list hands out no event that was cancelled.
    """

    # Until it is cancelled.
    CANCELED = False

    def cancel(self) -> None:
        """Cancel this event."""
        self.CANCELED = True


def new_event(time: float, handler: Callable[[], None], number: int, priority: int = NORMAL) -> MarketEvent:
    """An event, without a call of Mesa's ``__init__``, whose attributes it has already.

    Args:
        time: month in which it happens.
        handler: bound method without arguments.
        number: how many events were scheduled up to it.
        priority: Mesa's priority; the lower goes first.
    """
    return tuple.__new__(MarketEvent, (time, priority, number, handler))


class HasModel(Protocol):
    """Anything that events can happen to."""

    @property
    def model(self) -> World:
        """The market it is in."""
        ...


def event_handler[T: HasModel](rule: Callable[[T], None]) -> Callable[[T], None]:
    """Mark a rule, a function or method of one subject, as something that can be scheduled.

    What is scheduled is the rule bound to its subject: a bound method, or ``MethodType(rule, subject)``.
    """

    @wraps(rule)
    def handle(subject: T) -> None:
        model = subject.model
        model.executed += 1
        rule(subject)
        if model.checks_each_event:
            model.ledger.check()

    return handle
