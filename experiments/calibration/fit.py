"""Result of a calibration: best trial, near-best values of each parameter, parameters with the same effect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caremarket.experiments.calibration.targets import DISTANCE, TARGETS
from caremarket.experiments.design.levers import LeverRange

NEAR = 0.01
"""Trials with a distance at most this much above the best count as equally good: seeds alone change it as much."""
TOLD = 0.5
"""A parameter counts as determined if its near-best range is below this share of the range searched."""
ALIKE = 0.8
"""Cosine of two parameters' effects on the figures above which one can replace the other."""
STEADY = [n for n, name in enumerate(TARGETS) if not name.startswith("tenders_won")]
"""Figures that compare parameters, without shares of tenders won: from some dozens of contracts, mostly chance."""
TRIALS_EACH = 3
"""Trials per parameter needed to estimate the effect of each on the figures."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter: the range searched, its best value, and the range of near-best values.

    Attributes:
        width: near-best range divided by the range searched, in [0, 1]; on a log scale if it was searched on one.
        told: whether the trials determine it, that is, ``width`` is below :data:`TOLD`. A sampler that closes in on
            a good region makes ranges narrow there and leaves others unseen; random trials do not.
        moves: root mean square over the figures of the change across the whole range, by linear regression over all
            trials; None with too few of them.
    """

    name: str
    low: float
    high: float
    best: float
    near_low: float
    near_high: float
    width: float
    told: bool
    moves: float | None


@dataclass(frozen=True, slots=True)
class Fit:
    """The results of a calibration's trials.

    Attributes:
        best: the row of the best trial.
        near: number of trials that are as good.
        parameters: parameters of the search, in its order.
        alike: pairs of parameters with much the same, or the opposite, effect on the figures, with the cosine.
    """

    best: Mapping[str, Any]
    near: int
    parameters: tuple[Parameter, ...]
    alike: tuple[tuple[str, str, float], ...]


def fit(trials: Sequence[Mapping[str, Any]], levers: Mapping[str, LeverRange]) -> Fit | None:
    """Read the trials of a search that minimised the distance; None if no trial worked.

    Args:
        trials: rows with one column per lever, one per figure, and
            :data:`~caremarket.experiments.calibration.targets.DISTANCE`, None if a trial failed.
        levers: levers searched; lists of choices are left out.
    """
    worked = [t for t in trials if t[DISTANCE] is not None]
    if not worked:
        return None
    best = min(worked, key=lambda t: float(t[DISTANCE]))
    near = [t for t in worked if t[DISTANCE] <= best[DISTANCE] + NEAR]
    ranges = {name: lever for name, lever in levers.items() if not lever.choices}
    slopes = _slopes(worked, ranges)
    parameters = tuple(_parameter(name, lever, best, near, slopes.get(name)) for name, lever in ranges.items())
    return Fit(best, len(near), parameters, _alike(slopes))


def _scaled(lever: LeverRange, value: float) -> float:
    """Position of a value in the range searched, in [0, 1]."""
    assert lever.low is not None
    assert lever.high is not None
    low, high = float(lever.low), float(lever.high)
    return log(value / low) / log(high / low) if lever.log else (value - low) / (high - low)


def _parameter(
    name: str,
    lever: LeverRange,
    best: Mapping[str, Any],
    near: Sequence[Mapping[str, Any]],
    slope: NDArray[np.float64] | None,
) -> Parameter:
    values = [float(t[name]) for t in near]
    width = _scaled(lever, max(values)) - _scaled(lever, min(values))
    assert lever.low is not None
    assert lever.high is not None
    ends = float(lever.low), float(lever.high)
    moves = None if slope is None else float(np.sqrt(np.mean(slope**2)))
    return Parameter(name, *ends, float(best[name]), min(values), max(values), width, width < TOLD, moves)


def _slopes(trials: Sequence[Mapping[str, Any]], ranges: Mapping[str, LeverRange]) -> dict[str, NDArray[np.float64]]:
    """Change of each figure across the whole range of each parameter; empty with too few trials."""
    if len(trials) < TRIALS_EACH * (len(ranges) + 1):
        return {}
    x = np.array([[1.0, *(_scaled(lever, float(t[name])) for name, lever in ranges.items())] for t in trials])
    y = np.array([[float(t[figure]) for figure in TARGETS] for t in trials])
    found = np.linalg.lstsq(x, y, rcond=None)[0]
    return {name: found[n + 1] for n, name in enumerate(ranges)}


def _alike(slopes: Mapping[str, NDArray[np.float64]]) -> tuple[tuple[str, str, float], ...]:
    names = list(slopes)
    found = []
    for n, one in enumerate(names):
        for other in names[n + 1 :]:
            a, b = slopes[one][STEADY], slopes[other][STEADY]
            size = float(np.linalg.norm(a) * np.linalg.norm(b))
            cosine = float(a @ b) / size if size else 0.0
            if abs(cosine) >= ALIKE:
                found.append((one, other, cosine))
    return tuple(sorted(found, key=lambda pair: -abs(pair[2])))
