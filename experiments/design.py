"""Designs: which points of the space of policies are run, how often, and with which seeds.

A design crosses *arms* (named sets of levers), a *grid* (every combination of listed values) and *random* points
(drawn by a sampler over ranges). Each point is run ``replicates`` times; replicate ``r`` has the same seed at
every point, so points can be compared pairwise (common random numbers).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    ValidationError,
    model_validator,
)

from experiments.sampling import SAMPLERS
from market.errors import ConfigurationError
from market.randomness import Purpose, Streams, entity_key

LeverValue = bool | int | float | str | None
NOT_LEVERS = frozenset(
    {
        "seed",
        "replicates",
        "name",
        "output_root",
        "design",
        "search",
        "runner",
        "tracking",
        "experiment",
        "record",
        "hydra",
    }
)
"""Top-level keys that say how and where, not what: they cannot be swept."""


class LeverRange(BaseModel):
    """What a random lever is drawn from: the range [low, high], or a list of choices."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    low: StrictFloat | None = None
    high: StrictFloat | None = None
    integer: StrictBool = False
    choices: tuple[LeverValue, ...] = ()

    @model_validator(mode="after")
    def _one_kind(self) -> LeverRange:
        ranged = self.low is not None and self.high is not None
        if ranged == bool(self.choices):
            raise ValueError("needs either low and high, or choices")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError("low is above high")
        return self

    def at(self, u: float) -> LeverValue:
        """The value at quantile ``u`` in (0, 1)."""
        if self.choices:
            return self.choices[min(int(u * len(self.choices)), len(self.choices) - 1)]
        assert self.low is not None
        assert self.high is not None
        if self.integer:
            return min(int(self.low) + int(u * (int(self.high) - int(self.low) + 1)), int(self.high))
        return self.low + u * (self.high - self.low)


class RandomSpec(BaseModel):
    """Random points: how many, drawn how, over which levers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    samples: StrictInt = Field(default=0, ge=0, le=1_000_000)
    sampler: str = "latin_hypercube"
    levers: dict[str, LeverRange] = {}


class DesignSpec(BaseModel):
    """The ``design`` section of a configuration."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    arms: dict[str, dict[str, LeverValue]] = {}
    grid: dict[str, tuple[LeverValue, ...]] = {}
    random: RandomSpec = RandomSpec()


@dataclass(frozen=True, slots=True)
class Point:
    """One design point: its position, its label, and the levers that make it differ from the others."""

    index: int
    label: str
    levers: dict[str, LeverValue]


@dataclass(frozen=True, slots=True)
class RunSpec:
    """One run to be made. ``run`` numbers the design's runs: ``point * replicates + replicate``."""

    run: int
    point: int
    replicate: int
    seed: int


@dataclass(frozen=True, slots=True)
class Design:
    """Points, replicates and root seed of a sweep."""

    points: tuple[Point, ...]
    replicates: int
    seed: int

    def seeds(self) -> tuple[int, ...]:
        """The seed of each replicate, derived from the root seed."""
        streams = Streams(self.seed)
        return tuple(
            int(streams.uniform(Purpose.REPLICATE, entity_key("replicate"), occasion=r) * 2**53)
            for r in range(self.replicates)
        )

    def runs(self) -> list[RunSpec]:
        """Every run in order of point and replicate."""
        seeds = self.seeds()
        return [
            RunSpec(point.index * self.replicates + r, point.index, r, seed)
            for point in self.points
            for r, seed in enumerate(seeds)
        ]

    @property
    def lever_names(self) -> tuple[str, ...]:
        """Every lever that any point names, in order of first appearance."""
        return tuple(dict.fromkeys(key for point in self.points for key in point.levers))


def design_from_config(
    section: Any, extra_grid: Mapping[str, Sequence[LeverValue]], replicates: int, seed: int
) -> Design:
    """Lay out the points of a ``design`` section.

    Args:
        section: the composed section.
        extra_grid: further grid axes, from lists on the command line.
        replicates: runs of each point.
        seed: root seed.

    Raises:
        ConfigurationError: the section is malformed, a key is no lever, or a lever is set twice.
    """
    spec = _checked(section)
    grid = dict(spec.grid)
    for key, values in extra_grid.items():
        grid[key] = tuple(values)
    _check_levers(spec, grid)
    arms = list(spec.arms.items()) or [("", {})]
    combinations = [dict(zip(grid, values, strict=True)) for values in product(*grid.values())]
    points: list[Point] = []
    for (arm, arm_levers), combination, drawn in product(arms, combinations, _samples(spec.random, seed)):
        parts = [arm] if arm else []
        parts += [f"{key.rpartition('.')[2]}={shown(value)}" for key, value in combination.items()]
        index = len(points)
        if spec.random.samples:
            parts.append(f"sample={index}" if len(arms) * len(combinations) == 1 else f"draw={index}")
        points.append(Point(index, " ".join(parts) or "base", {**arm_levers, **combination, **drawn}))
    return Design(tuple(points), replicates, seed)


def shown(value: LeverValue) -> str:
    """A lever's value as it is written on the command line."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _checked(section: Any) -> DesignSpec:
    try:
        return DesignSpec.model_validate(section or {})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(["design", *(str(p) for p in first["loc"])])
        message = str(first.get("ctx", {}).get("error", first["msg"]))
        if first["type"] == "extra_forbidden":
            message = "is no known key; allowed are arms, grid, random (samples, sampler, levers)"
        raise ConfigurationError(key, message) from None


def _check_levers(spec: DesignSpec, grid: Mapping[str, Sequence[LeverValue]]) -> None:
    for key, values in grid.items():
        if not values:
            raise ConfigurationError(f"design.grid.{key}", "has no values; give a list")
    if spec.random.sampler not in SAMPLERS:
        choices = ", ".join(sorted(SAMPLERS))
        raise ConfigurationError(
            "design.random.sampler", f"{spec.random.sampler!r} is unknown; choose one of: {choices}"
        )
    if spec.random.samples and not spec.random.levers:
        raise ConfigurationError("design.random.levers", "is empty; name the levers to draw and their ranges")
    arm_keys = {key for levers in spec.arms.values() for key in levers}
    random_keys = set(spec.random.levers) if spec.random.samples else set()
    for key in sorted(arm_keys | set(grid) | random_keys):
        if key.partition(".")[0] in NOT_LEVERS:
            raise ConfigurationError(key, "cannot be varied within a sweep; set it once for all runs")
    double = (arm_keys & set(grid)) | (arm_keys & random_keys) | (set(grid) & random_keys)
    if double:
        raise ConfigurationError(sorted(double)[0], "is varied twice in this design: by arms, grid or random")


def _samples(spec: RandomSpec, seed: int) -> list[dict[str, LeverValue]]:
    """The levers of each random point; one empty point if there are none."""
    if not spec.samples:
        return [{}]
    keys = list(spec.levers)
    rows = SAMPLERS[spec.sampler].sample(keys, spec.samples, Streams(seed))
    return [{key: spec.levers[key].at(u) for key, u in zip(keys, row, strict=True)} for row in rows]
