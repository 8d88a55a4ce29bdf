"""Levers as the page shows them, read from the registry of levers.

Names, ranges, defaults and meaning of each lever are defined once, in :class:`caremarket.market.levers.PolicySpec`.
They are read from there, so that a lever that is added is on the page as well.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, cast, get_args, get_origin

import annotated_types

from caremarket.market.forms import FORMS
from caremarket.market.levers import APPRAISE, PolicySpec
from caremarket.market.pathways import FUNCTIONS
from caremarket.market.payments import PAYMENTS
from caremarket.market.procurement import ROUTES

Kind = Literal["number", "whole", "switch", "choice", "several"]
WEIGHTS = ("weight_price", "weight_quality", "weight_social_value", "weight_integration")
"""Award criteria, which sum to one: moving one moves the others."""
_UNITS = {"_years": "years", "_months": "months", "_days": "days"}
_SOURCES = re.compile(r"\s*\((?:[PSMCK]\b|[^()]*\b\d{4}\b|Staffordshire|site [A-D])[^()]*\)")
_ROLE = re.compile(r":[a-z]+:`~?(?:[\w.]+\.)?(\w+)`")


@dataclass(frozen=True, slots=True)
class Lever:
    """A lever, ready for a slider, switch or list.

    Attributes:
        key: field of :class:`~caremarket.market.levers.PolicySpec`.
        label: the key in words.
        group: heading above it.
        meaning: one sentence.
        unit: unit of its numbers; empty for switches and choices.
        kind: kind of control.
        low, high: lowest and highest value of a number.
        step: change per press of an arrow key.
        choices: values that may be chosen.
        default: value in the absence of any other.
    """

    key: str
    label: str
    group: str
    meaning: str
    unit: str
    kind: Kind
    low: float
    high: float
    step: float
    choices: tuple[str, ...]
    default: Any


def levers() -> tuple[Lever, ...]:
    """Every lever of a policy, in the order of the registry."""
    return _levers((*FORMS, APPRAISE), tuple(PAYMENTS), tuple(ROUTES))


@cache
def _levers(forms: tuple[str, ...], payments: tuple[str, ...], routes: tuple[str, ...]) -> tuple[Lever, ...]:
    told = meanings(inspect.getdoc(PolicySpec) or "")
    named = {"form": forms, "payment": payments, "route": routes}
    return tuple(_lever(key, *told[key], named.get(key, ())) for key in PolicySpec.model_fields)


def lever(key: str) -> Lever:
    """The lever with this key.

    Raises:
        KeyError: there is none.
    """
    return {found.key: found for found in levers()}[key]


def meanings(text: str) -> dict[str, tuple[str, str]]:
    """Group and sentence of each lever, from the registry's docstring.

    A group is a line at the margin that ends in a colon. An entry is indented and opens with its keys and a colon; its
    further lines are indented more.
    """
    found: dict[str, tuple[str, str]] = {}
    group = ""
    keys: list[str] = []
    for line in text.splitlines():
        heading = re.match(r"(\S.*):$", line)
        entry = re.match(r" {4}([a-z_]+(?:, [a-z_]+)*): (.*)$", line)
        if heading:
            group, keys = re.sub(r"\s*\(K\)", "", heading[1]), []
        elif entry and group:
            keys = entry[1].split(", ")
            found.update(dict.fromkeys(keys, (group, entry[2])))
        elif line.startswith(" " * 8):
            found.update({key: (group, f"{found[key][1]} {line.strip()}") for key in keys})
        elif not line.strip():
            keys = []
    return {key: (heading, _sentence(meaning)) for key, (heading, meaning) in found.items()}


def rebalanced(policy: Mapping[str, Any], key: str, value: float) -> dict[str, float]:
    """Award criteria after one of them was moved: the others keep their proportions."""
    others = [weight for weight in WEIGHTS if weight != key]
    rest = max(0.0, 1.0 - value)
    before = sum(float(policy[weight]) for weight in others)
    shares = {w: float(policy[w]) / before if before > 0.0 else 1.0 / len(others) for w in others}
    return {key: value, **{weight: rest * share for weight, share in shares.items()}}


def _lever(key: str, group: str, meaning: str, named: Sequence[str]) -> Lever:
    field = PolicySpec.model_fields[key]
    kind, choices = _kind(field.annotation, named)
    low, high = _range(field.metadata)
    step = 1.0 if kind != "number" else _step(low, high, float(field.default))
    unit = _unit(key, meaning) if kind in {"number", "whole"} else ""
    label = re.sub(r"_(years|months|days)$", "", key).replace("_", " ").replace("ccgs", "CCGs")
    label = label[:1].upper() + label[1:]
    default = list(field.default) if kind == "several" else field.default
    return Lever(key, label, group, meaning, unit, kind, low, high, step, tuple(choices), default)


def _kind(annotation: Any, named: Sequence[str]) -> tuple[Kind, Sequence[str]]:
    if named:
        return "choice", named
    if get_origin(annotation) is Literal:
        return "choice", [str(choice) for choice in get_args(annotation)]
    if get_origin(annotation) is tuple:
        return "several", FUNCTIONS
    if annotation is bool:
        return "switch", ()
    return ("whole", ()) if annotation is int else ("number", ())


def _range(metadata: Sequence[Any]) -> tuple[float, float]:
    low = next((float(cast(float, m.ge)) for m in metadata if isinstance(m, annotated_types.Ge)), 0.0)
    high = next((float(cast(float, m.le)) for m in metadata if isinstance(m, annotated_types.Le)), 1.0)
    return low, high


def _step(low: float, high: float, default: float) -> float:
    """The largest step that gives at least twenty positions on a slider and the default as one of them."""
    steps = (250.0, 100.0, 50.0, 10.0, 5.0, 1.0, 0.5, 0.25, 0.1, 0.05, 0.01)
    fits = (s for s in steps if (high - low) / s >= 20 and abs((default - low) / s - round((default - low) / s)) < 1e-9)
    return next(fits, 0.01)


def _unit(key: str, meaning: str) -> str:
    found = next((unit for ending, unit in _UNITS.items() if key.endswith(ending)), "")
    if found:
        return found
    if re.search(r"\bindex\b", meaning):
        return "points"
    if key.startswith("weight_") or re.search(r"\b(share|intensity)\b", meaning, re.IGNORECASE):
        return "share"
    return "times" if re.search(r"\b(multiple|over its)\b", meaning) else ""


def _sentence(meaning: str) -> str:
    """A docstring's entry as a sentence, without sources and markup."""
    plain = _ROLE.sub(r"\1", _SOURCES.sub("", meaning)).replace("``", "")
    plain = re.sub(r", one of [A-Z]+\b", "", plain)
    plain = re.sub(r"\s+([.,;])", r"\1", re.sub(r"\s+", " ", plain)).strip()
    return plain[:1].upper() + plain[1:]
