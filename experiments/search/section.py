"""The ``search`` section of a configuration: typed, checked, frozen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, StrictFloat, StrictInt, ValidationError, model_validator

from caremarket.agents.records.measures import summary_names
from caremarket.experiments.calibration.targets import DISTANCE, TARGETS
from caremarket.experiments.calibration.targets import NAMES as CALIBRATION
from caremarket.experiments.configuration.messages import first_error
from caremarket.experiments.design.levers import NOT_LEVERS, LeverRange
from caremarket.experiments.search.samplers import SAMPLERS
from caremarket.market.errors import ConfigurationError
from caremarket.market.validation import Strict


class Limits(Strict):
    """The lower limit, the upper limit, or both, of a measure's mean over replicates."""

    low: StrictFloat | None = None
    high: StrictFloat | None = None

    @model_validator(mode="after")
    def _one_at_least(self) -> Limits:
        if self.low is None and self.high is None:
            raise ValueError("needs low, high or both")
        return self


class SearchSpec(Strict):
    """The ``search`` section of a configuration."""

    levers: dict[str, LeverRange] = Field(default_factory=dict)
    objectives: dict[str, Literal["minimize", "maximize"]] = Field(default_factory=dict)
    constraints: dict[str, Limits] = Field(default_factory=dict)
    trials: StrictInt = Field(default=100, ge=1, le=100_000)
    generation: StrictInt = Field(default=20, ge=2, le=10_000)
    sampler: str = "nsga2"

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures of objectives and constraints; if the distance is one, also the figures in it."""
        more = TARGETS if DISTANCE in self.objectives else ()
        return tuple(dict.fromkeys([*self.objectives, *self.constraints, *more]))

    def excess(self, means: Mapping[str, float]) -> dict[str, float]:
        """Amount by which each limit is exceeded; zero or less if it is met."""
        found = {}
        for name, limits in self.constraints.items():
            if limits.low is not None:
                found[f"{name} low"] = limits.low - means[name]
            if limits.high is not None:
                found[f"{name} high"] = means[name] - limits.high
        return found


def search_from_config(section: Any) -> SearchSpec:
    """Check a ``search`` section.

    Raises:
        ConfigurationError: it is malformed, has no objective or lever, or has an unknown measure or sampler.
    """
    try:
        spec = SearchSpec.model_validate(section or {})
    except ValidationError as error:
        raise first_error(error, SearchSpec, section="search") from None
    if not spec.objectives:
        raise ConfigurationError("search.objectives", "is empty; name measures, each with minimize or maximize")
    if not spec.levers:
        raise ConfigurationError("search.levers", "is empty; name the levers that may be chosen and their ranges")
    if spec.sampler not in SAMPLERS:
        allowed = ", ".join(sorted(SAMPLERS))
        raise ConfigurationError("search.sampler", f"{spec.sampler!r} is unknown; choose one of: {allowed}")
    for part in ("objectives", "constraints"):
        for name in getattr(spec, part):
            if name not in summary_names() and name not in CALIBRATION:
                raise ConfigurationError(f"search.{part}.{name}", "is no measure; docs/measures.md lists them")
    for key in spec.levers:
        if key.partition(".")[0] in NOT_LEVERS | {"search"}:
            raise ConfigurationError(f"search.levers.{key}", "is no lever: it is the same for all runs")
    return spec
