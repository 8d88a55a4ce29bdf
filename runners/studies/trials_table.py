"""The trials of a policy search as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from caremarket.experiments.design.plan import Design, Point
from caremarket.experiments.search.section import SearchSpec
from caremarket.experiments.search.study import MEANS, REASON, best_trials
from caremarket.runners.storage.design_table import lever_columns

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial


def trials_table(spec: SearchSpec, trials: Sequence[FrozenTrial]) -> pa.Table:
    """One row per trial: trial, generation, feasible, best, reason (of a failure), then levers and measures.

    ``feasible``: the trial worked and keeps all limits. ``best``: no other feasible trial is at least as good in every
    objective and better in one.
    """
    best = best_trials(spec, trials)
    points = tuple(Point(t.number, "", dict(t.params)) for t in trials)
    levers = lever_columns(Design(points, 1, 0)).drop_columns(["point", "label"])
    means = [t.user_attrs.get(MEANS, {}) for t in trials]
    reasons = [t.user_attrs.get(REASON, "") for t in trials]
    feasible = [
        not reason and all(v <= 0 for v in spec.excess(mean).values())
        for mean, reason in zip(means, reasons, strict=True)
    ]
    columns: dict[str, Any] = {
        "trial": pa.array([t.number for t in trials], pa.int32()),
        "generation": pa.array([t.number // spec.generation for t in trials], pa.int32()),
        "feasible": pa.array(feasible, pa.bool_()),
        "best": pa.array([t.number in best for t in trials], pa.bool_()),
        "reason": pa.array(reasons, pa.string()),
    }
    columns |= {name: levers.column(name) for name in levers.column_names}
    columns |= {name: pa.array([mean.get(name) for mean in means], pa.float64()) for name in spec.measures}
    return pa.table(columns)
