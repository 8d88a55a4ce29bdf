"""Number types for configuration, and the frozen base model of all its sections."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0)]
NonNegative = Annotated[float, Field(ge=0.0)]


class Strict(BaseModel):
    """Frozen model that refuses unknown keys and values that are not numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False)


class Spread(Strict):
    """A distribution over agents: log-normal with this median and log standard deviation."""

    median: Positive
    sigma: NonNegative = 0.0


class Level(Strict):
    """A distribution over agents on [0, 1]: normal with this mean and standard deviation, clipped."""

    mean: Share
    sd: NonNegative = 0.0
