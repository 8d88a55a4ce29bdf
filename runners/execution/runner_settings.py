"""Checks of the settings that all runners share."""

from __future__ import annotations

import math
from pkgutil import resolve_name

from caremarket.market.errors import ConfigurationError
from caremarket.runners.execution.runner import SIMULATE


def check_batch_seconds(value: object) -> float:
    """Check a runner's ``batch_seconds``.

    Raises:
        ConfigurationError: it is not a number above zero.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
        raise ConfigurationError("runner.batch_seconds", f"{value!r} must be a number above 0")
    return float(value)


def check_workers(value: object) -> int | None:
    """Check a runner's ``workers``.

    Raises:
        ConfigurationError: it is neither a whole number of 1 or more nor null.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ConfigurationError("runner.workers", f"{value!r} must be a whole number of 1 or more, or null")
    return value


def check_simulate(value: object) -> str:
    """Check a runner's ``simulate``: the dotted name of an existing function.

    Raises:
        ConfigurationError: there is no such function.
    """
    if value == SIMULATE:
        return SIMULATE
    try:
        found = resolve_name(value) if isinstance(value, str) else None
    except (ImportError, AttributeError, ValueError):
        found = None
    if not callable(found):
        raise ConfigurationError("runner.simulate", f"{value!r} names no function; the default is {SIMULATE}")
    return str(value)
