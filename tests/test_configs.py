"""Every shipped configuration composes into a valid request, and files and code agree on the defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hydra import compose, initialize_config_module
from omegaconf import OmegaConf

from caremarket import configs
from caremarket.experiments.configuration.request import request_from_config
from caremarket.experiments.configuration.scenarios import scenario_from_config
from caremarket.experiments.design.layout import design_from_config
from caremarket.experiments.design.scenarios import set_lever
from caremarket.experiments.design.section import checked_section
from caremarket.experiments.search.section import search_from_config
from caremarket.market.market_spec import FitSpec
from caremarket.market.scenario import BehaviourSpec, MechanismSpec, PolicySpec, RecordSpec, Scenario, Strict

FOLDER = Path(str(configs.__file__)).parent
ROSTER = Path(__file__).parent / "data" / "roster_small.yaml"


def choices(group: str) -> list[str]:
    return sorted(path.stem for path in (FOLDER / group).glob("*.yaml"))


def composed(*overrides: str) -> dict[str, Any]:
    with initialize_config_module("caremarket.configs", version_base="1.3"):
        found = OmegaConf.to_container(compose("config", list(overrides)), resolve=True)
    assert isinstance(found, dict)
    return {str(k): v for k, v in found.items()}


CASES = [
    (group, choice)
    for group in (
        "pathway",
        "policy",
        "mechanisms",
        "behaviour",
        "record",
        "runner",
        "tracking",
        "validate",
        "calibration",
    )
    for choice in choices(group)
] + [("market", "local"), ("market", "small"), ("market", "tiny"), ("scenario", "local")]


@pytest.mark.parametrize(("group", "choice"), CASES)
def test_every_shipped_file_composes_into_a_valid_request(group: str, choice: str) -> None:
    config = composed(f"{group}={choice}")
    request_from_config(config)
    design_from_config(config["design"], {}, 1, 0)
    assert scenario_from_config(config).pathways


def test_every_group_is_covered() -> None:
    folders = {path.name for path in FOLDER.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == {group for group, _ in CASES} | {"experiment"}
    assert set(choices("market")) == {"local", "small", "tiny", "ods", "roster"}
    assert {"local", "england"} < set(choices("scenario"))  # tests/test_scenarios.py runs the others


@pytest.mark.parametrize("override", ["market=ods", "scenario=england", "market=roster"])
def test_markets_from_files_compose_and_ask_for_their_files(override: str) -> None:
    config = composed(override)
    with pytest.raises(Exception, match=r"market\.(ods_dir|roster)"):
        scenario_from_config(config)


@pytest.mark.parametrize(
    ("overrides", "name"),
    [
        ([], "local"),
        (["market=ods"], "ods"),
        (["market=roster"], "roster"),
        (["market=ods", "scenario=england"], "england"),
        (["market=ods", "experiment=flow_down"], "flow_down"),
        (["market=ods", "name=mine"], "mine"),
    ],
)
def test_results_are_called_after_the_market_unless_something_else_names_them(overrides: list[str], name: str) -> None:
    assert composed(*overrides)["name"] == name


def test_a_roster_is_read_and_its_pathways_replace_the_group() -> None:
    scenario = scenario_from_config(composed("market=roster", f"market.roster={ROSTER}"))
    assert scenario.market.roster is not None
    if scenario.market.roster.pathways:
        assert {p.name for p in scenario.pathways} == {p.name for p in scenario.market.roster.pathways}


@pytest.mark.parametrize(
    ("path", "model"),
    [
        ("mechanisms/all.yaml", MechanismSpec),
        ("policy/separate.yaml", PolicySpec),
        ("record/full.yaml", RecordSpec),
    ],
)
def test_defaults_in_files_are_those_in_code(path: str, model: type[Strict]) -> None:
    written = yaml.safe_load((FOLDER / path).read_text())
    assert written == model().model_dump(mode="json")


def test_the_fit_of_a_market_in_files_is_that_in_code() -> None:
    assert composed()["market"]["fit"] == FitSpec().model_dump()


def test_behaviour_in_files_is_that_in_code() -> None:
    assert composed()["behaviour"] == BehaviourSpec().model_dump(mode="json")


def test_default_request_is_the_default_scenario() -> None:
    scenario = scenario_from_config(composed())
    assert scenario.horizon_years == Scenario.model_fields["horizon_years"].default
    assert scenario.behaviour == BehaviourSpec()
    assert scenario.mechanisms == MechanismSpec()


@pytest.mark.parametrize("name", choices("experiment"))
def test_an_experiment_is_a_valid_request_and_opens_with_the_command_that_makes_it(name: str) -> None:
    lines = (FOLDER / "experiment" / f"{name}.yaml").read_text().splitlines()
    assert lines[0] == "# @package _global_"
    config = composed(f"experiment={name}")
    request_from_config(config)
    design_from_config(config["design"], {}, 1, 0)
    assert scenario_from_config(config).pathways
    command = "search" if config["search"]["objectives"] else "sweep"
    assert lines[1].startswith(f"# caremarket {command} experiment={name}")
    assert config["name"] == name
    if command == "search":
        assert search_from_config(config["search"]).levers
    check_both_ends_of_ranges(config)


def check_both_ends_of_ranges(config: dict[str, Any]) -> None:
    families = checked_section(config["design"], {}).families
    for key, drawn in (entry for family in families.values() for entry in family.sample.over.items()):
        for end in (0.0, 1.0):
            set_lever(config, key, drawn.at(end))
            scenario_from_config(config)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("policy/*.yaml")), ids=lambda p: p.stem)
def test_every_lever_of_a_policy_is_explained(path: Path) -> None:
    for line in path.read_text().splitlines():
        if line and line[0].isalpha() and ": " in line and not line.startswith("weight_quality"):
            assert "#" in line, line
