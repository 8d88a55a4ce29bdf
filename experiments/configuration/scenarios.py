"""From a composed configuration to a typed, range-checked scenario.

Every error is reported in one line that names the configuration key as written on the command line, its value, and
the allowed values.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pydantic import ValidationError

from caremarket.experiments.configuration.choices import check_calendar, check_choices
from caremarket.experiments.configuration.market_files import MarketFiles, market_section
from caremarket.experiments.configuration.messages import first_error, unknown_dotted_key
from caremarket.experiments.configuration.number_types import check_kinds
from caremarket.experiments.configuration.request import REQUEST_KEYS
from caremarket.experiments.extensions import check_in_use
from caremarket.market.errors import ConfigurationError
from caremarket.market.scenario import Scenario

SCENARIO_KEYS = frozenset(Scenario.model_fields) - {"pathways"} | {"pathway"}


def scenario_from_config(config: Mapping[str, Any], files: MarketFiles | None = None) -> Scenario:
    """Build the scenario of a composed configuration, with the register and roster files it names.

    Args:
        config: composed configuration as plain dictionaries, ``pathway`` being name -> figures.
        files: cache of the files already read; pass one for many scenarios of the same request.

    Raises:
        ConfigurationError: names the invalid key or file and the allowed values.
    """
    unknown = sorted(set(map(str, config)) - SCENARIO_KEYS - REQUEST_KEYS)
    if unknown:
        raise unknown_dotted_key(unknown[0], SCENARIO_KEYS | REQUEST_KEYS)
    check_in_use(config)
    market, roster = market_section(config.get("market"), files or MarketFiles())
    pathways = _pathways(config.get("pathway"))
    if roster is not None and roster.pathways:
        pathways = [p.model_dump() for p in sorted(roster.pathways, key=lambda p: p.name)]
    fields = {k: config[k] for k in sorted(SCENARIO_KEYS - {"pathway", "market"}) if k in config}
    fields |= {"market": market, "pathways": pathways}
    names = tuple(str(p["name"]) for p in pathways)
    check_kinds(fields, (), names)
    try:
        scenario = Scenario.model_validate(fields)
    except ValidationError as error:
        raise first_error(error, Scenario, names) from None
    check_calendar(scenario)
    check_choices(scenario)
    return scenario


REBUILT = frozenset({"policy", "behaviour", "mechanisms", "horizon_years"})
"""Sections that can be checked separately against a scenario with otherwise valid sections."""


def scenario_with(base: Scenario, config: Mapping[str, Any], sections: Collection[str]) -> Scenario:
    """``base`` with some ``sections`` of :data:`REBUILT` as in ``config``: takes a tenth of the time of a new one.

    Raises:
        ConfigurationError: names the invalid key and the allowed values.
    """
    names = tuple(p.name for p in base.pathways)
    changed = {section: config[section] for section in sorted(sections)}
    check_kinds(changed, (), names)
    fields = {name: getattr(base, name) for name in Scenario.model_fields}
    try:
        scenario = Scenario.model_validate(fields | changed)
    except ValidationError as error:
        raise first_error(error, Scenario, names) from None
    check_calendar(scenario)
    check_choices(scenario)
    return scenario


def _pathways(section: Any) -> list[dict[str, Any]]:
    """The ``pathway`` mapping as specifications sorted by name."""
    if not isinstance(section, Mapping):
        raise ConfigurationError("pathway", "must map each pathway's name to its figures")
    found: list[dict[str, Any]] = []
    for name in sorted(map(str, section)):
        spec = section[name]
        if spec is None:  # `pathway.msk=null` leaves a pathway out
            continue
        if not isinstance(spec, Mapping):
            raise ConfigurationError(f"pathway.{name}", "must be a section with the pathway's figures, or null")
        if "name" in spec:
            raise ConfigurationError(f"pathway.{name}.name", "is no key: a pathway's name is its key")
        found.append({**spec, "name": name})
    return found
