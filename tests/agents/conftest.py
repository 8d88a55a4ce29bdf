"""Small markets: what the shipped configuration describes, in little, with what a test wants changed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_module
from omegaconf import OmegaConf

from caremarket.agents.model import CareMarket
from caremarket.experiments.configuration.scenarios import scenario_from_config
from caremarket.market.pathway_spec import PathwaySpec
from caremarket.market.scenario import MechanismSpec, Scenario

ROSTER = Path(__file__).parents[1] / "data" / "roster_small.yaml"
SMALL = ("horizon_years=6", "pathway=two", "market=small")
"""Three commissioners, two pathways, thirty providers, six years: a fifth of a second a run."""
ROSTERED = ("market=roster", f"market.roster={ROSTER}", "horizon_years=5")


@cache
def composed(*overrides: str) -> Scenario:
    """The scenario that the command line would build from these overrides."""
    with initialize_config_module("caremarket.configs", version_base="1.3"):
        config = OmegaConf.to_container(compose("config", list(overrides)), resolve=True)
    assert isinstance(config, dict)
    return scenario_from_config({str(k): v for k, v in config.items()})


def merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    both = dict(old)
    for key, value in new.items():
        both[key] = merged(both[key], value) if isinstance(value, dict) and isinstance(both.get(key), dict) else value
    return both


def changed(scenario: Scenario, **sections: Any) -> Scenario:
    """``scenario`` with keys of its sections changed: ``changed(s, policy={"form": "separate"})``."""
    return Scenario.model_validate(merged(scenario.model_dump(), sections))


def small(*overrides: str, **sections: Any) -> Scenario:
    """The small market with every table recorded, and these keys changed; ``overrides`` choose other files."""
    record = {"postings": True, "check_ledger": "end"}
    return changed(composed(*SMALL, *overrides), **merged({"record": record}, sections))


def without(*mechanisms: str) -> dict[str, bool]:
    """These mechanisms off."""
    unknown = set(mechanisms) - set(MechanismSpec.model_fields)
    assert not unknown, unknown
    return dict.fromkeys(mechanisms, False)


def only(*mechanisms: str) -> dict[str, bool]:
    """Every mechanism off but these."""
    return {name: name in mechanisms for name in MechanismSpec.model_fields}


def single_function_pathways(count: int, function: str = "community") -> tuple[PathwaySpec, ...]:
    """Pathways that are each of one care function only."""
    return tuple(
        PathwaySpec(name=f"p{n:03d}", cost_per_head_gbp=5.0, cases_per_1000=10.0, function_shares={function: 1.0})
        for n in range(count)
    )


def months(scenario: Scenario, seed: int, step: float = 1.0) -> Iterator[CareMarket]:
    """A market as it is after every ``step`` months, until its horizon."""
    model = CareMarket(scenario, seed)
    yield model
    for n in range(1, int(scenario.horizon_years * 12.0 / step) + 1):
        model.run_until(n * step)
        yield model
