"""Error messages: each names the key as the user wrote it, the value found, and the allowed values."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from caremarket.experiments.configuration.allowed import allowed_values, model_at
from caremarket.market.errors import ConfigurationError

SCALARS = frozenset({"bool", "int", "float", "str"})
"""Names by which pydantic tells the members of a union of plain values apart; they are not part of a key."""


def check_choice(key: str, value: str, allowed: Collection[str]) -> None:
    """Raise a :class:`ConfigurationError` for ``key`` unless ``value`` is one of ``allowed``."""
    if value not in allowed:
        choices = ", ".join(sorted(allowed))
        raise ConfigurationError(key, f"{value!r} is unknown; choose one of: {choices}{_guess(value, allowed)}")


def _guess(word: str, allowed: Iterable[str]) -> str:
    close = get_close_matches(word, list(allowed), n=1, cutoff=0.6)
    return f" (did you mean {close[0]}?)" if close else ""


def unknown_dotted_key(key: str, allowed: Iterable[str]) -> ConfigurationError:
    """The error for a dotted key that is not among the dotted keys ``allowed``."""
    known = sorted(allowed)
    leaf = [k.rpartition(".")[2] for k in known]
    return ConfigurationError(key, f"is no known key; allowed here: {', '.join(leaf)}{_guess(key, known)}")


def unknown_key(key: str, siblings: Iterable[str]) -> ConfigurationError:
    """The error for a dotted key that does not exist beside ``siblings``, bare names of the same level."""
    parent = key.rpartition(".")[0]
    return unknown_dotted_key(key, [f"{parent}.{s}" if parent else s for s in siblings])


def first_error(
    error: ValidationError, model: type[BaseModel], pathways: tuple[str, ...] = (), *, section: str = ""
) -> ConfigurationError:
    """The first error that pydantic found, in the user's own terms.

    A union reports one error per member; the first is enough.

    Args:
        error: error from validating ``model``.
        model: model of the whole configuration, or of ``section``.
        pathways: names of the pathways, in order.
        section: key of the section that ``model`` describes.
    """
    details = error.errors(include_url=False)[0]
    location = tuple(part for part in details["loc"] if part not in SCALARS)
    key = dotted(location, pathways)
    if section:
        key = f"{section}.{key}" if key else section
    kind = details["type"]
    value = details["input"]
    if kind == "extra_forbidden":
        parent = model_at(model, location[:-1])
        names = parent.model_fields if parent is not None else ()
        prefix = key.rpartition(".")[0]
        return unknown_dotted_key(key, [f"{prefix}.{n}" if prefix else n for n in names if n != "name"])
    if kind == "missing":
        return ConfigurationError(key, "is missing")
    if location and location[-1] == "[key]":
        return ConfigurationError(key, f"is no known key; {details['msg']}")
    if kind == "value_error":
        return ConfigurationError(key or "scenario", str(details.get("ctx", {}).get("error", details["msg"])))
    if len(location) < len(details["loc"]):
        return ConfigurationError(key, f"{_shown(value)} is not a number, a text, true, false or null")
    return ConfigurationError(key, f"{_shown(value)} {_reason(details, allowed_values(model, location))}")


def dotted(location: tuple[int | str, ...], pathways: tuple[str, ...]) -> str:
    """A location in a model as a key on the command line; pathways by name, not by number."""
    parts = [str(p) for p in location if p != "[key]"]
    if parts and parts[0] == "pathways":
        parts[0] = "pathway"
        if len(parts) > 1 and parts[1].isdigit() and int(parts[1]) < len(pathways):
            parts[1] = pathways[int(parts[1])]
    return ".".join(parts)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"a {type(value).__name__}"


def _reason(details: ErrorDetails, allowed: str) -> str:
    kind = details["type"]
    if kind == "literal_error":
        choices = allowed or str(details.get("ctx", {}).get("expected", "")).replace("'", "").replace(" or ", ", ")
        return f"is unknown; choose one of: {choices}"
    if kind in {"greater_than_equal", "greater_than", "less_than_equal", "less_than"}:
        return f"is out of range; allowed: {allowed or details['msg'].removeprefix('Input should be ')}"
    if kind.startswith(("float", "int", "bool", "finite")):
        what = {"f": "a number", "i": "a whole number", "b": "true or false"}[kind[0]]
        return f"is not {what}" + (f"; allowed: {allowed}" if allowed else "")
    if kind == "string_pattern_mismatch":
        return f"does not fit the pattern {details.get('ctx', {}).get('pattern', '')}"
    return f"is wrong: {details['msg'][:1].lower()}{details['msg'][1:]}"
