"""Measures of concentration. All take yearly values by supplier; zeros do not count as suppliers.

A measure of an empty market is None.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import log

CONCENTRATED = 1_000
HIGHLY_CONCENTRATED = 2_000
"""The UK competition authority's lines on the Herfindahl-Hirschman scale of 0 to 10,000."""


def _positive(values: Iterable[float]) -> list[float]:
    return [v for v in values if v > 0]


def herfindahl_hirschman_index(values: Iterable[float]) -> float | None:
    """Sum of squared percentage shares, in (0, 10,000]."""
    present = _positive(values)
    total = sum(present)
    if not present:
        return None
    return sum((v / total) ** 2 for v in present) * 10_000.0


def effective_suppliers(values: Iterable[float]) -> float | None:
    """Number of equal suppliers with the same index: the inverse of the sum of squared shares."""
    index = herfindahl_hirschman_index(values)
    return None if index is None else 10_000.0 / index


def concentration_ratio(values: Iterable[float], firms: int) -> float | None:
    """Share of the ``firms`` largest suppliers, in (0, 1]."""
    present = sorted(_positive(values), reverse=True)
    if not present:
        return None
    return sum(present[:firms]) / sum(present)


def entropy(values: Iterable[float]) -> float | None:
    """Shannon entropy of shares in nats; 0 for a monopoly."""
    present = _positive(values)
    if not present:
        return None
    total = sum(present)
    return max(0.0, -sum(v / total * log(v / total) for v in present))


def gini(values: Iterable[float]) -> float | None:
    """Gini coefficient of values among suppliers with any, in [0, 1): 0 when all are equal."""
    present = sorted(_positive(values))
    n = len(present)
    if not n:
        return None
    weighted = sum(rank * v for rank, v in enumerate(present, start=1))
    return 2.0 * weighted / (n * sum(present)) - (n + 1.0) / n


def degree_centralisation(degrees: Iterable[int]) -> float | None:
    """Freeman's degree centralisation of a network without loops, in [0, 1]: 1 for a star, 0 for equal degrees.

    ``sum(largest degree - degree) / ((n - 1) (n - 2))`` over its ``n`` members; None for fewer than three.
    """
    present = list(degrees)
    n = len(present)
    if n < 3:
        return None
    most = max(present)
    return sum(most - d for d in present) / ((n - 1.0) * (n - 2.0))


def ratio(part: float, whole: float) -> float | None:
    """``part / whole``, or None if ``whole`` is zero."""
    return part / whole if whole > 0 else None
