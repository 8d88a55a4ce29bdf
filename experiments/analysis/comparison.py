"""Policies against a baseline, run by run: both have met the same seeds, so their differences are what counts.

A *pair* is two runs that share the replicate (and so the seed: common random numbers) and every lever but those that
tell the compared policies apart. Where other levers vary too, differences are first averaged so that one value
is left for each independent *unit*: for each replicate, over the settings of the other levers, which are taken as
given; or, with fewer than five replicates and more settings than that, for each setting, over the replicates.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from caremarket.experiments.analysis.measures import HEADLINES
from caremarket.experiments.analysis.results import PointResult, SweepResults
from caremarket.experiments.analysis.statistics import Values, corrected, differences, paired_effects
from caremarket.experiments.design.plan import LeverValue, shown
from caremarket.market.errors import ConfigurationError

Setting = tuple[tuple[str, str], ...]
"""The levers that do not tell the compared policies apart, with their values, in order."""
Key = tuple[Setting, int]
"""What the runs of a pair share: setting and replicate."""

ENOUGH_REPLICATES = 5
EFFECTS = ("sd", "t_low", "t_high", "bca_low", "bca_high", "d_z", "sign_share", "p_t", "p_wilcoxon")

_FIELDS: list[Any] = [
    pa.field("baseline", pa.string(), nullable=False),
    pa.field("arm", pa.string(), nullable=False),
    pa.field("measure", pa.string(), nullable=False),
    pa.field("pairs", pa.int32(), nullable=False),
    pa.field("missing", pa.int32(), nullable=False),
    pa.field("not_run", pa.int32(), nullable=False),
    pa.field("unit", pa.string(), nullable=False),
    pa.field("units", pa.int32(), nullable=False),
    pa.field("baseline_mean", pa.float64()),
    pa.field("arm_mean", pa.float64()),
    pa.field("difference", pa.float64()),
    *(pa.field(name, pa.float64()) for name in EFFECTS),
    pa.field("relative_change", pa.float64()),
    *(
        pa.field(f"{name}_{method}", pa.float64())
        for name in ("p_t", "p_wilcoxon")
        for method in ("holm", "benjamini_hochberg")
    ),
]
SCHEMA = pa.schema(_FIELDS)
"""Columns of ``comparison.parquet``; docs/howto-compare-policies.md says what each is."""


@dataclass(frozen=True, slots=True)
class Arms:
    """How the points of a sweep fall into compared policies.

    Attributes:
        baseline: name of the policy that the others are compared with.
        members: policy -> points of it, each under its setting of the other levers.
        by: levers that tell the policies apart; empty where whole points are compared.
    """

    baseline: str
    members: Mapping[str, Mapping[Setting, int]]
    by: tuple[str, ...]

    @property
    def others(self) -> list[str]:
        """The policies compared with the baseline, in the design's order."""
        return [name for name in self.members if name != self.baseline]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison made.

    Attributes:
        sweep: whose policies were compared.
        against: the sweep that the baseline's runs are from, if another.
        arms: how its points were told apart.
        table: a row for each policy and measure, with :data:`SCHEMA`.
    """

    sweep: SweepResults
    against: SweepResults | None
    arms: Arms
    table: pa.Table

    @property
    def measures(self) -> list[str]:
        """The measures compared, in order."""
        return list(dict.fromkeys(str(name) for name in self.table.column("measure").to_pylist()))

    @property
    def headlines(self) -> list[str]:
        """The headline measures among them; all of them where none is."""
        return [name for name in HEADLINES if name in set(self.measures)] or self.measures

    def row(self, arm: str, measure: str) -> dict[str, Any]:
        """What was found for a policy and a measure."""
        for row in self.table.to_pylist():
            if row["arm"] == arm and row["measure"] == measure:
                found: dict[str, Any] = row
                return found
        raise KeyError((arm, measure))


def compare(
    sweep: SweepResults,
    baseline: str | None = None,
    measures: Sequence[str] | None = None,
    against: SweepResults | None = None,
) -> Comparison:
    """Compare policies of a sweep with a baseline, pair by pair.

    Args:
        sweep: finished or not.
        baseline: an arm of the design, a point's label, or settings of levers (``policy=separate``); None for
            the first. With ``against``, the label of a point there; None compares points of the same label.
        measures: names of columns of ``runs``; None for all measures.
        against: another sweep with the same seeds, to which the baseline belongs.

    Raises:
        ConfigurationError: baseline or measure is unknown, or there is nothing to compare.
    """
    names = _checked_measures(sweep, measures)
    before = after = _runs(sweep, names)
    if against is None:
        arms = told_apart(sweep, baseline)
        pairs_of = _within(arms)
    else:
        _checked_measures(against, names)
        before = _runs(against, names)
        _check_seeds(before, after, against)
        arms, pairs_of = _between(sweep, against, baseline)
    rows: list[dict[str, Any]] = []
    for arm in arms.others:
        rows += _compared(arms.baseline, arm, pairs_of(arm), before, after, names)
    if not any(row["pairs"] + row["missing"] for row in rows):
        raise ConfigurationError(str(sweep.folder), f"has no run yet with the seed of a run of {arms.baseline!r}")
    for name in ("p_t", "p_wilcoxon"):
        values = np.array([np.nan if row[name] is None else row[name] for row in rows], dtype=np.float64)
        for column, method in (
            ("holm", corrected(values, "holm")),
            ("benjamini_hochberg", corrected(values, "fdr_bh")),
        ):
            for row, value in zip(rows, method, strict=True):
                row[f"{name}_{column}"] = _number(value)
    return Comparison(sweep, against, arms, pa.Table.from_pylist(rows, schema=SCHEMA))


# --- which points are compared ----------------------------------------------------------------------------


def told_apart(sweep: SweepResults, baseline: str | None) -> Arms:
    """Which points of a sweep belong to which policy, and which policy is the baseline.

    Raises:
        ConfigurationError: the baseline is unknown, or nothing can be compared with it.
    """
    labels = [point.label for point in sweep.points]
    if len(labels) < 2:
        raise ConfigurationError(str(sweep.folder), "has one design point only; there is nothing to compare it with")
    wanted = _first(sweep) if baseline is None else baseline
    if wanted in sweep.arms and (wanted not in labels or len(sweep.arms) == len(labels)):
        own = {key for levers in sweep.arms.values() for key in levers}
        arms = _grouped(sweep, wanted, tuple(sorted(own)), lambda point: _arm_of(point, sweep))
    elif labels.count(wanted) == 1 and not _one_lever(sweep):
        arms = Arms(wanted, {point.label: {(): point.index} for point in sweep.points}, ())
    else:
        by = _levers_named(sweep, wanted)
        arms = _grouped(sweep, _named(by), tuple(by), lambda point: _named({k: point.levers.get(k) for k in by}))
    base = set(arms.members.get(arms.baseline, ()))
    if not any(base & set(arms.members[other]) for other in arms.others):
        raise ConfigurationError("--baseline", f"nothing differs from {wanted!r} in that alone; {_allowed(sweep)}")
    return arms


def _first(sweep: SweepResults) -> str:
    """The baseline where none is named: the first arm, the point ``base``, or the first value of the first lever."""
    labels = [point.label for point in sweep.points]
    if len(sweep.arms) > 1:
        return _arm_of(sweep.points[0], sweep)
    if labels.count("base") == 1:
        return "base"
    varied = [key for key in sweep.levers if len({point.levers.get(key) for point in sweep.points}) > 1]
    return _named({varied[0]: sweep.points[0].levers.get(varied[0])})


def _one_lever(sweep: SweepResults) -> bool:
    """Whether points are the values of one lever and nothing else: then these name the policies."""
    return not sweep.arms and len(sweep.levers) == 1 and all(point.levers for point in sweep.points)


def _grouped(sweep: SweepResults, baseline: str, by: tuple[str, ...], name: Callable[[PointResult], str]) -> Arms:
    """Points in groups by ``name``, each under its setting of the levers that are not in ``by``."""
    members: dict[str, dict[Setting, int]] = {}
    for point in sweep.points:
        rest = tuple((key, repr(value)) for key, value in point.levers.items() if key not in by)
        if sweep.arms and not set(by) & {key for levers in sweep.arms.values() for key in levers}:
            rest = (("arm", _arm_of(point, sweep)), *rest)
        members.setdefault(name(point), {})[rest] = point.index
    return Arms(baseline, members, by)


def _arm_of(point: PointResult, sweep: SweepResults) -> str:
    """The arm a point belongs to: its label begins with the arm's name."""
    fitting = [arm for arm in sweep.arms if point.label == arm or point.label.startswith(f"{arm} ")]
    return max(fitting, key=len, default="")


