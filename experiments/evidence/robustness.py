"""Robustness: share of many states of the world in which the sign of an effect holds."""

from __future__ import annotations

from collections.abc import Sequence

from caremarket.experiments.analysis.statistics import change

Pairs = Sequence[tuple[float | None, float | None]]
"""A measure before and after, one pair per seed; None if there was nothing to measure."""


def signs(worlds: Sequence[Pairs], sign: int) -> dict[str, int | float]:
    """Count the worlds in which the mean change has the ``sign`` claimed.

    Returns:
        ``points``, and of those ``held``, ``against``, ``still`` (no change) and ``unmeasured``; ``share`` is held
        over points, ``low`` and ``high`` its 95% interval (Wilson, Journal of the American Statistical Association
        22, 1927).
    """
    from scipy.stats import binomtest  # takes seconds to import

    counts = {"held": 0, "against": 0, "still": 0, "unmeasured": 0}
    for pairs in worlds:
        changes = [change(a, b) for a, b in pairs if a is not None and b is not None]
        total = sign * sum(changes)
        counts["unmeasured" if not changes else "held" if total > 0 else "against" if total < 0 else "still"] += 1
    interval = binomtest(counts["held"], len(worlds)).proportion_ci(method="wilson")
    share = counts["held"] / len(worlds)
    return {"points": len(worlds), **counts, "share": share, "low": float(interval.low), "high": float(interval.high)}
