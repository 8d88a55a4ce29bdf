"""From the ``design`` section to the plan: the points and their order.

The parts of the two families are crossed: every entry of one is combined with every entry of the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from math import prod
from typing import Any

import numpy as np

from caremarket.experiments.design.levers import NOT_LEVERS, LeverValue, shown
from caremarket.experiments.design.plan import DRAW_NAMES, Axis, Design, Point
from caremarket.experiments.design.sampling import SAMPLERS
from caremarket.experiments.design.section import DesignSpec, Family, SampleSpec, checked_section
from caremarket.market.errors import ConfigurationError
from caremarket.market.randomness import Purpose, Streams, entity_key

MAX_POINTS = 10_000_000


def design_from_config(
    section: Any, extra_grid: Mapping[str, Sequence[LeverValue]], replicates: int, seed: int
) -> Design:
    """Lay out the points of a ``design`` section.

    Args:
        section: the composed section.
        extra_grid: further grid axes, from lists on the command line.
        replicates: runs of each point; not used if the section has a stopping rule.
        seed: root seed.

    Raises:
        ConfigurationError: the section is malformed, a key is not a lever, or a lever is set twice.
    """
    spec = checked_section(section, {key: tuple(values) for key, values in extra_grid.items()})
    _check_keys(spec)
    names = _short_names(key for family in spec.families.values() for _, key in family.varied())
    axes = [axis for name, family in spec.families.items() for axis in _axes(name, family, names, seed)]
    count = prod(len(axis.entries) for axis in axes)
    if count > MAX_POINTS:
        raise ConfigurationError("design", f"has {count:,} points; at most {MAX_POINTS:,} can be run")
    points = []
    for index, entries in enumerate(product(*(axis.entries for axis in axes))):
        levers: dict[str, LeverValue] = {}
        for _, values in entries:
            levers.update(values)
        points.append(Point(index, " ".join(label for label, _ in entries if label) or "base", levers))
    most = replicates if spec.stopping is None else spec.stopping.max_replicates
    return Design(tuple(points), most, seed, tuple(axes), spec.stopping)


def _axes(name: str, family: Family, names: Mapping[str, str], seed: int) -> list[Axis]:
    """The parts of a family that are present, in the order in which they are crossed."""
    axes = []
    if family.arms:
        axes.append(Axis(name, "arms", tuple(family.arms.items())))
    if family.grid:
        combinations = [dict(zip(family.grid, v, strict=True)) for v in product(*family.grid.values())]
        labels = [" ".join(f"{names[key]}={shown(v)}" for key, v in c.items()) for c in combinations]
        axes.append(Axis(name, "grid", tuple(zip(labels, combinations, strict=True))))
    if family.one_at_a_time:
        moves: list[tuple[str, dict[str, LeverValue]]] = [("", {})]
        for key, values in family.one_at_a_time.items():
            moves += [(f"{names[key]}={shown(value)}", {key: value}) for value in values]
        axes.append(Axis(name, "one_at_a_time", tuple(moves)))
    if family.sample.samples:
        drawn = _drawn(name, family.sample, seed)
        rows = tuple((f"{DRAW_NAMES[name]}={number}", row) for number, row in enumerate(drawn))
        axes.append(Axis(name, "sample", rows, family.sample))
    return axes


def _drawn(family: str, spec: SampleSpec, seed: int) -> list[dict[str, LeverValue]]:
    """The rows of a family's sample. Dimensions are sorted by name: their order in the file does not matter."""
    keys = sorted(spec.over)
    drawn = Streams(seed).uniform(Purpose.REPLICATE, entity_key("design", family, spec.sampler))
    generator = np.random.default_rng(int(drawn * 2**53))
    rows = SAMPLERS[spec.sampler].sample(len(keys), spec, generator)
    return [{key: spec.over[key].at(float(u)) for key, u in zip(keys, row, strict=True)} for row in rows]


def _short_names(keys: Iterable[str]) -> dict[str, str]:
    """Each key's last part, with as much before it as needed to make it unique."""
    found: dict[str, str] = {}
    distinct = sorted(set(keys))
    for key in distinct:
        parts = key.split(".")
        for length in range(1, len(parts) + 1):
            name = ".".join(parts[-length:])
            if not any(other != key and f".{other}".endswith(f".{name}") for other in distinct):
                break
        found[key] = name
    return found


def _check_keys(spec: DesignSpec) -> None:
    """Refuse empty parts, keys that are not levers, and keys varied twice."""
    varied: dict[str, str] = {}
    if spec.random.samples:  # written in the short form: errors name that
        _check_sample("design.random", "levers", spec.levers.sample)
    for name, family in spec.families.items():
        for part in ("grid", "one_at_a_time"):
            for key, values in getattr(family, part).items():
                if not values:
                    raise ConfigurationError(_where(spec, name, part, key), "has no values; give a list")
        _check_sample(f"design.{name}.sample", "over", family.sample)
        for part, key in family.varied():
            if key.partition(".")[0] in NOT_LEVERS:
                raise ConfigurationError(key, "cannot be varied within a sweep; set it once for all runs")
            here = f"{name}.{part}"
            if key in varied:
                raise ConfigurationError(key, f"is varied twice in this design: by {varied[key]} and by {here}")
            varied[key] = here
    if spec.levers.arms and spec.uncertainties.arms:
        both = sorted(set(spec.levers.arms) & set(spec.uncertainties.arms))
        if both:
            raise ConfigurationError(
                f"design.uncertainties.arms.{both[0]}", "is the name of an arm of levers too; call it otherwise"
            )


def _where(spec: DesignSpec, family: str, part: str, key: str) -> str:
    """A key as it was written, in the short form or not."""
    return f"design.grid.{key}" if part == "grid" and key in spec.grid else f"design.{family}.{part}.{key}"


def _check_sample(where: str, over: str, spec: SampleSpec) -> None:
    """Check a sample at the key ``where``, with its ranges at ``where.over``."""
    if spec.sampler not in SAMPLERS:
        choices = ", ".join(sorted(SAMPLERS))
        raise ConfigurationError(f"{where}.sampler", f"{spec.sampler!r} is unknown; choose one of: {choices}")
    if not spec.samples:
        return
    if not spec.over:
        raise ConfigurationError(f"{where}.{over}", "is empty; name what to draw and its ranges")
    sampler = SAMPLERS[spec.sampler]
    if sampler.power_of_two and spec.samples & (spec.samples - 1):
        raise ConfigurationError(
            f"{where}.samples",
            f"{spec.samples} is no power of two, as {sampler.name} needs for balance; 64, 128, 256, ... are",
        )
    if not sampler.analysis:
        return
    if spec.samples < 2:
        raise ConfigurationError(f"{where}.samples", f"must be 2 or more for {sampler.name}")
    constant = sorted(key for key, drawn in spec.over.items() if drawn.is_constant)
    if constant:
        raise ConfigurationError(f"{where}.{over}.{constant[0]}", f"has one value only; {sampler.name} must move it")
