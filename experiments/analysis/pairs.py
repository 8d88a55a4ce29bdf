"""Pairs of runs: runs of two policies, or of two sweeps, with the same seed and setting."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from caremarket.experiments.analysis.arms import Arms, Setting
from caremarket.experiments.analysis.results import SweepResults
from caremarket.experiments.analysis.statistics import Values
from caremarket.market.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Runs:
    """Runs of a sweep: point -> replicate -> row, and the measures of each row, shape (runs, measures)."""

    rows: Mapping[int, Mapping[int, int]]
    seeds: Mapping[int, int]
    values: Values


Points = Sequence[tuple[Setting, int, int]]
"""Points to pair: setting, point of the baseline, point of the policy compared with it."""


def pairs_within(arms: Arms) -> Callable[[str], Points]:
    """The points to pair for each policy of one sweep: those with the same setting in policy and baseline."""
    base = arms.members[arms.baseline]

    def pairs(arm: str) -> Points:
        own = arms.members[arm]
        return [(setting, point, own[setting]) for setting, point in base.items() if setting in own]

    return pairs


def pairs_between(
    sweep: SweepResults, against: SweepResults, baseline: str | None
) -> tuple[Arms, Callable[[str], Points]]:
    """Pairs of points of two sweeps: those with the same label, or every point with the one named."""
    other = {point.label: point.index for point in against.points}
    title = f"{against.name}/{against.folder.name}"
    if baseline is not None and baseline not in other:
        known = ", ".join(list(other)[:12])
        raise ConfigurationError("--baseline", f"{baseline!r} is no label in {against.folder}; choose one of: {known}")
    shared = {p.label: (other[baseline or p.label], p.index) for p in sweep.points if (baseline or p.label) in other}
    if not shared:
        raise ConfigurationError("--against", f"{against.folder} has no point with a label of {sweep.folder}")
    name = title if baseline is None else f"{baseline} ({title})"
    members: dict[str, dict[Setting, int]] = {name: {}}
    members.update({label: {(): point} for label, (_, point) in shared.items()})
    return Arms(name, members, ()), lambda arm: [((), *shared[arm])]


def read_runs(sweep: SweepResults, names: Sequence[str]) -> Runs:
    """The runs of a sweep with the measures named; NaN if there was nothing to measure."""
    table = sweep.runs(names)
    points, replicates, seeds = (table.column(name).to_numpy().tolist() for name in ("point", "replicate", "seed"))
    rows: dict[int, dict[int, int]] = {}
    for row, (point, replicate) in enumerate(zip(points, replicates, strict=True)):
        rows.setdefault(point, {})[replicate] = row
    # A null in Arrow is NaN here: nothing to measure.
    columns = [table.column(name).to_numpy(zero_copy_only=False) for name in names]
    values = np.column_stack(columns) if columns else np.empty((table.num_rows, 0))
    return Runs(rows, dict(zip(replicates, seeds, strict=True)), values.astype(np.float64))


def check_seeds(before: Runs, after: Runs, against: SweepResults) -> None:
    """Refuse two sweeps whose replicates do not have the same seeds."""
    common = set(before.seeds) & set(after.seeds)
    if not common or any(before.seeds[r] != after.seeds[r] for r in common):
        raise ConfigurationError("--against", f"{against.folder} has other seeds; only runs of one seed make a pair")
