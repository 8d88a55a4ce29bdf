"""From the points of a design to the scenario of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from experiments.configuration import MarketFiles, scenario_from_config, unknown_key
from experiments.design import Design, LeverValue, Point
from market.errors import ConfigurationError
from market.scenario import Scenario

Compose = Callable[[Mapping[str, str]], dict[str, Any]]
"""Composes the base configuration with other choices of some groups: group -> choice."""


def scenarios_of(design: Design, compose: Compose, groups: frozenset[str], files: MarketFiles) -> tuple[Scenario, ...]:
    """The validated scenario of every point, in order.

    A lever that names a configuration group (``policy``) chooses a file of it; any other is a dotted key
    whose value is set. Composition is done once for each combination of groups.

    Raises:
        ConfigurationError: a lever does not exist or a value is not allowed.
    """
    composed: dict[tuple[tuple[str, str], ...], dict[str, Any]] = {}
    found = []
    for point in design.points:
        choices = tuple(sorted((k, _choice(k, v)) for k, v in point.levers.items() if k in groups))
        if choices not in composed:
            composed[choices] = compose(dict(choices))
        config = deepcopy(composed[choices])
        for key, value in point.levers.items():
            if key not in groups:
                set_lever(config, key, value)
        found.append(_scenario(config, files, point))
    return tuple(found)


def _choice(group: str, value: LeverValue) -> str:
    if not isinstance(value, str):
        raise ConfigurationError(group, f"{value!r} is no name of a file of this group")
    return value


def set_lever(config: dict[str, Any], key: str, value: LeverValue) -> None:
    """Set the dotted ``key`` of nested dictionaries in place.

    Raises:
        ConfigurationError: the key does not exist. A last part that is missing under an existing section
            is allowed here, since optional figures may be left out of files; validation knows them.
    """
    *sections, leaf = key.split(".")
    node: dict[str, Any] = config
    for depth, section in enumerate(sections):
        if not isinstance(node.get(section), dict):
            raise unknown_key(".".join(sections[: depth + 1]), node)
        node = node[section]
    if not sections and leaf not in node:
        raise unknown_key(key, node)
    if isinstance(node.get(leaf), dict):
        raise ConfigurationError(
            key, f"is a section; a lever is one value in it, such as {key}.{next(iter(node[leaf]))}"
        )
    node[leaf] = value


def _scenario(config: dict[str, Any], files: MarketFiles, point: Point) -> Scenario:
    try:
        return scenario_from_config(config, files)
    except ConfigurationError as error:
        if not point.levers:
            raise
        raise ConfigurationError(error.key, f"{error.message} (design point {point.label!r})") from None