def _levers_named(sweep: SweepResults, text: str) -> dict[str, LeverValue]:
    """``policy=separate flow_down=0`` as levers of the sweep with their values."""
    found: dict[str, LeverValue] = {}
    for word in text.split():
        name, equals, value = word.partition("=")
        keys = [key for key in sweep.levers if name in (key, key.rpartition(".")[2])]
        if not equals and not found:  # a value alone, where it is one lever's only
            keys = [key for key in sweep.levers if any(shown(p.levers.get(key)) == name for p in sweep.points)]
            value = name
        values = [p.levers.get(keys[0]) for p in sweep.points if shown(p.levers.get(keys[0])) == value] if keys else []
        if len(keys) != 1 or not values:
            raise ConfigurationError("--baseline", f"{text!r} is nothing this sweep has; {_allowed(sweep)}")
        found[keys[0]] = values[0]
    return found


def _named(levers: Mapping[str, LeverValue]) -> str:
    if list(levers) == ["policy"]:
        return shown(levers["policy"])
    return " ".join(f"{key.rpartition('.')[2]}={shown(value)}" for key, value in levers.items())


def _allowed(sweep: SweepResults) -> str:
    names = list(dict.fromkeys(_arm_of(point, sweep) for point in sweep.points)) if len(sweep.arms) > 1 else []
    for key in sweep.levers:
        values = list(dict.fromkeys(shown(point.levers.get(key)) for point in sweep.points if key in point.levers))
        if 1 < len(values) <= 12 and key not in {k for levers in sweep.arms.values() for k in levers}:
            names += [f"{key.rpartition('.')[2]}={value}" for value in values]
    names += [point.label for point in sweep.points if point.label not in names]
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""
    return f"choose one of: {', '.join(names[:12])}{more}"


