"""Arms of a comparison: the points of a sweep that belong to each policy, and the baseline policy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from caremarket.experiments.analysis.results import SweepResults
from caremarket.experiments.design.levers import LeverValue, shown
from caremarket.experiments.design.plan import Point
from caremarket.market.errors import ConfigurationError

Setting = tuple[tuple[str, str], ...]
"""Levers that do not distinguish the compared policies, with their values, in order."""


@dataclass(frozen=True, slots=True)
class Arms:
    """The compared policies of a sweep and the points that belong to each.

    Attributes:
        baseline: name of the policy that the others are compared with.
        members: policy -> its points, each keyed by its setting of the other levers.
        by: levers that distinguish the policies; empty if whole points are compared.
    """

    baseline: str
    members: Mapping[str, Mapping[Setting, int]]
    by: tuple[str, ...]

    @property
    def others(self) -> list[str]:
        """The policies compared with the baseline, in the design's order."""
        return [name for name in self.members if name != self.baseline]


def arms_of(sweep: SweepResults, baseline: str | None) -> Arms:
    """Points of a sweep that belong to each policy, and the baseline policy.

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
    """Default baseline: the first arm, the point ``base``, or the first value of the first lever."""
    labels = [point.label for point in sweep.points]
    if len(sweep.arms) > 1:
        return _arm_of(sweep.points[0], sweep)
    if labels.count("base") == 1:
        return "base"
    varied = [key for key in sweep.levers if len({point.levers.get(key) for point in sweep.points}) > 1]
    return _named({varied[0]: sweep.points[0].levers.get(varied[0])})


def _one_lever(sweep: SweepResults) -> bool:
    """True if points differ only in the value of one lever: the values then name the policies."""
    return not sweep.arms and len(sweep.levers) == 1 and all(point.levers for point in sweep.points)


def _grouped(sweep: SweepResults, baseline: str, by: tuple[str, ...], name: Callable[[Point], str]) -> Arms:
    """Points in groups by ``name``, each under its setting of the levers that are not in ``by``."""
    members: dict[str, dict[Setting, int]] = {}
    for point in sweep.points:
        rest = tuple((key, repr(value)) for key, value in point.levers.items() if key not in by)
        if sweep.arms and not set(by) & {key for levers in sweep.arms.values() for key in levers}:
            rest = (("arm", _arm_of(point, sweep)), *rest)
        members.setdefault(name(point), {})[rest] = point.index
    return Arms(baseline, members, by)


def _arm_of(point: Point, sweep: SweepResults) -> str:
    """The arm a point belongs to: its label begins with the arm's name."""
    fitting = [arm for arm in sweep.arms if point.label == arm or point.label.startswith(f"{arm} ")]
    return max(fitting, key=len, default="")


def _levers_named(sweep: SweepResults, text: str) -> dict[str, LeverValue]:
    """``policy=separate flow_down=0`` as levers of the sweep with their values."""
    found: dict[str, LeverValue] = {}
    for word in text.split():
        name, equals, value = word.partition("=")
        keys = [key for key in sweep.levers if name in (key, key.rpartition(".")[2])]
        if not equals and not found:  # a value alone, if only one lever takes it
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
