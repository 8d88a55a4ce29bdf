"""The ``design`` section of a configuration: typed, checked, frozen.

A design crosses two families, ``levers`` (decisions in the market) and ``uncertainties`` (facts that are not
chosen). Each family holds *arms* (named sets of values), a *grid* (every combination), *one at a time* (each key
moved alone from the base) and a *sample* (drawn over ranges). ``arms``, ``grid`` and ``random`` directly under
``design`` are short forms of those of ``levers``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import (
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    ValidationError,
    model_validator,
)

from caremarket.agents.records.measures import summary_names
from caremarket.experiments.configuration.messages import first_error
from caremarket.experiments.design.levers import LeverRange, LeverValue
from caremarket.market.errors import ConfigurationError
from caremarket.market.validation import Strict

MAX_SAMPLES = 1_000_000


class SampleSpec(Strict):
    """Points drawn over ranges.

    Attributes:
        samples: points; for ``saltelli`` base points, for ``morris`` trajectories, each of which is several points.
        sampler: name in :data:`caremarket.experiments.design.sampling.SAMPLERS`.
        over: key -> range or choices of its values.
        second_order: ``saltelli`` only: draw the points for second-order indices, 2k + 2 instead of k + 2.
        levels: ``morris`` only: levels of each range, an even number.
    """

    samples: Annotated[StrictInt, Field(ge=0, le=MAX_SAMPLES)] = 0
    sampler: str = "latin_hypercube"
    over: dict[str, LeverRange] = Field(default_factory=dict)
    second_order: StrictBool = True
    levels: Annotated[StrictInt, Field(ge=2, le=100, multiple_of=2)] = 4


class RandomSpec(Strict):
    """``design.random``: short for ``design.levers.sample``, with ``levers`` for ``over``."""

    samples: Annotated[StrictInt, Field(ge=0, le=MAX_SAMPLES)] = 0
    sampler: str = "latin_hypercube"
    levers: dict[str, LeverRange] = Field(default_factory=dict)


class Family(Strict):
    """One family of varied keys: arms, grid, moves and sample are crossed with one another."""

    arms: dict[str, dict[str, LeverValue]] = Field(default_factory=dict)
    grid: dict[str, tuple[LeverValue, ...]] = Field(default_factory=dict)
    one_at_a_time: dict[str, tuple[LeverValue, ...]] = Field(default_factory=dict)
    sample: SampleSpec = SampleSpec()

    def varied(self) -> Iterator[tuple[str, str]]:
        """Every varied key with the part that varies it; a key appears once for each part."""
        yield from (("arms", key) for key in dict.fromkeys(k for levers in self.arms.values() for k in levers))
        yield from (("grid", key) for key in self.grid)
        yield from (("one_at_a_time", key) for key in self.one_at_a_time)
        if self.sample.samples:
            yield from (("sample", key) for key in self.sample.over)


class StoppingSpec(Strict):
    """Replicates added until means are precise enough: see :mod:`caremarket.experiments.analysis.stopping`.

    Attributes:
        measures: measure -> half-width of the 95% interval to be reached, in the measure's own unit.
        min_replicates: replicates before the first decision.
        max_replicates: most replicates of a point, with the target reached or not.
        batch: replicates between two decisions.
        against: arm with which each other arm is compared: intervals are those of paired differences.
    """

    measures: dict[str, Annotated[StrictFloat, Field(gt=0)]] = Field(min_length=1)
    min_replicates: Annotated[StrictInt, Field(ge=2)] = 10
    max_replicates: Annotated[StrictInt, Field(ge=2, le=MAX_SAMPLES)] = 200
    batch: Annotated[StrictInt, Field(ge=1)] = 5
    against: str | None = None

    @model_validator(mode="after")
    def _ordered(self) -> StoppingSpec:
        if self.min_replicates > self.max_replicates:
            raise ValueError(f"min_replicates is above max_replicates, {self.max_replicates}")
        return self


class DesignSpec(Strict):
    """The ``design`` section. After :func:`checked_section` ``levers`` includes the short forms."""

    arms: dict[str, dict[str, LeverValue]] = Field(default_factory=dict)
    grid: dict[str, tuple[LeverValue, ...]] = Field(default_factory=dict)
    random: RandomSpec = RandomSpec()
    levers: Family = Family()
    uncertainties: Family = Family()
    stopping: StoppingSpec | None = None

    @property
    def families(self) -> dict[str, Family]:
        """Both families by name."""
        return {"levers": self.levers, "uncertainties": self.uncertainties}


def checked_section(section: Any, extra_grid: Mapping[str, tuple[LeverValue, ...]]) -> DesignSpec:
    """The section with ``arms``, ``grid``, ``random`` and ``extra_grid`` folded into ``levers``.

    Raises:
        ConfigurationError: the section is malformed, or sets a key in both forms.
    """
    try:
        spec = DesignSpec.model_validate(section or {})
    except ValidationError as error:
        raise first_error(error, DesignSpec, section="design") from None
    short = spec.random
    if short.samples and spec.levers.sample.samples:
        raise ConfigurationError("design.random", "and design.levers.sample are the same thing; give one of them")
    for name in ("arms", "grid"):
        twice = sorted(set(getattr(spec, name)) & set(getattr(spec.levers, name)))
        if twice:
            raise ConfigurationError(f"design.levers.{name}.{twice[0]}", f"stands under design.{name} too")
    sample = spec.levers.sample
    if short.samples:
        sample = SampleSpec(samples=short.samples, sampler=short.sampler, over=short.levers)
    levers = Family(
        arms={**spec.arms, **spec.levers.arms},
        grid={**spec.grid, **spec.levers.grid, **extra_grid},
        one_at_a_time=spec.levers.one_at_a_time,
        sample=sample,
    )
    _check_stopping(spec.stopping, levers)
    return spec.model_copy(update={"levers": levers})


def _check_stopping(stopping: StoppingSpec | None, levers: Family) -> None:
    if stopping is None:
        return
    for measure in stopping.measures:
        if measure not in summary_names():
            raise ConfigurationError(
                f"design.stopping.measures.{measure}", "is no measure; docs/measures.md lists them"
            )
    if stopping.against is None:
        return
    if stopping.against not in levers.arms or len(levers.arms) < 2:
        arms = ", ".join(levers.arms) or "none in this design"
        raise ConfigurationError(
            "design.stopping.against", f"{stopping.against!r} must be one of two or more arms; arms: {arms}"
        )
