"""Reading and checking of a roster: a YAML file, or the section ``market.roster`` of a configuration.

See ``caremarket.market.roster.Roster`` for the keys.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from caremarket.market.errors import ConfigurationError
from caremarket.market.pathways import FUNCTIONS
from caremarket.market.provider_kinds import PROVIDER_KINDS
from caremarket.market.roster import Roster, RosterProvider


def read_roster(path: str) -> Roster:
    """Read and check a roster.

    Args:
        path: YAML file with ``commissioners``, ``providers`` and, if wanted, ``pathways``, ``contracts`` and
            ``initial_contracts``.

    Raises:
        ConfigurationError: if the file is missing, is not YAML, or an entry is wrong; names the file,
            the entry and the allowed values.
    """
    key = f"roster {path}"
    file = Path(path).expanduser()
    try:
        content: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigurationError(key, "no such file; market.roster must name a YAML file") from None
    except OSError as error:
        raise ConfigurationError(key, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(key, f"is not UTF-8 text (byte {error.start})") from None
    except yaml.YAMLError as error:
        raise ConfigurationError(key, f"is not YAML: {_yaml_problem(error)}") from None
    return checked_roster(content, key)


def checked_roster(content: Any, key: str = "market.roster") -> Roster:
    """Roster from the content of a file or of a ``market.roster`` section, checked.

    Args:
        content: should map ``commissioners``, ``providers`` and the rest to their entries.
        key: name of the source in error messages.

    Raises:
        ConfigurationError: if an entry is wrong; names it and the allowed values.
    """
    if not isinstance(content, Mapping):
        raise ConfigurationError(
            key,
            "must be a mapping; keys: commissioners, providers, pathways, contracts, initial_contracts",
        )
    try:
        roster = Roster.model_validate(content)
    except ValidationError as error:
        raise ConfigurationError(key, _first_problem(error)) from None
    _check_pathways(key, roster)
    check_practices(key, roster)
    check_contracts(key, roster)
    return roster


def _yaml_problem(error: yaml.YAMLError) -> str:
    """Line, column and problem of a YAML syntax error."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    return f"line {mark.line + 1}, column {mark.column + 1}: {problem}" if mark else problem


def _first_problem(error: ValidationError) -> str:
    """First error from pydantic as ``entry: what is wrong``, and the number of other errors."""
    problems = error.errors(include_url=False)
    first = problems[0]
    where = ".".join(str(part) for part in first["loc"] if part != "[key]")
    context = first.get("ctx", {})
    if first["type"] == "literal_error":
        allowed = str(context["expected"]).replace("'", "").replace(" or ", ", ")
        what = f"{first['input']!r} is unknown; allowed: {allowed}"
    elif first["type"] == "extra_forbidden":
        what = f"unknown key; allowed: {_allowed_keys(first['loc'])}"
    elif first["type"] == "value_error":
        what = str(context["error"])
    elif first["type"] == "missing":
        what = "is missing"
    else:
        what = f"{first['msg'][0].lower()}{first['msg'][1:]}, not {first['input']!r}"
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{where}: {what}{more}" if where else f"{what}{more}"


def _allowed_keys(location: Sequence[str | int]) -> str:
    """Allowed keys at the place of an unknown one: keys of the roster, or of an entry in one of its lists."""
    model: Any = Roster
    for part in location[:-1]:
        if isinstance(part, str) and part in model.model_fields:
            model = model.model_fields[part].annotation.__args__[0]
    return ", ".join(model.model_fields)


def _check_pathways(key: str, roster: Roster) -> None:
    """Check that contracts name pathways of the roster, if it has any."""
    names = [p.name for p in roster.pathways]
    for i, contract in enumerate(roster.contracts):
        if names and contract.pathway not in names:
            raise ConfigurationError(
                key, f"contracts.{i}.pathway: {contract.pathway!r} is unknown; allowed: {', '.join(names)}"
            )


def check_contracts(key: str, roster: Roster) -> None:
    """Check that contract holders can deliver their contracts, if the roster gives their functions."""
    providers = {p.id: p for p in roster.providers}
    for i, contract in enumerate(roster.contracts):
        spelled = given_functions(providers[contract.provider])
        if spelled and contract.function not in spelled:
            raise ConfigurationError(
                key,
                f"contracts.{i}.function: {contract.provider} does not deliver {contract.function}; "
                f"allowed: {', '.join(spelled)}",
            )


def given_functions(given: RosterProvider) -> tuple[str, ...]:
    """Functions that the roster gives for a provider, in the order of ``FUNCTIONS``; empty if not given."""
    spelled = set(given.unit_cost or ()) | set(given.capacity_gbp or ())
    return tuple(f for f in FUNCTIONS if f in spelled)


def check_practices(key: str, roster: Roster) -> None:
    """Check that federations have at most as many practices as the commissioners of their area."""
    there: dict[str, int] = defaultdict(int)
    for commissioner in roster.commissioners:
        there[commissioner.area] += commissioner.practices
    for i, provider in enumerate(roster.providers):
        if provider.practices and not PROVIDER_KINDS[provider.kind].of_practices:
            raise ConfigurationError(
                key, f"providers.{i}.practices: only a gp_federation has practices, not a {provider.kind}"
            )
        there[provider.area] -= provider.practices
        if provider.practices and there[provider.area] < 0:
            raise ConfigurationError(
                key,
                f"providers.{i}.practices: {provider.practices} are {-there[provider.area]} more than the "
                f"commissioners of {provider.area} have left",
            )
