"""Scenario of each point of a design."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from caremarket.experiments.configuration.market_files import MarketFiles
from caremarket.experiments.configuration.messages import unknown_key
from caremarket.experiments.configuration.scenarios import REBUILT, scenario_from_config, scenario_with
from caremarket.experiments.design.levers import LeverValue
from caremarket.experiments.design.plan import Design
from caremarket.market.errors import ConfigurationError
from caremarket.market.scenario import Scenario

Compose = Callable[[Mapping[str, str]], dict[str, Any]]
"""Composes the base configuration with other choices of some groups: group -> choice."""


def scenarios_of(design: Design, compose: Compose, groups: frozenset[str], files: MarketFiles) -> tuple[Scenario, ...]:
    """The validated scenario of every point, in order.

    Raises:
        ConfigurationError: a lever does not exist or a value is not allowed.
    """
    bases = Bases(compose, groups, files)
    found = []
    for point in design.points:
        try:
            found.append(bases.scenario(point.levers))
        except ConfigurationError as error:
            if not point.levers:
                raise
            raise ConfigurationError(error.key, f"{error.message} (design point {point.label!r})") from None
    return tuple(found)


class Bases:
    """Scenarios that differ from a request only in levers.

    A lever that names a configuration group (``policy``) chooses a file of it; any other is a dotted key
    whose value is set. Composition is done once for each combination of groups.
    """

    def __init__(self, compose: Compose, groups: frozenset[str], files: MarketFiles) -> None:
        self._compose = compose
        self._groups = groups
        self._files = files
        self._bases: dict[tuple[tuple[str, str], ...], _Base] = {}

    def scenario(self, levers: Mapping[str, LeverValue]) -> Scenario:
        """The validated scenario with these levers.

        Raises:
            ConfigurationError: a lever does not exist or a value is not allowed.
        """
        choices = tuple(sorted((k, _choice(k, v)) for k, v in levers.items() if k in self._groups))
        if choices not in self._bases:
            self._bases[choices] = _Base(self._compose(dict(choices)), self._files)
        return self._bases[choices].scenario({k: v for k, v in levers.items() if k not in self._groups})


class _Base:
    """A composed configuration, from which the scenarios of many points are made.

    If a point changes only sections that can be checked separately, the rest is taken from a
    scenario that has been checked once.
    """

    def __init__(self, config: dict[str, Any], files: MarketFiles) -> None:
        self._config = config
        self._files = files
        self._plain: Scenario | None = None
        self._tried = False

    def scenario(self, levers: Mapping[str, LeverValue]) -> Scenario:
        """The scenario with these dotted keys set.

        Raises:
            ConfigurationError: a key does not exist or a value is not allowed.
        """
        config = dict(self._config)
        for key, value in levers.items():
            _own_sections(config, self._config, key)
            set_lever(config, key, value)
        sections = {key.partition(".")[0] for key in levers}
        plain = self._alone() if sections <= REBUILT else None
        if plain is None:
            return scenario_from_config(config, self._files)
        return scenario_with(plain, config, sections)

    def _alone(self) -> Scenario | None:
        """The scenario without any lever; None if it is invalid, which levers may correct."""
        if not self._tried:
            self._tried = True
            with suppress(ConfigurationError):
                self._plain = scenario_from_config(self._config, self._files)
        return self._plain


def _own_sections(config: dict[str, Any], shared: Mapping[str, Any], key: str) -> None:
    """Copy the sections on the way to ``key`` that ``config`` still has in common with ``shared``."""
    node, other = config, shared
    for section in key.split(".")[:-1]:
        if not isinstance(node.get(section), dict) or not isinstance(other.get(section), dict):
            return
        if node[section] is other[section]:
            node[section] = dict(node[section])
        node, other = node[section], other[section]


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
