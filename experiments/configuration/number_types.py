"""Checks that keep truth values and numbers apart: pydantic accepts one for the other."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, get_args, get_origin

from caremarket.experiments.configuration.allowed import allowed_values, annotation_at
from caremarket.experiments.configuration.messages import dotted
from caremarket.market.errors import ConfigurationError
from caremarket.market.scenario import Scenario


def check_kinds(value: Any, location: tuple[int | str, ...], pathways: tuple[str, ...]) -> None:
    """Refuse true and false in place of a number, and numbers in place of true or false; pydantic accepts both."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            check_kinds(inner, (*location, str(key)), pathways)
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            check_kinds(inner, (*location, index), pathways)
    elif isinstance(value, bool | int | float):
        kinds = _kinds_at(location)
        if isinstance(value, bool) and kinds & {int, float} and bool not in kinds:
            what = "a number" if float in kinds else "a whole number"
        elif not isinstance(value, bool) and bool in kinds and not kinds & {int, float}:
            what = "true or false"
        else:
            return
        allowed = allowed_values(Scenario, location)
        shown = str(value).lower() if isinstance(value, bool) else str(value)
        limits = f"; allowed: {allowed}" if allowed else ""
        raise ConfigurationError(dotted(location, pathways), f"{shown} is not {what}{limits}")


@lru_cache(maxsize=16_384)
def _kinds_at(location: tuple[int | str, ...]) -> frozenset[Any]:
    """The plain types allowed at a location of a scenario; cached, since a sweep checks the same at every point."""
    return frozenset(_kinds(annotation_at(Scenario, location)))


def _kinds(annotation: Any) -> set[Any]:
    """The plain types an annotation allows."""
    if get_origin(annotation) is Annotated:
        return _kinds(get_args(annotation)[0])
    args = get_args(annotation)
    return {kind for arg in args for kind in _kinds(arg)} if args else {annotation}
