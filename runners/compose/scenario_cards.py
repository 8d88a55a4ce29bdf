"""One line for each scenario: name, size and description, read from the files of ``configs/scenario``.

A scenario file opens with ``# @package _global_``, the command that runs it, an empty comment, and a paragraph that
says what it shows. Its size follows from the composed configuration. No list of scenarios is kept anywhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import yaml
from hydra.core.global_hydra import GlobalHydra

from caremarket.market.errors import ConfigurationError
from caremarket.runners.compose.composition import CONFIG_PACKAGE, composed, parse, recomposer

GROUP = "scenario"


@dataclass(frozen=True, slots=True)
class Size:
    """Size of a scenario; None where it depends on files that are not read here."""

    organisations: int | None
    pathways: int
    contracts: int | None
    years: float

    def __str__(self) -> str:
        organisations = "organisations of the registers"
        contracts = "a contract for each function of each pathway"
        if self.organisations is not None:
            organisations = _count(self.organisations, "organisation")
        if self.contracts is not None:
            contracts = _count(self.contracts, "contract")
        return f"{organisations}, {_count(self.pathways, 'pathway')}, {contracts}, {_count(self.years, 'year')}"


@dataclass(frozen=True, slots=True)
class Card:
    """The line of a scenario: name, description, and size, or the reason why it cannot be composed."""

    name: str
    shows: str
    size: Size | None
    problem: str = ""

    def __str__(self) -> str:
        size = f"cannot be run: {self.problem}" if self.size is None else str(self.size)
        return f"{self.name:28} {size}. {self.shows}"


def cards(arguments: Sequence[str] = ()) -> list[Card]:
    """A card for each scenario that Hydra finds, in order of names.

    Args:
        arguments: ``--config-dir DIR``, or nothing.
    """
    args = parse(arguments)
    if args.overrides:
        raise ConfigurationError(args.overrides[0], "is not taken by scenarios; it takes --config-dir DIR alone")
    found: list[Card] = []

    def task(_: dict[str, Any]) -> None:
        compose = recomposer(args)
        for name in sorted(GlobalHydra.instance().config_loader().get_group_options(GROUP)):
            shows = what_it_shows(_text(name))
            try:
                found.append(Card(name, shows, size_of(compose({GROUP: name}))))
            except ConfigurationError as error:
                found.append(Card(name, shows, None, str(error)))

    composed(args, task, extend=False)
    return found


def what_it_shows(text: str) -> str:
    """The first paragraph of a scenario file's opening comment, after the command that runs it."""
    lines = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.removeprefix("#").strip())
    told = [line for line in lines if not line.startswith(("@package", "caremarket "))]
    paragraph: list[str] = []
    for line in told:
        if line:
            paragraph.append(line)
        elif paragraph:
            break
    return " ".join(paragraph)


def size_of(config: Mapping[str, Any]) -> Size:
    """The size of the market of a composed configuration.

    Raises:
        ConfigurationError: ``market.roster`` names a file that cannot be read.
    """
    market, years = config["market"], float(config["horizon_years"])
    pathways = {str(name): spec for name, spec in config["pathway"].items() if spec is not None}
    if market["source"] == "ods":
        return Size(None, len(pathways), None, years)
    if market["source"] == "roster":
        roster = _roster(market.get("roster"))
        spelled = {str(p["name"]): p for p in roster.get("pathways") or ()} or pathways
        commissioners, providers = roster["commissioners"], roster["providers"]
        practices = sum(int(c.get("practices", 0)) for c in commissioners)
        items = len(commissioners) * _functions(spelled)
        contracts = len(roster.get("contracts") or ()) or items
        if not roster.get("initial_contracts", True):
            contracts = 0
        return Size(len(commissioners) + len(providers) + practices, len(spelled), contracts, years)
    spec = market["synthetic"]
    names = ("acute_trusts", "community_trusts", "mental_health_trusts", "federations", "third_sector", "independents")
    providers = sum(int(spec[name]) for name in (*names, "primes"))
    organisations = providers + int(spec["ccgs"]) * (1 + int(spec["practices_per_ccg"]))
    return Size(organisations, len(pathways), int(spec["ccgs"]) * _functions(pathways), years)


def _count(number: float, what: str) -> str:
    return f"{number:g} {what}" + ("" if number == 1 else "s")


def _functions(pathways: Mapping[str, Any]) -> int:
    """Number of items that one commissioner buys: one for each function of each pathway."""
    return sum(1 for spec in pathways.values() for share in spec["function_shares"].values() if share > 0)


def _roster(given: Any) -> Mapping[str, Any]:
    if isinstance(given, Mapping):
        return given
    if given is None:
        raise ConfigurationError("market.roster", "is not given; it must name a YAML file or spell a roster out")
    try:
        content = yaml.safe_load(Path(str(given)).expanduser().read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigurationError("market.roster", f"{given} cannot be read: {type(error).__name__}") from None
    if not isinstance(content, Mapping):
        raise ConfigurationError("market.roster", f"{given} must be a mapping")
    return content


def _text(name: str) -> str:
    """The text of a scenario's file, from the first folder on Hydra's search path that has it."""
    for entry in GlobalHydra.instance().config_loader().get_search_path().get_path():
        kind, _, where = (entry.path or "").partition("://")
        folder: Traversable | None = None
        if kind == "file":
            folder = Path(where)
        elif kind == "pkg" and where == CONFIG_PACKAGE:  # Hydra's own packages are on the path too
            folder = files(CONFIG_PACKAGE)
        found = None if folder is None else folder.joinpath(GROUP, f"{name}.yaml")
        if found is not None and found.is_file():
            return found.read_text(encoding="utf-8")
    return ""
