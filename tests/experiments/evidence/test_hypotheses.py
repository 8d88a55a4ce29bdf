"""Hypotheses are read from their experiment files, and their arms are what those files compose to."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from hydra import compose, initialize_config_module
from omegaconf import OmegaConf

from caremarket.experiments.configuration.market_files import MarketFiles
from caremarket.experiments.design.layout import design_from_config
from caremarket.experiments.design.scenarios import scenarios_of
from caremarket.experiments.evidence.hypotheses import ArmTest, read_hypothesis
from caremarket.experiments.evidence.trials import off_arms, on_arms
from caremarket.market.errors import ConfigurationError
from caremarket.market.mechanisms import MechanismSpec
from caremarket.runners.compose.experiment_files import FOLDER, Arms, stated_hypotheses

STATED = {file.name: file for file in stated_hypotheses()}
GROUPS = frozenset(path.name for path in FOLDER.parent.iterdir() if path.is_dir())
HEAD = "# @package _global_\n# H99\n# claim: less is more\n# source: P 1.1\n"


@cache
def composed(*overrides: str) -> dict[str, Any]:
    with initialize_config_module("caremarket.configs", version_base="1.3"):
        found = OmegaConf.to_container(compose("config", list(overrides)), resolve=True)
    return {str(k): v for k, v in found.items()}  # type: ignore[union-attr]


def with_choices(*base: str) -> Any:
    def chosen(choices: Mapping[str, str]) -> dict[str, Any]:
        return composed(*base, *(f"{group}={choice}" for group, choice in sorted(choices.items())))

    return chosen


ARMS = Arms(with_choices(), GROUPS, ())


def test_every_hypothesis_of_the_sources_has_an_experiment() -> None:
    assert list(STATED) == [f"h{n:02d}" for n in range(1, 28)]
    assert [file.hypothesis.id for file in STATED.values()] == [f"H{n}" for n in range(1, 28)]


@pytest.mark.parametrize("name", STATED)
def test_its_switch_is_one(name: str) -> None:
    file = STATED[name]
    for key, value in file.off().items():
        assert key.removeprefix("mechanisms.") in MechanismSpec.model_fields
        assert value is False
    assert file.hypothesis.has_switch or name == "h07"
    assert set(file.hypothesis.removes) <= {claim.measure for claim in file.hypothesis.claims}


@pytest.mark.parametrize("name", STATED)
def test_its_arms_can_be_run_with_and_without_the_mechanism(name: str) -> None:
    file = STATED[name]
    variants = [{**file.arms[arm]} for arm in on_arms(file.hypothesis)]
    variants += [{**file.off(), **file.arms[arm]} for arm in off_arms(file.hypothesis)]
    scenarios = [ARMS.scenario(file, levers) for levers in variants]
    assert len({s.model_dump_json() for s in scenarios}) == len(scenarios), "two arms are the same"


@pytest.mark.parametrize("name", ["h08", "h14", "h19"])
def test_an_arm_is_what_the_sweep_of_its_file_runs(name: str) -> None:
    file = STATED[name]
    base = f"experiment={name}"
    design = design_from_config(composed(base)["design"], {}, 1, 0)
    of_sweep = scenarios_of(design, with_choices(base), GROUPS, MarketFiles())
    found = [ARMS.scenario(file, file.arms[point.label]) for point in design.points]
    assert found == list(of_sweep)


def test_what_is_asked_for_goes_before_what_a_file_says() -> None:
    asked = ("market=tiny", "horizon_years=3", "behaviour.trust_gain=0.1")
    file = STATED["h05"]
    found = Arms(with_choices(*asked), GROUPS, asked).scenario(file, file.arms["protected"])
    assert found.horizon_years == 3
    assert found.behaviour.trust_gain == 0.1
    assert found.market.synthetic.areas == composed("market=tiny")["market"]["synthetic"]["areas"]
    assert ARMS.scenario(file, file.arms["protected"]).horizon_years == 6


def test_a_statement_is_read_line_by_line() -> None:
    found = read_hypothesis("x", f"{HEAD}# test: a -> b -> c: hhi_direct -, tenders +\n# off: mechanisms.exit=false\n")
    assert found is not None
    assert found.tests == (ArmTest(("a", "b", "c"), (("hhi_direct", -1), ("tenders", 1))),)
    assert found.claims[0].neighbours == (("a", "b"), ("b", "c"))
    assert found.claims[0].ends == ("a", "c")
    assert found.off == ("mechanisms.exit=false",)
    assert found.removed == found.claims
    assert read_hypothesis("x", "# @package _global_\n# no claim\n") is None


def test_what_the_switch_is_to_remove_can_be_less_than_all() -> None:
    test = "# test: a -> b: hhi_direct -, tenders +\n# off: mechanisms.exit=false\n"
    found = read_hypothesis("x", f"{HEAD}{test}# off removes: tenders\n# note: so it is,\n# note: it seems\n")
    assert found is not None
    assert [claim.measure for claim in found.removed] == ["tenders"]
    assert found.primary.measure == "tenders"
    assert found.note == "so it is, it seems"
    with pytest.raises(ConfigurationError, match="no test measures"):
        read_hypothesis("x", f"{HEAD}{test}# off removes: awards\n")


def test_arms_without_the_mechanism_go_with_those_that_have_it() -> None:
    test = "# test: a -> b: tenders +\n"
    found = read_hypothesis("x", f"{HEAD}{test}# off test: c -> d: tenders +\n")
    assert found is not None
    assert found.primary.off_arms == ("c", "d")
    with pytest.raises(ConfigurationError, match="off test"):
        read_hypothesis("x", f"{HEAD}{test}# off test: c -> d: awards +\n")


@pytest.mark.parametrize("line", ["", "# test: a -> b\n", "# test: a: hhi_direct +\n", "# test: a -> b: fame +\n"])
def test_a_malformed_statement_is_refused(line: str) -> None:
    with pytest.raises(ConfigurationError, match="experiment x"):
        read_hypothesis("x", HEAD + line)
