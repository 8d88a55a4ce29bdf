"""Agents of the market, their decisions, and the world they act in.

Names are imported on first use, so that checking a request or sending runs to workers does not import Mesa.

Citations such as "(P 1.11; K; M)" are explained in :mod:`caremarket.market`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from caremarket.agents.model import CareMarket, simulate
    from caremarket.agents.world.result import RunResult

__all__ = ["CareMarket", "RunResult", "simulate"]

_HOMES = {
    "CareMarket": "caremarket.agents.model",
    "RunResult": "caremarket.agents.world.result",
    "simulate": "caremarket.agents.model",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # On import, Mesa inspects every frame of the stack, which costs less before the chain of our own modules.
    import_module("mesa")
    found = getattr(import_module(_HOMES[name]), name)
    globals()[name] = found
    return found
