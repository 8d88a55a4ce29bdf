"""Model time as a plain attribute, for speed.

Mesa's ``time`` is a descriptor that notifies observers of each change and costs a twentieth of a run. Here ``time`` is
a plain attribute until the model is observed, and Mesa's descriptor from then on.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import mesa

_OBSERVED = mesa.Model.__dict__["time"]


class QuietClock(mesa.Model[Any, Any]):
    """A Mesa model whose ``time`` is a plain attribute while it is not observed."""

    time: float = 0.0  # hides Mesa's descriptor

    def observe(self, observable_name: Any, signal_type: Any, handler: Callable[..., Any]) -> None:
        """Subscribe to an observable as in Mesa; from the first time on, ``time`` is Mesa's observable."""
        if "time" in self.__dict__:
            now = self.__dict__.pop("time")
            self.__class__ = _watched(type(self))  # type: ignore[arg-type]  # the same class but for its clock
            self.time = now
        super().observe(observable_name, signal_type, handler)


@cache
def _watched(kind: Any) -> Any:
    """The same kind of model with Mesa's own ``time``."""
    return type(kind.__name__, (kind,), {"time": _OBSERVED, "__module__": kind.__module__, "__doc__": kind.__doc__})
