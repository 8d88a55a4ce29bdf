"""Experiment files that state hypotheses, and the scenarios of their arms.

Composing a configuration takes more than half a second, and there are a hundred arms. Experiment files differ in a few
choices of groups, so each combination of choices is composed once, and the other entries of a file are merged into it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from hydra.core.override_parser.overrides_parser import OverridesParser

from caremarket import configs
from caremarket.experiments.configuration.market_files import MarketFiles
from caremarket.experiments.configuration.scenarios import SCENARIO_KEYS, scenario_from_config
from caremarket.experiments.design.layout import design_from_config
from caremarket.experiments.design.levers import LeverValue
from caremarket.experiments.design.scenarios import Bases, Compose, set_lever
from caremarket.experiments.evidence.hypotheses import Hypothesis, read_hypothesis
from caremarket.market.errors import ConfigurationError
from caremarket.market.scenario import Scenario
from caremarket.runners.compose.hydra_errors import one_line_errors

FOLDER = Path(str(configs.__file__)).parent / "experiment"


@dataclass(frozen=True, slots=True)
class Setting:
    """A configuration that arms share.

    Attributes:
        name: names it in errors; no two settings have the same name.
        choices: configuration group -> the file chosen from it.
        body: its other entries, by section.
    """

    name: str
    choices: Mapping[str, str]
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ExperimentFile(Setting):
    """The content of an experiment file that states a hypothesis.

    Attributes:
        hypothesis: the hypothesis that it states.
        arms: arm -> levers.
    """

    hypothesis: Hypothesis
    arms: Mapping[str, Mapping[str, LeverValue]]

    def off(self) -> dict[str, LeverValue]:
        """Levers that switch the mechanism off."""
        pairs = (override.partition("=") for override in self.hypothesis.off)
        return {key: yaml.safe_load(value) for key, _, value in pairs}


def stated_hypotheses(only: Sequence[str] = ()) -> tuple[ExperimentFile, ...]:
    """The files that state hypotheses, in order of their numbers; only those named in ``only``, if any.

    Raises:
        ConfigurationError: there is no such hypothesis, or a file states one wrongly.
    """
    found: dict[str, ExperimentFile] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        stated = read_hypothesis(path.stem, text)
        if stated is not None:
            found[stated.id] = _read(path.stem, stated, yaml.safe_load(text))
    wanted = [identity.upper() for identity in only] or list(found)
    unknown = [identity for identity in wanted if identity not in found]
    if unknown:
        raise ConfigurationError("only", f"{unknown[0]!r} is no hypothesis; there are H1 to H{len(found)}")
    return tuple(found[identity] for identity in sorted(set(wanted), key=lambda i: int(i[1:])))


def _read(name: str, stated: Hypothesis, content: Mapping[str, Any]) -> ExperimentFile:
    choices: dict[str, str] = {}
    for entry in content.get("defaults", ()):
        for key, choice in entry.items():
            choices[key.removeprefix("override ").lstrip("/")] = choice
    body = {k: v for k, v in content.items() if k in SCENARIO_KEYS}
    arms = {p.label: p.levers for p in design_from_config(content.get("design"), {}, 1, 0).points}
    named = {arm for claim in stated.claims for arm in (*claim.arms, *claim.off_arms)}
    missing = sorted(named - set(arms))
    if missing:
        raise ConfigurationError(f"experiment {name}", f"tests the arm {missing[0]!r}, which its design has not")
    return ExperimentFile(name, choices, body, stated, arms)


def ranges_of(name: str) -> Mapping[str, Any]:
    """The ranges of uncertain parameters in an experiment file: ``design.uncertainties.sample.over``.

    Raises:
        ConfigurationError: there is no such file, or it has none.
    """
    path = FOLDER / f"{name}.yaml"
    if not path.exists():
        raise ConfigurationError("validate.robustness.ranges", f"{name!r} is no experiment file")
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    try:
        over: dict[str, Any] = content["design"]["uncertainties"]["sample"]["over"]
    except (KeyError, TypeError):
        raise ConfigurationError(
            "validate.robustness.ranges", f"{name!r} has no design.uncertainties.sample.over"
        ) from None
    return over


class Arms:
    """Scenarios of the arms of experiment files.

    Args:
        compose: composes the request with other choices of groups.
        groups: names of the configuration groups.
        overrides: overrides on the command line, which take precedence over the files.
    """

    def __init__(self, compose: Compose, groups: frozenset[str], overrides: Sequence[str]) -> None:
        self._compose = compose
        self._groups = groups
        self._files = MarketFiles()
        self._composed: dict[tuple[tuple[str, str], ...], dict[str, Any]] = {}
        self._bases: dict[str, Bases] = {}
        self._chosen, self._values = _own(overrides, groups)

    def scenario(self, file: Setting, levers: Mapping[str, LeverValue]) -> Scenario:
        """The scenario of a file with given levers.

        Raises:
            ConfigurationError: a lever does not exist or a value is not allowed.
        """
        if file.name not in self._bases:
            self._bases[file.name] = Bases(partial(self._config, file), self._groups, self._files)
        try:
            return self._bases[file.name].scenario(levers)
        except ConfigurationError as error:
            raise ConfigurationError(error.key, f"{error.message} (experiment {file.name})") from None

    def of_england(self) -> Scenario | None:
        """``scenario=england`` with the overrides of the command line; None if the registers are not given.

        Raises:
            ConfigurationError: the request is wrong.
        """
        config = deepcopy(self._compose({"scenario": "england"}))
        if (config.get("market") or {}).get("ods_dir") is None:
            return None
        return scenario_from_config(config, self._files)

    def of_choices(self, choices: Mapping[str, str]) -> Scenario:
        """The scenario of these choices of groups, ``scenario`` among them, which override those of the command line.

        Raises:
            ConfigurationError: the request is wrong.
        """
        return scenario_from_config(deepcopy(self._compose(choices)), self._files)

    def _config(self, file: Setting, choices: Mapping[str, str]) -> dict[str, Any]:
        """The configuration of ``experiment=<file>`` with these choices and the overrides of the command line."""
        chosen = {group: choice for group, choice in file.choices.items() if group not in self._chosen}
        key = tuple(sorted({**chosen, **choices}.items()))
        if key not in self._composed:
            self._composed[key] = self._compose(dict(key))
        config = deepcopy(self._composed[key])
        _merge(config, file.body)
        for lever, value in self._values.items():
            set_lever(config, lever, value)
        return config


def _own(overrides: Sequence[str], groups: frozenset[str]) -> tuple[frozenset[str], dict[str, Any]]:
    """The groups chosen on the command line, and the scenario's values set there."""
    with one_line_errors():
        parsed = OverridesParser.create().parse_overrides(list(overrides))
    chosen, values = set(), {}
    for override in parsed:
        key = override.get_key_element().lstrip("+~")
        if key in groups or "/" in key:
            chosen.add(key)
        elif key.partition(".")[0] in SCENARIO_KEYS and not override.is_delete():
            values[key] = override.value()
    return frozenset(chosen), values


def _merge(config: dict[str, Any], body: Mapping[str, Any]) -> None:
    """Merge ``body`` into ``config`` section by section, as Hydra merges files."""
    for key, value in body.items():
        if isinstance(value, Mapping) and isinstance(config.get(key), dict):
            _merge(config[key], value)
        else:
            config[key] = deepcopy(value)
