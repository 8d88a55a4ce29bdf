"""Building of a market before the run: from numbers, from the ODS registers, or from an explicit roster.

Each source gives a :class:`~caremarket.agents.world.blueprint.Blueprint`, plain data from which ``model.py`` creates
the agents. A new source is one function from scenario and streams to a blueprint, and one line in :data:`SOURCES`.
Imports ``primary_care`` and the layers below; imports nothing from ``procurement``, which is on the same layer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from caremarket.agents.population.ods import from_registers
from caremarket.agents.population.registers import read_registers
from caremarket.agents.population.roster import from_roster
from caremarket.agents.population.roster_file import checked_roster, read_roster
from caremarket.agents.population.synthetic import from_synthetic
from caremarket.agents.world.blueprint import Blueprint
from caremarket.market.errors import ConfigurationError
from caremarket.market.randomness import Streams
from caremarket.market.scenario import Scenario

SOURCES: Mapping[str, Callable[[Scenario, Streams], Blueprint]] = MappingProxyType(
    {"synthetic": from_synthetic, "ods": from_registers, "roster": from_roster}
)


def build_population(scenario: Scenario, streams: Streams) -> Blueprint:
    """Build the market of a scenario: it reads no files, and the same arguments give the same blueprint.

    Args:
        scenario: its ``market.source`` names the source.
        streams: the run's random numbers.

    Raises:
        ConfigurationError: if the source is unknown or its data are missing.
    """
    build = SOURCES.get(scenario.market.source)
    if build is None:
        raise ConfigurationError(
            "market.source", f"{scenario.market.source!r} is unknown; allowed: {', '.join(SOURCES)}"
        )
    return build(scenario, streams)


__all__ = ["SOURCES", "Blueprint", "build_population", "checked_roster", "read_registers", "read_roster"]
