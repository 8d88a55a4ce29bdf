"""Estimates with 95% intervals: means over seeds, changes of paired seeds, and regressions with seeds as clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from caremarket.experiments.analysis.statistics import estimate
from caremarket.experiments.evidence.market.figure import Found

if TYPE_CHECKING:
    import pandas as pd

NOTHING = Found(None, None, None, 0)


def over_seeds(values: pd.Series[float]) -> Found:
    """Mean over seeds, with Student's t interval."""
    found = estimate(values.tolist())
    if found is None:
        return NOTHING
    half = found.half_width
    low, high = (None, None) if half is None else (found.mean - half, found.mean + half)
    return Found(found.mean, low, high, found.count)


def paired(before: pd.Series[float], after: pd.Series[float]) -> Found:
    """Mean change from ``before`` to ``after`` over the seeds that both have, with Student's t interval."""
    return over_seeds((after - before).dropna())


def slope(frame: pd.DataFrame, formula: str, term: str) -> Found:
    """Coefficient of a term of a least-squares regression, its errors clustered by ``replicate``.

    The interval is Student's t with one degree of freedom fewer than there are seeds.
    """
    from statsmodels.formula.api import ols  # takes seconds to import

    if frame.empty or len(frame) < 3:
        return Found(None, None, None, len(frame))
    model = ols(formula, frame)
    if not _identified(model.exog, model.exog_names.index(term)):
        return Found(None, None, None, len(frame))
    if frame["replicate"].nunique() < 2:
        return Found(_known(model.fit().params[term]), None, None, len(frame))
    fitted = model.fit(cov_type="cluster", cov_kwds={"groups": frame["replicate"].to_numpy()}, use_t=True)
    low, high = fitted.conf_int().loc[term]
    return Found(_known(fitted.params[term]), _known(low), _known(high), len(frame))


def mean(frame: pd.DataFrame, column: str) -> Found:
    """Mean of a column over all rows, its error clustered by ``replicate``."""
    return slope(frame.assign(outcome=frame[column]), "outcome ~ 1", "Intercept")


def exponential(found: Found) -> Found:
    """A coefficient on the logarithm of an outcome as a relative change of the outcome."""
    ends = (None if value is None else float(np.expm1(value)) for value in (found.value, found.low, found.high))
    value, low, high = ends
    return Found(value, low, high, found.count)


def _identified(columns: NDArray[np.float64], place: int) -> bool:
    """True if a column is no combination of the others, so that its coefficient is determined."""
    rank = np.linalg.matrix_rank
    return bool(rank(np.delete(columns, place, axis=1)) < rank(columns))


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
