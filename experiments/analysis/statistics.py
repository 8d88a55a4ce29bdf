"""Means over replicates, differences of paired replicates, and their intervals and tests."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from math import sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray

CONFIDENCE = 0.95
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measure over the replicates of one point.

    Attributes:
        count: replicates that have a value.
        mean: their mean.
        sd: their standard deviation; None for fewer than two.
        half_width: half the width of the 95% interval of the mean (Student's t); None for fewer than two.
    """

    count: int
    mean: float
    sd: float | None
    half_width: float | None


def estimate(values: Iterable[float | None]) -> Estimate | None:
    """Mean, standard deviation and interval of ``values``, leaving out None; None if nothing is left."""
    present = [float(v) for v in values if v is not None]
    count = len(present)
    if not count:
        return None
    mean = sum(present) / count
    if count < 2:
        return Estimate(count, mean, None, None)
    sd = sqrt(sum((v - mean) ** 2 for v in present) / (count - 1))
    return Estimate(count, mean, sd, student_t(count - 1) * sd / sqrt(count))


@cache
def student_t(degrees: int, confidence: float = CONFIDENCE) -> float:
    """Two-sided critical value of Student's t with ``degrees`` degrees of freedom, 1 or more; 95% by default."""
    # scipy.stats takes seconds to import; this is the function that its t.ppf calls.
    from scipy.special import stdtrit

    return float(stdtrit(degrees, 0.5 + confidence / 2))


RESAMPLES = 4999
"""Resamples of a bootstrap interval: its ends vary by about a hundredth of its width between seeds."""
BOOTSTRAP_SEED = 20130401
NOISE = 1e-9
"""Changes below this share of the larger value come from rounding in a sum, not from an effect."""


def change(before: float, after: float) -> float:
    """``after`` less ``before``, zero if the two differ only by rounding."""
    difference = float(after) - float(before)
    return 0.0 if abs(difference) <= NOISE * max(abs(before), abs(after)) else difference


def differences(before: Values, after: Values) -> Values:
    """``after`` less ``before``, zero if the two differ only by rounding."""
    found = after - before
    return np.where(np.abs(found) <= NOISE * np.maximum(np.abs(before), np.abs(after)), 0.0, found)


@dataclass(frozen=True, slots=True)
class PairedEffects:
    """Statistics of paired differences, one entry per row; NaN if undefined.

    Attributes:
        mean: mean difference.
        sd: standard deviation of the differences.
        t_low, t_high: 95% interval of the mean by Student's t.
        bca_low, bca_high: 95% interval of the mean by the bias-corrected and accelerated bootstrap
            (Efron, Journal of the American Statistical Association 82, 1987).
        d_z: mean over standard deviation (Cohen's d of paired differences).
        sign_share: share of the differences with the sign of the mean; differences of zero have no sign.
        p_t: two-sided p value of the paired t test.
        p_wilcoxon: two-sided p value of Wilcoxon's signed-rank test; differences of zero are left out.
    """

    mean: Values
    sd: Values
    t_low: Values
    t_high: Values
    bca_low: Values
    bca_high: Values
    d_z: Values
    sign_share: Values
    p_t: Values
    p_wilcoxon: Values


def paired_effects(found: Values, bootstrap: bool = True) -> PairedEffects:
    """Estimates, intervals and tests of the mean of paired differences.

    Args:
        found: differences, shape (rows, n): rows are measures or experiments, n is the number of pairs, 1 or
            more. If all values of a row are equal, the intervals have no width and no test is done.
        bootstrap: whether to compute the bootstrap interval, which takes most of the time.
    """
    from scipy import stats  # takes seconds to import

    rows, count = found.shape
    mean = found.mean(axis=1)
    nothing = np.full(rows, np.nan)
    sign_share = (np.sign(found) == np.sign(mean)[:, None]).mean(axis=1)
    sign_share[mean == 0] = np.nan
    effects = {name: nothing.copy() for name in PairedEffects.__dataclass_fields__}
    effects |= {"mean": mean, "sign_share": sign_share}
    if count < 2:
        return PairedEffects(**effects)
    effects["sd"] = sd = found.std(axis=1, ddof=1)
    still = sd <= NOISE * np.abs(mean)
    for name in ("t_low", "t_high", "bca_low", "bca_high"):
        effects[name][still] = mean[still]
    moved = ~still
    if moved.any():
        moving = found[moved]
        test = stats.ttest_1samp(moving, 0.0, axis=1)
        interval = test.confidence_interval(CONFIDENCE)
        effects["t_low"][moved], effects["t_high"][moved] = interval.low, interval.high
        effects["p_t"][moved] = test.pvalue
        effects["d_z"][moved] = mean[moved] / sd[moved]
        if bootstrap:
            effects["bca_low"][moved], effects["bca_high"][moved] = _bca(moving)
        effects["p_wilcoxon"][moved] = [float(stats.wilcoxon(row).pvalue) for row in moving]
    return PairedEffects(**effects)


def _bca(found: Values) -> tuple[Values, Values]:
    """Ends of the bootstrap interval of each row's mean, from resamples that are the same for every row."""
    from scipy import stats

    with warnings.catch_warnings():
        # Two or three pairs, or many equal ones, can leave the correction undefined: NaN then, and no interval.
        warnings.simplefilter("ignore")
        interval = stats.bootstrap(
            (found,),
            np.mean,
            axis=1,
            vectorized=True,
            n_resamples=RESAMPLES,
            batch=500,
            confidence_level=CONFIDENCE,
            method="BCa",
            rng=np.random.default_rng(BOOTSTRAP_SEED),
        ).confidence_interval
    return np.asarray(interval.low), np.asarray(interval.high)


def corrected(p_values: Values, method: Literal["holm", "fdr_bh"]) -> Values:
    """P values corrected for multiple testing: Holm (family-wise) or Benjamini-Hochberg (false discoveries).

    NaN means a test that was not done; it stays NaN and does not count.
    """
    from statsmodels.stats.multitest import multipletests

    found = p_values.copy()
    made = ~np.isnan(p_values)
    if made.any():
        found[made] = multipletests(p_values[made], method=method)[1]
    return found
