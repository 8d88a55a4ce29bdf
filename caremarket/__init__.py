"""caremarket from Python: run, sweep, load, compare and plot (see :mod:`caremarket.runners.python_api`).

>>> import caremarket as cm
>>> run = cm.run("scenario=house", seed=1)                                              # doctest: +SKIP

The packages lie beside this folder in a checkout, and are links here: ``caremarket.market``, ``caremarket.agents``,
``caremarket.experiments``, ``caremarket.runners`` and ``caremarket.configs``. What is named here is loaded when it is
first used, so that a worker that needs one package does not pay for all.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from caremarket.runners.python_api import (
        CaremarketError,
        Comparison,
        ConfigurationError,
        Run,
        Sweep,
        compose,
        load,
        run,
        sweep,
    )

__all__ = ["CaremarketError", "Comparison", "ConfigurationError", "Run", "Sweep", "compose", "load", "run", "sweep"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module("caremarket.runners.python_api"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
