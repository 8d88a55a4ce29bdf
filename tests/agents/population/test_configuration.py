"""The shipped configuration groups compose, whatever is overridden."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from caremarket.market.market_spec import MarketSpec, RegisterSpec
from caremarket.market.pathway_spec import PathwaySpec

CONFIGS = Path(__file__).parents[3] / "configs"
LOADER_KEYS = ("ods_dir", "ods_as_of", "ods_regions", "patients_csv", "roster")


def composed(*overrides: str) -> dict[str, Any]:
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        content = OmegaConf.to_container(compose("config", overrides=list(overrides)), resolve=True)
    assert isinstance(content, dict)
    return {str(k): v for k, v in content.items()}


@pytest.mark.parametrize("name", sorted(p.stem for p in (CONFIGS / "market").glob("*.yaml")))
def test_every_market_file_composes_with_every_loader_key_settable(name: str) -> None:
    values = {"ods_dir": "D", "ods_as_of": "2014-04-01", "patients_csv": "P.csv", "roster": "R.yaml"}
    settings = [*(f"market.{k}={v}" for k, v in values.items()), "market.ods_regions=[Y58,Y60]"]
    market = composed(f"market={name}", *settings)["market"]
    assert {k: market.pop(k) for k in LOADER_KEYS} == values | {"ods_regions": ["Y58", "Y60"]}
    fill = market.get("register_fill")
    assert fill is None or RegisterSpec(**fill).as_of == "2014-04-01"
    MarketSpec.model_validate(market | {"source": "synthetic"})


@pytest.mark.parametrize("name", sorted(p.stem for p in (CONFIGS / "pathway").glob("*.yaml")))
def test_every_pathway_file_composes(name: str) -> None:
    found = [PathwaySpec(name=k, **v) for k, v in composed(f"pathway={name}")["pathway"].items()]
    assert len(found) == {"nhs_ten": 10, "two": 2}.get(name, len(found))
    for pathway in found:
        assert 2 <= len(pathway.function_shares) <= 5
        small = [pathway.function_shares.get(f, 0.0) for f in ("social", "voluntary")]
        assert max(small) <= 0.2


def test_ten_pathways_are_a_third_of_the_allocation_and_two_are_the_same_two() -> None:
    ten, two = (composed(f"pathway={name}")["pathway"] for name in ("nhs_ten", "two"))
    assert 350 <= sum(p["cost_per_head_gbp"] for p in ten.values()) <= 450
    assert two == {name: ten[name] for name in two}


def test_one_value_and_a_whole_set_of_kinds_can_be_overridden() -> None:
    market = composed("market.kinds.prime.can_fail=false", "market/kinds=nhs_2013")["market"]
    assert market["kinds"]["prime"]["can_fail"] is False
