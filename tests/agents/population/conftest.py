"""Scenarios built from the shipped configuration, and where the real registers are."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from caremarket.agents.population import read_registers, read_roster
from caremarket.market.market_spec import MarketSpec
from caremarket.market.pathway_spec import PathwaySpec
from caremarket.market.register_entries import Registers
from caremarket.market.scenario import Scenario

ROOT = Path(__file__).parents[3]
CONFIGS = ROOT / "configs"
ROSTER = ROOT / "tests" / "data" / "roster_small.yaml"
LOADER_KEYS = ("defaults", "ods_dir", "ods_as_of", "ods_regions", "patients_csv", "roster")


def load(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


def pathways(name: str = "nhs_ten") -> tuple[PathwaySpec, ...]:
    return tuple(PathwaySpec(name=k, **v) for k, v in load(CONFIGS / "pathway" / f"{name}.yaml").items())


def market(source: str, **given: Any) -> MarketSpec:
    """The shipped market of this source, without Hydra: the file, the kinds, and what is given."""
    content = {k: v for k, v in load(CONFIGS / "market" / f"{source}.yaml").items() if k not in LOADER_KEYS}
    if "register_fill" in content:
        content["register_fill"].pop("as_of")
    content["kinds"] = load(CONFIGS / "market" / "kinds" / "nhs_2013.yaml")
    for key, value in given.items():
        content[key] = {**content[key], **value} if isinstance(value, dict) else value
    return MarketSpec.model_validate(content)


@pytest.fixture(scope="session")
def local() -> Scenario:
    return Scenario(pathways=pathways(), market=market("local"))


@pytest.fixture
def local_with() -> Callable[..., Scenario]:
    def build(pathway: str = "nhs_ten", **synthetic: Any) -> Scenario:
        return Scenario(pathways=pathways(pathway), market=market("local", synthetic=synthetic))

    return build


@pytest.fixture(scope="session")
def registers_of_2015() -> Registers:
    folder = Path(os.environ.get("CAREMARKET_ODS_DIR", ROOT / "../shared/data/ods"))
    if not folder.is_dir():
        pytest.skip(f"no ODS registers at {folder}; set CAREMARKET_ODS_DIR to their folder")
    return read_registers(str(folder), "2015-11-27")


@pytest.fixture(scope="session")
def england(registers_of_2015: Registers) -> Scenario:
    return Scenario(pathways=pathways(), market=market("ods", registers=registers_of_2015))


@pytest.fixture(scope="session")
def case_study() -> Scenario:
    roster = read_roster(str(ROSTER))
    return Scenario(pathways=roster.pathways, market=market("roster", roster=roster))
