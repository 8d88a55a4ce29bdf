"""The ``validate`` section of a configuration as checked, frozen data: the request to ``caremarket validate``."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import (
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    ValidationError,
    model_validator,
)

from caremarket.agents.records.measures import summary_names
from caremarket.experiments.configuration.messages import first_error
from caremarket.market.validation import Strict

Above = Annotated[StrictFloat, Field(gt=0)]


class Smallest(Strict):
    """The smallest change of a measure that matters: an amount in its own unit, or a share of the first arm's mean."""

    amount: Above | None = None
    share: Above | None = None
    why: StrictStr

    @model_validator(mode="after")
    def _one_of_them(self) -> Smallest:
        if (self.amount is None) == (self.share is None):
            raise ValueError("needs either amount or share")
        return self

    def least(self, before: float) -> float:
        """The change in the measure's own unit, if the first arm has the mean ``before``."""
        return self.amount if self.amount is not None else (self.share or 0.0) * abs(before)


class RuleSpec(Strict):
    """Decision rule for hypotheses: see :mod:`caremarket.experiments.evidence.verdicts`.

    Attributes:
        looks: replicates at each look, increasing.
        confidence: of the verdict over all looks together.
        still_pairs: pairs needed to conclude that there is no effect if fewer than half of them changed at all.
        matters: measure -> the smallest change of it that matters.
    """

    looks: Annotated[tuple[Annotated[StrictInt, Field(ge=2, le=10_000)], ...], Field(min_length=1)]
    confidence: Annotated[StrictFloat, Field(gt=0.5, lt=1)]
    still_pairs: Annotated[StrictInt, Field(ge=2)]
    matters: dict[str, Smallest]

    @model_validator(mode="after")
    def _known(self) -> RuleSpec:
        if list(self.looks) != sorted(set(self.looks)):
            raise ValueError("looks must rise")
        unknown = sorted(set(self.matters) - set(summary_names()))
        if unknown:
            raise ValueError(f"matters names {unknown[0]!r}, which is no measure; docs/measures.md lists them")
        return self


class RobustnessSpec(Strict):
    """Settings of the robustness test of each hypothesis's sign.

    Attributes:
        points: points of a Latin hypercube over the uncertain parameters.
        replicates: paired seeds at each point.
        ranges: experiment file that has their ranges in ``design.uncertainties.sample.over``.
    """

    points: Annotated[StrictInt, Field(ge=1, le=10_000)]
    replicates: Annotated[StrictInt, Field(ge=1, le=1_000)]
    ranges: StrictStr


class TheorySpec(Strict):
    """Checks against theory.

    Attributes:
        quick: whether to run fewer rounds and seeds; tolerances are the same.
    """

    quick: StrictBool


class CalibrationSpec(Strict):
    """Number of runs for the figures of :mod:`caremarket.experiments.calibration.targets`.

    Attributes:
        replicates: seeds.
    """

    replicates: Annotated[StrictInt, Field(ge=1, le=1_000)]


class MarketFiguresSpec(Strict):
    """Number of runs for the figures of :mod:`caremarket.experiments.evidence.market`.

    Attributes:
        replicates: seeds of each arm.
    """

    replicates: Annotated[StrictInt, Field(ge=2, le=1_000)]


class ValidateSpec(Strict):
    """The ``validate`` section.

    Attributes:
        parts: names of the parts to run, in order.
        only: ids of the hypotheses to test; empty for all.
    """

    parts: Annotated[tuple[StrictStr, ...], Field(min_length=1)]
    only: tuple[StrictStr, ...] = ()
    rule: RuleSpec
    theory: TheorySpec
    robustness: RobustnessSpec
    calibration: CalibrationSpec
    market: MarketFiguresSpec


def validate_from_config(section: Any) -> ValidateSpec:
    """The checked ``validate`` section.

    Raises:
        ConfigurationError: it is malformed.
    """
    try:
        return ValidateSpec.model_validate(section)
    except ValidationError as error:
        raise first_error(error, ValidateSpec, section="validate") from None
