"""Scenario discovery: the levers and states of the world under which an outcome occurs.

The analyses are those of the EMA Workbench: the patient rule induction method (PRIM) of Friedman and Fisher (1999) as
used by Bryant and Lempert (2010), and feature scores from extra trees. Their input is a sweep's ``design.parquet`` and
``runs.parquet``: a case is a design point, its outcome the mean over replicates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from caremarket.market.errors import ConfigurationError

if TYPE_CHECKING:
    import pandas as pd
from caremarket.experiments.analysis.cases import Cases, ema_workbench
from caremarket.experiments.analysis.condition import Condition

FEWEST_CASES = 20
"""Minimum number of points for a meaningful box."""
PEEL = 0.05
"""Share of cases removed per step, and the smallest share of cases in a box: EMA Workbench's defaults."""
SIGNIFICANT = 0.05
"""Limits of a box with a quasi-p-value above it are dropped (Bryant and Lempert 2010)."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """Result of scenario discovery.

    Attributes:
        condition: the condition for a case to be of interest.
        cases: points looked at, and ``of_interest`` of them.
        unmeasured: points left out because the measure was never measured there.
        coverage: share of the cases of interest that are in the box.
        density: share of the cases in the box that are of interest.
        mass: share of all cases that are in the box.
        limits: one row per lever: lever, restricted, low, high (numbers) or choices (text), the whole range or all
            choices beside them, quasi-p-values of the limits, and the lever's extra-trees score (they sum to 1).
        trajectory: one row per box in PRIM's series: coverage, density, mass, restricted levers, and whether
            it is the chosen box.
    """

    condition: Condition
    cases: int
    of_interest: int
    unmeasured: int
    coverage: float
    density: float
    mass: float
    limits: pa.Table
    trajectory: pa.Table


def discover(cases: Cases, condition: Condition, seed: int, density: float | None = None) -> Discovery:
    """Find the box of levers in which the condition tends to hold, and score the levers.

    PRIM gives a series of ever smaller boxes. The box chosen is the one with the highest harmonic mean of coverage and
    density, or, if ``density`` is given, the one of largest coverage among those of at least that density. Limits
    that chance explains as well are then dropped.

    Args:
        cases: from :func:`cases_of`.
        condition: the condition for a case to be of interest.
        seed: of the extra trees; PRIM draws nothing.
        density: lowest density required, in (0, 1].

    Raises:
        ConfigurationError: no such measure, too few points, nothing varies, or no or every case is of interest.
    """
    if condition.measure not in cases.outcomes:
        measures = ", ".join(sorted(cases.outcomes))
        raise ConfigurationError("condition", f"{condition.measure!r} is no measure of this sweep; choose: {measures}")
    values = cases.outcomes[condition.measure]
    there = ~np.isnan(values)
    frame = cases.experiments[there].reset_index(drop=True)
    values = values[there]
    interest = condition.holds(values)
    _check(cases, condition, len(values), int(interest.sum()))
    box, chosen = _box(frame, interest, density)
    row = box.peeling_trajectory.iloc[chosen]
    return Discovery(
        condition,
        len(values),
        int(interest.sum()),
        int((~there).sum()),
        float(row["coverage"]),
        float(row["density"]),
        float(row["mass"]),
        _limits(box, chosen, cases.levers, _scores(frame, values, seed)),
        _trajectory(box, chosen),
    )


def _check(cases: Cases, condition: Condition, count: int, of_interest: int) -> None:
    if not cases.levers:
        raise ConfigurationError("design", "no lever varies over this sweep's points: there is nothing to discover")
    if count < FEWEST_CASES:
        raise ConfigurationError(
            "design", f"{count} points are too few to discover anything; sweep {FEWEST_CASES} or more"
        )
    if of_interest in {0, count}:
        which = "no point" if not of_interest else f"each of the {count} points"
        raise ConfigurationError("condition", f"{condition} holds at {which}; choose another number")


def _box(frame: pd.DataFrame, interest: np.ndarray, density: float | None) -> tuple[Any, int]:
    """PRIM's first box, and the number of the entry of its trajectory that is chosen."""
    ema_workbench()
    from ema_workbench.analysis import prim

    # Whole numbers as fractions: its pasting widens limits by parts of one, which pandas refuses for integers.
    frame = frame.astype({name: float for name in frame.columns if frame[name].dtype == np.int64})
    found = prim.Prim(frame, interest.astype(int), peel_alpha=PEEL, paste_alpha=PEEL, mass_min=PEEL)
    box = found.find_box()
    path = box.peeling_trajectory
    if density is None:
        merit = 2 * path["coverage"] * path["density"] / (path["coverage"] + path["density"]).clip(lower=1e-12)
    else:
        merit = path["coverage"].where(path["density"] >= density, -1.0)
        if merit.max() < 0:
            raise ConfigurationError(
                "density", f"no box is as dense as {density:g}; the densest found has {path['density'].max():.2f}"
            )
    chosen = int(merit.to_numpy().argmax())
    while True:
        weak = [
            lever
            for lever, values in box.p_values[chosen].items()
            if min((v for v in values if v >= 0), default=0.0) > SIGNIFICANT
        ]
        if not weak:
            return box, chosen
        # One at a time: the others' values change with it.
        worst = max(weak, key=lambda lever: min(v for v in box.p_values[chosen][lever] if v >= 0))
        box.drop_restriction(worst, chosen)
        chosen = len(box.peeling_trajectory) - 1