# --- which runs are paired --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Runs:
    """Runs of a sweep: point -> replicate -> row, and the measures of each row, shape (runs, measures)."""

    rows: Mapping[int, Mapping[int, int]]
    seeds: Mapping[int, int]
    values: Values


Points = Sequence[tuple[Setting, int, int]]
"""Points to pair: setting, point of the baseline, point of the policy compared with it."""


def _within(arms: Arms) -> Callable[[str], Points]:
    base = arms.members[arms.baseline]

    def pairs(arm: str) -> Points:
        own = arms.members[arm]
        return [(setting, point, own[setting]) for setting, point in base.items() if setting in own]

    return pairs


def _between(sweep: SweepResults, against: SweepResults, baseline: str | None) -> tuple[Arms, Callable[[str], Points]]:
    """Points of a sweep with those of another: of the same label, or all with the one named."""
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


def _runs(sweep: SweepResults, names: Sequence[str]) -> _Runs:
    table = sweep.runs(names)
    points, replicates, seeds = (table.column(name).to_numpy().tolist() for name in ("point", "replicate", "seed"))
    rows: dict[int, dict[int, int]] = {}
    for row, (point, replicate) in enumerate(zip(points, replicates, strict=True)):
        rows.setdefault(point, {})[replicate] = row
    # A null in Arrow is NaN here: nothing to measure.
    columns = [table.column(name).to_numpy(zero_copy_only=False) for name in names]
    values = np.column_stack(columns) if columns else np.empty((table.num_rows, 0))
    return _Runs(rows, dict(zip(replicates, seeds, strict=True)), values.astype(np.float64))


def _check_seeds(before: _Runs, after: _Runs, against: SweepResults) -> None:
    common = set(before.seeds) & set(after.seeds)
    if not common or any(before.seeds[r] != after.seeds[r] for r in common):
        raise ConfigurationError("--against", f"{against.folder} has other seeds; only runs of one seed make a pair")


def _checked_measures(sweep: SweepResults, measures: Sequence[str] | None) -> list[str]:
    known = sweep.measures()
    if measures is None:
        return known
    unknown = [name for name in measures if name not in known]
    if unknown or not measures:
        raise ConfigurationError(
            "--measures",
            f"{', '.join(unknown) or 'none'!r} is no measure of {sweep.folder}; docs/measures.md lists them",
        )
    return list(dict.fromkeys(measures))


# --- what the pairs say -----------------------------------------------------------------------------------


def _compared(
    baseline: str, arm: str, points: Points, before: _Runs, after: _Runs, names: Sequence[str]
) -> list[dict[str, Any]]:
    """A row for each measure of one policy against the baseline."""
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
    """Effects of each column of differences, over independent units. Columns with as many units go together."""
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
                result[column]["difference"] = _number(effects.mean[row])
                result[column] |= {name: _number(getattr(effects, name)[row]) for name in EFFECTS}
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


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
