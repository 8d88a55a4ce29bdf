"""Type, allowed range and default of a configuration key, as text, read from its pydantic field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from caremarket.agents.strategies import STRATEGIES
from caremarket.agents.supplier_choice import SUPPLIER_CHOICES
from caremarket.experiments.configuration.allowed import allowed_values
from caremarket.market import validation
from caremarket.market.forms import FORMS
from caremarket.market.levers import APPRAISE
from caremarket.market.payments import PAYMENTS
from caremarket.market.procurement import ROUTES
from caremarket.market.provider_kinds import lasting_kinds

CHOICES: Mapping[str, Sequence[str]] = {
    "policy.form": (*FORMS, APPRAISE),
    "policy.payment": tuple(PAYMENTS),
    "policy.route": tuple(ROUTES),
    "behaviour.strategy": tuple(STRATEGIES),
    "providers[].strategy": tuple(STRATEGIES),
    "behaviour.supplier_choice": tuple(SUPPLIER_CHOICES),
    "providers[].supplier_choice": tuple(SUPPLIER_CHOICES),
    "providers[].kind": tuple(kind.name for kind in lasting_kinds()),
}
"""Keys whose values are the variants found in a package."""


def default_of(field: Any) -> str:
    """Default of a field as text."""
    if field.default_factory is not None:
        made = field.default_factory()
        return "as shipped" if isinstance(made, BaseModel) else default_text(made)
    if field.default is PydanticUndefined:
        return "none, must be given"
    return default_text(field.default)


def default_text(value: Any) -> str:
    """A default value as text."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, BaseModel):
        return ", ".join(f"{k} {v:g}" for k, v in value.model_dump().items())
    if isinstance(value, dict) and value:
        return ", ".join(f"{k} {v}" for k, v in value.items())
    if isinstance(value, tuple | dict):
        return "empty" if not value else str(value)
    return f"{value:,}".replace(",", "_") if isinstance(value, int) else str(value)


def kind_text(annotation: Any) -> str:
    """Type of a field as text."""
    names = {int: "whole number", float: "number", bool: "true or false", str: "text"}
    if annotation in names:
        return names[annotation]
    if annotation is validation.Spread:
        return "{median, sigma}"
    if annotation is validation.Level:
        return "{mean, sd}"
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is dict:
        return f"{kind_text(args[0]) if args[0] is str else 'name'} → {kind_text(args[1])}"
    if origin is tuple:
        return "list"
    if args and all(isinstance(a, str) for a in args):
        return "choice"
    kinds = [kind_text(a) for a in args if a is not type(None)]
    return kinds[0] if kinds else str(annotation)


def allowed_text(model: type[BaseModel], name: str, key: str) -> str:
    """Values a field accepts, as text; empty for any of its type."""
    choices = CHOICES.get(key)
    if choices:
        return ", ".join(choices)
    annotation = model.model_fields[name].annotation
    optional = [a for a in get_args(annotation) if a is not type(None)]
    for mapping in (annotation, *optional):
        if get_origin(mapping) is dict:
            values = _marks(None, [get_args(mapping)[1]])
            return f"values {values}" if values else ""
    return (allowed_values(model, (name,)) or _marks(annotation, optional)).replace("above 0.0", "above 0")


def _marks(annotation: Any, optional: Sequence[Any]) -> str:
    """Range of an optional or dictionary value, or the choices of an optional literal."""
    for inner in [*optional, *(a for o in optional for a in get_args(o)), *get_args(annotation)]:
        values = get_args(inner)
        if values and all(isinstance(v, str) for v in values):
            return ", ".join(values)
        for mark in getattr(inner, "__metadata__", ()):
            found = _range(mark)
            if found:
                return found
    return ""


def _range(mark: Any) -> str:
    marks = getattr(mark, "metadata", [mark])
    low = next((m.ge for m in marks if hasattr(m, "ge")), None)
    high = next((m.le for m in marks if hasattr(m, "le")), None)
    above = next((m.gt for m in marks if hasattr(m, "gt")), None)
    start = f"above {above:g}" if above is not None else "" if low is None else f"{low:g}"
    if start and high is not None:
        return f"{start} to {high:g}"
    return start if above is not None else f"{start} or more" if start else ""
