"""The request apart from the scenario: name, seed, replicates, and output folder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt, ValidationError

from caremarket.experiments.configuration.allowed import SEED_LIMIT
from caremarket.experiments.configuration.messages import first_error

NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"


class TrackingSpec(BaseModel):
    """Tracking of results: ``kind`` is ``mlflow`` or ``none``; ``uri`` null means the local store.

    ``figures``: whether figures of a single run are tracked as well.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["mlflow", "none"] = "mlflow"
    uri: str | None = None
    figures: bool = False


class Request(BaseModel):
    """The request apart from the scenario: seed, replicates, and output folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=NAME_PATTERN)
    seed: Annotated[StrictInt, Field(ge=0, lt=SEED_LIMIT)]
    replicates: Annotated[StrictInt, Field(ge=1, le=1_000_000)]
    output_root: str = Field(min_length=1)
    tracking: TrackingSpec


REQUEST_KEYS = frozenset(Request.model_fields) | {
    "design",
    "search",
    "runner",
    "scenario",
    "experiment",
    "validate",
    "extensions",
}


def request_from_config(config: Mapping[str, Any]) -> Request:
    """Check the request apart from the scenario.

    Raises:
        ConfigurationError: a key is missing, of the wrong type or out of range.
    """
    try:
        return Request.model_validate({k: config[k] for k in Request.model_fields if k in config})
    except ValidationError as error:
        raise first_error(error, Request) from None
