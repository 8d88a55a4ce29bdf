"""Effects of one policy: differences of its pairs from the baseline, averaged over independent units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from caremarket.experiments.analysis.arms import Setting
from caremarket.experiments.analysis.pairs import Points, Runs
from caremarket.experiments.analysis.statistics import Values, differences, paired_effects

Key = tuple[Setting, int]
"""Key shared by the runs of a pair: setting and replicate."""
ENOUGH_REPLICATES = 5
EFFECTS = ("sd", "t_low", "t_high", "bca_low", "bca_high", "d_z", "sign_share", "p_t", "p_wilcoxon")


def effects_of(
    baseline: str, arm: str, points: Points, before: Runs, after: Runs, names: Sequence[str]
) -> list[dict[str, Any]]:
    """One row per measure: the effect of one policy against the baseline."""
    keys: list[Key] = []
    rows: list[tuple[int, int]] = []
    not_run = 0
    for setting, base, own in points:
        left, right = before.rows.get(base, {}), after.rows.get(own, {})
        both = sorted(set(left) & set(right))
        not_run += len(set(left) ^ set(right))
        keys += [(setting, replicate) for replicate in both]
        rows += [(left[replicate], right[replicate]) for replicate in both]
    index = np.array(rows, dtype=np.int64).reshape(-1, 2)
    was, now = before.values[index[:, 0]], after.values[index[:, 1]]
    found = differences(was, now)
    effects = _by_units(keys, found)
    result = []
    for position, name in enumerate(names):
        there = ~np.isnan(found[:, position])
        row: dict[str, Any] = {"baseline": baseline, "arm": arm, "measure": name, "not_run": not_run}
        row |= {"pairs": int(there.sum()), "missing": int((~there).sum())} | effects[position]
        if there.any():
            means = float(was[there, position].mean()), float(now[there, position].mean())
            row |= {"baseline_mean": means[0], "arm_mean": means[1]}
            row["relative_change"] = means[1] / means[0] - 1 if means[0] else None
        result.append(row)
    return result


def _by_units(keys: Sequence[Key], found: Values) -> list[dict[str, Any]]:
    """Effects of each column of differences, over independent units, computed together if equally many."""
    groups: dict[tuple[str, int], list[tuple[int, Values]]] = {}
    for column in range(found.shape[1]):
        there = [int(row) for row in np.flatnonzero(~np.isnan(found[:, column]))]
        unit, values = _units([keys[i] for i in there], found[there, column])
        groups.setdefault((unit, len(values)), []).append((column, values))
    result: list[dict[str, Any]] = [{} for _ in range(found.shape[1])]
    for (unit, count), members in groups.items():
        effects = paired_effects(np.array([values for _, values in members])) if count else None
        for row, (column, _) in enumerate(members):
            result[column] = {"unit": unit, "units": count, "difference": None} | dict.fromkeys(EFFECTS)
            if effects is not None:
                result[column]["difference"] = finite_or_none(effects.mean[row])
                result[column] |= {name: finite_or_none(getattr(effects, name)[row]) for name in EFFECTS}
    return result


def _units(keys: Sequence[Key], values: Values) -> tuple[str, Values]:
    """Average differences that are not independent: one value for each replicate, or for each setting."""
    settings = {setting for setting, _ in keys}
    replicates = {replicate for _, replicate in keys}
    by_setting = len(replicates) < ENOUGH_REPLICATES and len(settings) > len(replicates)
    unit = "setting" if by_setting else "replicate"
    together: dict[Any, list[float]] = {}
    for key, value in zip(keys, values, strict=True):
        together.setdefault(key[0] if by_setting else key[1], []).append(float(value))
    return unit, np.array([np.mean(group) for group in together.values()], dtype=np.float64)


def finite_or_none(value: float) -> float | None:
    """A number; None in place of NaN and infinity."""
    return float(value) if np.isfinite(value) else None
