"""The players and the world that holds them.

What is here is loaded when it is asked for: to check a request, or to send runs out, takes no Mesa.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agents.model import CareMarket, simulate
    from agents.result import RunResult

__all__ = ["CareMarket", "RunResult", "simulate"]

_HOMES = {"CareMarket": "agents.model", "RunResult": "agents.result", "simulate": "agents.model"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(_HOMES[name]), name)
    globals()[name] = found
    return found
