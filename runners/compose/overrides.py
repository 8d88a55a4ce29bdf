"""Reading Hydra overrides: lists of values, and the keys that overrides set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser

from caremarket.experiments.design.levers import LeverValue
from caremarket.runners.compose.hydra_errors import one_line_errors


def split_lists(overrides: Sequence[str]) -> tuple[list[str], dict[str, tuple[LeverValue, ...]]]:
    """Separate overrides that list several values (``policy.flow_down=0,0.5,1``) from the rest.

    Returns:
        The other overrides unchanged, and key -> values in the given order.

    Raises:
        ConfigurationError: an override is malformed.
    """
    rest: list[str] = []
    lists: dict[str, tuple[LeverValue, ...]] = {}
    with one_line_errors():
        parser = OverridesParser.create()
        for line in overrides:
            override = parser.parse_override(line)
            if not override.is_sweep_override():
                rest.append(line)
                continue
            key = override.get_key_element().lstrip("+")
            values: list[Any] = [parser.parse_override(f"{key}={v}").value() for v in override.sweep_string_iterator()]
            lists[key] = tuple(getattr(v, "text", v) for v in values)
    return rest, lists


def override_keys(overrides: Sequence[str]) -> frozenset[str]:
    """The keys and groups that a list of well-formed overrides sets."""
    with one_line_errors():
        parser = OverridesParser.create()
        return frozenset(parser.parse_override(line).get_key_element().lstrip("+~") for line in overrides)
