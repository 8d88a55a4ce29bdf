"""Number types for configuration, the frozen base model of all its sections, and the check of records when built."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

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


@cache
def _fields(kind: type[DataclassInstance], names: tuple[str, ...]) -> type[BaseModel]:
    """Model that checks the fields of a record by their annotations; ``names`` in them may be anything."""
    hints = get_type_hints(kind, localns=dict.fromkeys(names, Any), include_extras=True)
    config = ConfigDict(strict=True, allow_inf_nan=False, arbitrary_types_allowed=True)
    checked: dict[str, Any] = {field.name: (hints[field.name], ...) for field in fields(kind)}
    return create_model(kind.__name__, __config__=config, **checked)


def check_record(kind: type[DataclassInstance], record: DataclassInstance, *, type_names: tuple[str, ...] = ()) -> None:
    """Check the fields of a record by the annotations of its class, as a ``__post_init__``.

    Args:
        kind: the dataclass whose fields are checked.
        record: one of its instances, or of a subclass.
        type_names: names in the annotations that are imported for type checkers alone.

    Raises:
        ValueError: one line that names record, field and what is allowed.
    """
    try:
        _fields(kind, type_names).model_validate({field.name: getattr(record, field.name) for field in fields(kind)})
    except ValidationError as error:
        found = error.errors(include_url=False)[0]
        raise wrong_field(
            record, str(found["loc"][0]), found["input"], found["msg"].removeprefix("Input should be ")
        ) from None


def wrong_field(record: Any, field: str, value: object, allowed: str) -> ValueError:
    """Error for a field of a record with the value found and what is allowed, in one line."""
    return ValueError(f"{type(record).__name__} {record.name!r}: {field} is {value!r}; allowed: {allowed}")
