"""The page's address in the browser: the choices that its query asks for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from caremarket.runners.demo.choices import Choice, check_names
from caremarket.runners.demo.page.controller import checked_seed
from caremarket.runners.demo.page.server import settings


def choices_from(search: str | None) -> list[Choice]:
    """The two choices from a query such as ``?scenario=house&a=separate&b=alliance&seed=3&b.flow_down=1``.

    Raises:
        ConfigurationError: scenario, policy or seed is unknown or not allowed.
    """
    given = settings()
    choices = list(given.choices)
    for key, value in parse_qsl((search or "").lstrip("?")):
        side, _, lever = key.partition(".")
        if key == "scenario":
            choices = [replace(c, scenario=value) for c in choices]
        elif key == "seed":
            choices = [replace(c, seed=checked_seed(value)) for c in choices]
        elif side in {"a", "b"} and not lever:
            choices["ab".index(side)] = replace(choices["ab".index(side)], policy=value)
        elif side in {"a", "b"}:
            number = "ab".index(side)
            choices[number] = replace(choices[number], levers={**choices[number].levers, lever: _typed(lever, value)})
    for choice in choices:
        check_names(choice, given.own_files)
    return choices


def _typed(lever: str, value: str) -> Any:
    """A lever's value as written in an address."""
    import yaml

    return yaml.safe_load(value)
