"""Allowed values of a field of a pydantic model, as text, and the type at a place of a model."""

from __future__ import annotations

from typing import Annotated, Any, get_args, get_origin

import annotated_types
from pydantic import BaseModel

SEED_LIMIT = 2**63


def allowed_values(model: type[BaseModel], location: tuple[int | str, ...]) -> str:
    """Allowed values of the field at ``location``, as a phrase: ``0 to 1``, ``above 0``, ``a, b, c``; "" if anything.

    Args:
        model: model the location starts from.
        location: as in pydantic's errors: field names, list indices and dictionary keys.
    """
    if not location:
        return ""
    parent = model_at(model, location[:-1])
    field = parent.model_fields.get(str(location[-1])) if parent is not None else None
    if field is None:
        return ""
    choices = _literal(field.annotation)
    if choices:
        return ", ".join(choices)
    low, high = "", ""
    for mark in field.metadata:
        if isinstance(mark, annotated_types.Ge):
            low = f"{mark.ge:g}" if isinstance(mark.ge, float) else str(mark.ge)
        elif isinstance(mark, annotated_types.Gt):
            low = f"above {mark.gt}"
        elif isinstance(mark, annotated_types.Le):
            high = f"{mark.le:g}" if isinstance(mark.le, float) else str(mark.le)
        elif isinstance(mark, annotated_types.Lt):
            high = "below 2^63" if mark.lt == SEED_LIMIT else f"below {mark.lt}"
    if low and high:
        return f"{low} to {high}"
    if low:
        return low if low.startswith("above") else f"{low} or more"
    return f"at most {high}" if high else ""


def model_at(model: type[BaseModel], location: tuple[int | str, ...]) -> type[BaseModel] | None:
    """The model that contains the field at ``location``."""
    found = _models(annotation_at(model, location))
    return found[0] if found else None


def annotation_at(annotation: Any, location: tuple[int | str, ...]) -> Any:
    """The type at ``location`` below ``annotation``, looking through containers and unions; None if there is none."""
    if not location:
        return annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        field = annotation.model_fields.get(str(location[0]))
        return None if field is None else annotation_at(field.annotation, location[1:])
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return annotation_at(args[0], location)
    if origin is dict:
        return annotation_at(args[1], location[1:])
    if origin in (tuple, list):
        return annotation_at(args[0], location[1:])
    found = (annotation_at(arg, location) for arg in args)
    return next((f for f in found if f is not None), None)


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [m for arg in get_args(annotation) for m in _models(arg)]


def _literal(annotation: Any) -> list[str]:
    args = get_args(annotation)
    if args and all(isinstance(a, str) for a in args):
        return list(args)
    return []