def _scores(frame: pd.DataFrame, values: np.ndarray, seed: int) -> dict[str, float]:
    """Extra-trees feature score of each lever for the measure itself; they sum to 1."""
    ema_workbench()
    from ema_workbench.analysis import RuleInductionType, feature_scoring

    levers = frame.drop(columns="scenario")
    found, _ = feature_scoring.get_ex_feature_scores(
        levers,
        values,
        mode=RuleInductionType.REGRESSION,
        max_features=max(1, round(levers.shape[1] / 3)),
        random_state=seed % 2**32,
    )
    return {str(name): float(score) for name, score in found.iloc[:, 0].items()}


def _limits(box: Any, chosen: int, levers: list[str], scores: dict[str, float]) -> pa.Table:
    limits, whole, chance = box.box_lims[chosen], box.box_lims[0], box.p_values[chosen]
    rows = []
    for lever in sorted(levers, key=lambda name: (name not in chance, -scores.get(name, 0.0))):
        low, high = limits[lever]
        first, last = whole[lever]
        text = isinstance(low, set)
        values = [None if v < 0 else float(v) for v in chance.get(lever, ())]
        rows.append(
            {
                "lever": lever,
                "restricted": lever in chance,
                "low": None if text else float(low),
                "high": None if text else float(high),
                "choices": sorted(map(str, low)) if text else None,
                "range_low": None if text else float(first),
                "range_high": None if text else float(last),
                "range_choices": sorted(map(str, first)) if text else None,
                "quasi_p_low": values[0] if values else None,
                "quasi_p_high": values[1] if len(values) > 1 else None,
                "score": scores.get(lever),
            }
        )
    words, number = pa.list_(pa.string()), pa.float64()
    kinds: list[Any] = [pa.string(), pa.bool_(), number, number, words, number, number, words, number, number, number]
    return pa.Table.from_pylist(rows, pa.schema(list(zip(rows[0], kinds, strict=True))))


def _trajectory(box: Any, chosen: int) -> pa.Table:
    path = box.peeling_trajectory
    return pa.table(
        {
            "box": pa.array(range(len(path)), pa.int32()),
            "coverage": pa.array(path["coverage"], pa.float64()),
            "density": pa.array(path["density"], pa.float64()),
            "mass": pa.array(path["mass"], pa.float64()),
            "restricted": pa.array(path["res_dim"].astype(int), pa.int32()),
            "chosen": pa.array([number == chosen for number in range(len(path))], pa.bool_()),
        }
    )
