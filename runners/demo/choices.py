"""The scenario, policy, seed and levers of each side, composed as by ``caremarket run``."""

from __future__ import annotations

import re
import shlex
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import files
from typing import Any

from caremarket.experiments.configuration.allowed import SEED_LIMIT
from caremarket.experiments.configuration.market_files import MarketFiles
from caremarket.experiments.configuration.messages import check_choice
from caremarket.experiments.configuration.scenarios import scenario_from_config, scenario_with
from caremarket.market.errors import ConfigurationError
from caremarket.market.scenario import Scenario
from caremarket.runners.compose.composition import CONFIG_PACKAGE, composed_config
from caremarket.runners.compose.scenario_cards import what_it_shows
from caremarket.runners.demo.lever_controls import WEIGHTS, rebalanced

MOST_REFORMS = 50


@dataclass(frozen=True, slots=True)
class Choice:
    """The input of one side's simulation.

    Attributes:
        scenario: name of a file in ``configs/scenario``.
        policy: name of a file in ``configs/policy``.
        seed: run seed; both sides have the same.
        levers: lever -> value from the start, in place of the policy's value.
        reforms: month, lever and value of each change made in mid-run, in order of time.
    """

    scenario: str = "local"
    policy: str = "separate"
    seed: int = 1
    levers: Mapping[str, Any] = field(default_factory=dict)
    reforms: tuple[tuple[float, str, Any], ...] = ()

    def with_lever(self, policy: Mapping[str, Any], key: str, value: Any, month: float | None = None) -> Choice:
        """The same choice with a lever moved, from the start or from ``month`` on.

        Args:
            policy: present levers; award criteria are rebalanced from them.
            key: name of the lever.
            value: its new value.
            month: when it changes; None for the start.
        """
        moved = rebalanced(policy, key, float(value)) if key in WEIGHTS else {key: value}
        if month is None:
            return replace(self, levers={**self.levers, **moved})
        kept = tuple(r for r in self.reforms if not (r[1] in moved and r[0] >= month))
        return replace(self, reforms=(*kept, *((month, k, v) for k, v in moved.items()))[-MOST_REFORMS:])


class Composer:
    """Composes scenarios, one at a time, and keeps them.

    Args:
        overrides: Hydra overrides from the command line. Those of ``market`` apply only to the scenario named there.
        config_dir: a folder of the user's own, laid out like ``configs/``.
    """

    def __init__(self, overrides: Sequence[str] = (), config_dir: str | None = None) -> None:
        named = [o.partition("=")[2] for o in overrides if o.startswith("scenario=")]
        self.named = named[-1] if named else "local"
        rest = [o for o in overrides if not o.startswith(("scenario=", "policy=", "seed="))]
        self._market = [o for o in rest if _root(o) in {"market", "calibration", "pathway"}]
        self._common = [o for o in rest if o not in self._market]
        self._options = [] if config_dir is None else ["--config-dir", config_dir]
        # Hydra's state is global to the process, and registers take seconds to read.
        self._lock = threading.Lock()
        self._configs: dict[tuple[str, str], dict[str, Any]] = {}
        self._scenarios: dict[tuple[str, str], Scenario] = {}
        self._files = MarketFiles()

    def config(self, choice: Choice) -> dict[str, Any]:
        """The composed configuration of a choice, with the policy's own levers.

        Raises:
            ConfigurationError: it cannot be composed.
        """
        key = (choice.scenario, choice.policy)
        with self._lock:
            if key not in self._configs:
                self._configs[key] = composed_config(self.arguments(choice))
            return self._configs[key]

    def arguments(self, choice: Choice) -> list[str]:
        """The arguments of ``caremarket run`` for this scenario and policy."""
        market = self._market if choice.scenario == self.named else []
        return [*self._options, f"scenario={choice.scenario}", f"policy={choice.policy}", *self._common, *market]

    def scenario(self, choice: Choice) -> Scenario:
        """The checked scenario of a choice, with the tables that the page needs recorded.

        Raises:
            ConfigurationError: names the key at fault and what is allowed.
        """
        if not 0 <= choice.seed < SEED_LIMIT:
            raise ConfigurationError("seed", f"{choice.seed} is not allowed; a whole number from 0 to below 2^63 is")
        config = self.config(choice)
        key = (choice.scenario, choice.policy)
        with self._lock:
            if key not in self._scenarios:
                self._scenarios[key] = scenario_from_config({**config, "record": _recorded(config)}, self._files)
            base = self._scenarios[key]
        if not choice.levers and not choice.reforms:
            return base
        changed = {
            "policy": {**config["policy"], **choice.levers},
            "calendar": {**config.get("calendar", {}), **_calendar(choice)},
        }
        return scenario_with(base, changed, ("policy", "calendar"))

    def command(self, choice: Choice) -> str:
        """The command that makes the same run without the page."""
        words = ["caremarket", "run", *self.arguments(choice), f"seed={choice.seed}"]
        words += [f"policy.{key}={_value(value)}" for key, value in choice.levers.items()]
        for name, reform in _calendar(choice).items():
            levers = ", ".join(f"{k}: {_value(v)}" for k, v in reform["policy"].items())
            words.append(f"+calendar.{name}={{month: {reform['month']:g}, policy: {{{levers}}}}}")
        return shlex.join(words)


def scenario_names() -> dict[str, str]:
    """Name -> description of every scenario that comes with the project."""
    return {name: what_it_shows(text) for name, text in _files("scenario").items()}


def policy_names() -> dict[str, str]:
    """Name -> description of every policy that comes with the project."""
    return {name: what_it_shows(text) for name, text in _files("policy").items()}


def check_names(choice: Choice, own: bool) -> None:
    """Check the names of scenario and policy, unless the user has a folder of their own files.

    Raises:
        ConfigurationError: one of them is unknown.
    """
    if not own:
        check_choice("scenario", choice.scenario, scenario_names())
        check_choice("policy", choice.policy, policy_names())


def _files(group: str) -> dict[str, str]:
    folder = files(CONFIG_PACKAGE).joinpath(group)
    found = {e.name.removesuffix(".yaml"): e for e in folder.iterdir() if e.name.endswith(".yaml")}
    return {name: found[name].read_text(encoding="utf-8") for name in sorted(found)}


def _recorded(config: Mapping[str, Any]) -> dict[str, Any]:
    """The ``record`` section with all tables that the page draws from: all except single postings."""
    record = dict(config.get("record") or {})
    tables = ("yearly", "events", "procurements", "bids", "contracts", "subcontracts", "organisations")
    return {**record, **dict.fromkeys(tables, True), "postings": False}


def _calendar(choice: Choice) -> dict[str, dict[str, Any]]:
    """Reforms of a choice as entries of the scenario's calendar, one entry per month."""
    found: dict[float, dict[str, Any]] = {}
    for month, key, value in sorted(choice.reforms, key=lambda reform: reform[0]):
        found.setdefault(month, {})[key] = value
    return {f"page_{n}": {"month": month, "policy": levers} for n, (month, levers) in enumerate(found.items(), 1)}


def _root(override: str) -> str:
    return re.split(r"[.@=]", override.lstrip("+~"), maxsplit=1)[0]


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{','.join(map(str, value))}]"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
