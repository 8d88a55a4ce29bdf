"""A point's scenario is the one its configuration composes to, whichever way it is built."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hydra import compose, initialize_config_module
from omegaconf import OmegaConf

from caremarket.experiments.configuration.market_files import MarketFiles
from caremarket.experiments.configuration.scenarios import scenario_from_config
from caremarket.experiments.design.levers import LeverValue
from caremarket.experiments.design.plan import Design, Point
from caremarket.experiments.design.scenarios import scenarios_of, set_lever
from caremarket.market.errors import ConfigurationError
from caremarket.market.scenario import Scenario


@pytest.fixture(scope="module")
def shipped() -> dict[str, Any]:
    with initialize_config_module("caremarket.configs", version_base="1.3"):
        found = OmegaConf.to_container(compose("config", ["market=tiny", "pathway=two"]), resolve=True)
    assert isinstance(found, dict)
    return {str(k): v for k, v in found.items()}


def made(config: dict[str, Any], *levers: dict[str, LeverValue]) -> tuple[Scenario, ...]:
    points = tuple(Point(n, str(n), values) for n, values in enumerate(levers))
    return scenarios_of(Design(points, 1, 0), lambda _: config, frozenset({"policy"}), MarketFiles())


LEVERS: tuple[dict[str, LeverValue], ...] = (
    {},
    {"policy.flow_down": 0.3, "behaviour.life.failure_harm": 0.9},
    {"mechanisms.exit": False, "horizon_years": 3},
    {"policy.flow_down": 0.8},
    {"market.initial_trust.mean": 0.2, "policy.monitoring": 0.1},
    {"pathway.msk.demand_cv": 0.2},
    {},
)


def test_levers_of_any_section_give_what_the_whole_configuration_gives(shipped: dict[str, Any]) -> None:
    before = deepcopy(shipped)
    for levers, scenario in zip(LEVERS, made(shipped, *LEVERS), strict=True):
        config = deepcopy(before)
        for key, value in levers.items():
            set_lever(config, key, value)
        assert scenario == scenario_from_config(config)
    assert shipped == before


@pytest.mark.parametrize(
    ("levers", "key"),
    [
        ({"policy.flow_down": 2.0}, "policy.flow_down"),
        ({"policy.flow_down": True}, "policy.flow_down"),
        ({"policy.flow_dwon": 0.2}, "policy.flow_dwon"),
        ({"behaviour.life.failure_harm": -1.0}, "behaviour.life.failure_harm"),
        ({"behaviour.lief.failure_harm": 1.0}, "behaviour.lief"),
        ({"mechanisms.exit": 1}, "mechanisms.exit"),
        ({"policy.form": "any_qualified_provider", "policy.payment": "block"}, "policy.payment"),
        ({"market.initial_trust.mean": 2.0}, "market.initial_trust.mean"),
    ],
)
def test_a_wrong_lever_names_its_key_and_point(
    levers: dict[str, LeverValue], key: str, shipped: dict[str, Any]
) -> None:
    with pytest.raises(ConfigurationError, match="design point '1'") as caught:
        made(shipped, {}, levers)
    assert caught.value.key == key


def test_a_lever_may_put_right_what_is_wrong_without_it(shipped: dict[str, Any]) -> None:
    config = deepcopy(shipped)
    config["policy"]["flow_down"] = 5.0
    (scenario,) = made(config, {"policy.flow_down": 0.5})
    assert scenario.policy.flow_down == 0.5
