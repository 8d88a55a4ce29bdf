"""Events that cannot be lost in silence.

Mesa holds an event's callback weakly and does nothing when the callback is gone. Every handler here is therefore a
bound method of something the model keeps, marked with :func:`event_handler`, which counts what was executed. At
any time ``scheduled = executed + cancelled + pending``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from agents.model import CareMarket


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
