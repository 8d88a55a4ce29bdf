"""Directions the sources claim, seen in paired seeds, and gone when the mechanism behind them is off.

Arms share their seeds and differ in one lever: replicates of a small health economy over six years, as many as the
effect needs to be seen. It is there when the 95% interval of the paired difference excludes zero. ``caremarket
validate`` puts all of the hypotheses to the test, with as many replicates as it takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import pytest
from hydra import compose, initialize_config_module
from omegaconf import OmegaConf

from caremarket.agents import simulate
from caremarket.experiments.analysis.statistics import Estimate, estimate
from caremarket.experiments.configuration.scenarios import scenario_from_config
from caremarket.market.scenario import Scenario

FEW, MANY = 8, 20
"""Replicates for effects that are several times their spread, and for others."""
SMALL = (
    "horizon_years=6",
    "market=small",
    "market.synthetic.acute_trusts=2",
    "market.synthetic.community_trusts=1",
    "market.synthetic.third_sector=15",
    "market.synthetic.practices_per_ccg=12",
)


def scenario(*levers: str) -> Scenario:
    with initialize_config_module("caremarket.configs", version_base="1.3"):
        config = compose("config", overrides=[*SMALL, *levers])
    found = scenario_from_config(OmegaConf.to_container(config, resolve=True))
    quiet = {name: False for name in type(found.record).model_fields if name != "check_ledger"}
    return found.model_copy(update={"record": found.record.model_copy(update=quiet)})


@cache
def setting(*levers: str) -> Scenario:
    return scenario(*levers)


@cache
def summary(seed: int, *levers: str) -> Mapping[str, float | None]:
    return simulate(setting(*levers), seed).summary


def arm(measure: str, *levers: str, replicates: int = FEW) -> list[float | None]:
    return [summary(seed, *levers)[measure] for seed in range(1, replicates + 1)]


def difference(measure: str, baseline: tuple[str, ...], other: tuple[str, ...], replicates: int = FEW) -> Estimate:
    before, after = (arm(measure, *levers, replicates=replicates) for levers in (baseline, other))
    found = estimate(b - a if a is not None and b is not None else None for a, b in zip(before, after, strict=True))
    assert found is not None
    assert found.half_width is not None
    return found


def low(found: Estimate) -> float:
    return found.mean - (found.half_width or 0.0)


def high(found: Estimate) -> float:
    return found.mean + (found.half_width or 0.0)


PRIME = ("policy=prime_provider",)


def test_h4_primes_sideline_small_providers_as_holders_of_contracts() -> None:
    assert high(difference("sme_value_share_direct", ("policy=separate",), PRIME)) < 0.0


@pytest.mark.slow
def test_h4_is_gone_without_turnover_test_and_wide_scope() -> None:
    narrow = ("policy=separate", "policy.turnover_ratio=0")
    found = difference("sme_value_share_direct", narrow, (*narrow, "policy.form=prime_provider"))
    assert low(found) < 0.0 < high(found)


def test_h5_small_providers_get_less_than_promised_and_a_guarantee_helps() -> None:
    assert max(v for v in arm("sme_delivered_to_promised", *PRIME) if v is not None) <= 1.0 + 1e-9
    protected = (*PRIME, "policy.volume_guarantee=1")
    assert low(difference("sme_delivered_to_promised", PRIME, protected)) > 0.0


@pytest.mark.slow
def test_h5_is_gone_when_volume_cannot_be_moved_after_award() -> None:
    kept = arm("sme_delivered_to_promised", *PRIME, "mechanisms.post_award_reallocation=false")
    assert {round(v, 9) for v in kept if v is not None} == {1.0}


def test_h6_flow_down_of_all_risk_makes_small_providers_refuse() -> None:
    arms = [(*PRIME, f"policy.flow_down={flow}") for flow in (0.0, 1.0)]
    assert high(difference("sme_subcontract_acceptance_rate", *arms)) < 0.0


@pytest.mark.slow
@pytest.mark.parametrize(("less", "more"), [(0.0, 0.5), (0.5, 1.0)])
def test_h6_each_step_of_flow_down_makes_small_providers_refuse(less: float, more: float) -> None:
    arms = [(*PRIME, f"policy.flow_down={flow}") for flow in (less, more)]
    assert high(difference("sme_subcontract_acceptance_rate", *arms, replicates=MANY)) < 0.0


@pytest.mark.slow
def test_h6_is_gone_when_nobody_minds_risk() -> None:
    """What is left is chance: where its pay follows demand, a small provider earns other sums, and acts on them."""
    rate, flows = "sme_subcontract_acceptance_rate", ("policy.flow_down=0.0", "policy.flow_down=1.0")
    calm, wary = (
        difference(rate, *((*PRIME, *off, flow) for flow in flows), replicates=MANY)
        for off in (("mechanisms.risk_aversion=false",), ())
    )
    assert low(calm) <= 0.0 <= high(calm)
    assert abs(calm.mean) < min(0.005, 0.1 * abs(wary.mean))


@pytest.mark.slow
def test_h7_a_turnover_test_excludes_small_providers() -> None:
    """Each bids by itself, and nobody is turned away for an earlier default: turnover alone decides who qualifies."""
    alone = ("policy=separate", "policy.consortium_bids=false", "policy.vehicles=false")
    alone += ("behaviour.life.exclusion_months=0",)
    free = (*alone, "policy.turnover_ratio=0")
    assert {v for v in arm("sme_qualification_rate", *free) if v is not None} == {1.0}
    tested = (*alone, "policy.turnover_ratio=2")
    assert high(difference("sme_qualification_rate", free, tested)) < 0.0
