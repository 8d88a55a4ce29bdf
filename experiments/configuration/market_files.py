"""The ``market`` section with the register and roster files it names."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from caremarket.experiments.configuration.messages import check_choice, unknown_dotted_key
from caremarket.market.errors import ConfigurationError
from caremarket.market.market_spec import MarketSpec
from caremarket.market.register_entries import Registers
from caremarket.market.roster import Roster

LOADER_KEYS = ("ods_dir", "ods_as_of", "ods_regions", "patients_csv", "roster")
"""Keys of ``market`` that name files rather than values; ``roster`` may also contain the roster itself."""


class MarketFiles:
    """Reads the files a ``market`` section names, each once."""

    def __init__(self) -> None:
        self._registers: dict[tuple[str, str, str | None], Registers] = {}
        self._rosters: dict[str, Roster] = {}

    def registers(self, ods_dir: str, as_of: str, patients_csv: str | None) -> Registers:
        """The ODS registers of ``ods_dir`` as of an ISO date, with list sizes if a patients CSV is given."""
        from caremarket.agents.population import read_registers

        key = (ods_dir, as_of, patients_csv)
        if key not in self._registers:
            self._registers[key] = read_registers(ods_dir, as_of, patients_csv)
        return self._registers[key]

    def roster(self, path: str) -> Roster:
        """The roster in the YAML file ``path``."""
        from caremarket.agents.population import read_roster

        if path not in self._rosters:
            self._rosters[path] = read_roster(path)
        return self._rosters[path]


def market_section(section: Any, files: MarketFiles) -> tuple[dict[str, Any], Roster | None]:
    """The ``market`` section with its files read in; loader keys are removed."""
    if not isinstance(section, Mapping):
        raise ConfigurationError("market", "must be a section; choose one with market=local, ods or roster")
    unknown = sorted(set(map(str, section)) - set(MarketSpec.model_fields) - set(LOADER_KEYS))
    if unknown:
        allowed = set(MarketSpec.model_fields) | set(LOADER_KEYS)
        raise unknown_dotted_key(f"market.{unknown[0]}", {f"market.{k}" for k in allowed - {"registers"}})
    market = {k: v for k, v in section.items() if k not in LOADER_KEYS}
    source = section.get("source", "synthetic")
    roster: Roster | None = None
    if source == "ods":
        fill = dict(section.get("register_fill") or {})
        as_of = str(section.get("ods_as_of") or fill.get("as_of") or "2015-11-27")
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", as_of):
            raise ConfigurationError("market.ods_as_of", f"{as_of!r} is no date; write it as YYYY-MM-DD")
        market["register_fill"] = {**fill, "as_of": as_of}
        ods_dir = _path(section, "ods_dir", "the folder with eccg.csv, epraccur.csv and etr.csv")
        patients = section.get("patients_csv")
        registers = files.registers(ods_dir, as_of, None if patients is None else str(patients))
        market["registers"] = _within(registers, section.get("ods_regions"))
    elif source == "roster":
        roster = _roster(section, files)
        market["roster"] = roster
    return market, roster


def _within(registers: Registers, regions: Any) -> Registers:
    """The part of the registers that lies in some regions, by their codes; all of them if none is named."""
    if not regions:
        return registers
    if isinstance(regions, str) or not isinstance(regions, Collection):
        raise ConfigurationError("market.ods_regions", "must be a list of codes of regions, such as [Y58,Y60]")
    for region in regions:
        check_choice("market.ods_regions", str(region), {c.region for c in registers.ccgs})
    wanted = {str(region) for region in regions}
    ccgs = tuple(c for c in registers.ccgs if c.region in wanted)
    codes = {c.code for c in ccgs}
    return registers.model_copy(
        update={
            "ccgs": ccgs,
            "trusts": tuple(t for t in registers.trusts if t.region in wanted),
            "practices": tuple(p for p in registers.practices if p.ccg in codes),
        }
    )


def _roster(section: Mapping[str, Any], files: MarketFiles) -> Roster:
    """The roster written in a ``market`` section, or the one in the file it names."""
    from caremarket.agents.population import checked_roster

    given = section.get("roster")
    if isinstance(given, str) or given is None:
        return files.roster(_path(section, "roster", "a YAML file that lists organisations and pathways"))
    return checked_roster(given)


def _path(section: Mapping[str, Any], key: str, what: str) -> str:
    value = section.get(key)
    if value is None or not str(value).strip():
        raise ConfigurationError(f"market.{key}", f"is not given; it must name {what}")
    return str(Path(str(value)).expanduser())
