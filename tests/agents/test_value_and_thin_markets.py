"""What a provider is worth follows its contracts, and thin markets forget no service."""

from __future__ import annotations

from collections import defaultdict

import pytest

from agents.model import CareMarket
from agents.provider import Provider

from .conftest import months, small
from .test_conservation import POLICIES, check_services, market


def check_value(model: CareMarket) -> None:
    """What a provider's work earns it in a year is what its contracts and sub-contracts say."""
    earns: defaultdict[int, float] = defaultdict(float)
    for life in model.contracts.values():
        # Where patients choose, each holder earns what those bring who chose it.
        chosen = life.allocations[0].share if life.contract.form.patients_choose else 1.0
        earns[life.holder.index] += life.contract.price * chosen
        for allocation in life.allocations:
            if allocation.sub is not None:
                earns[allocation.deliverer.index] += allocation.whole_sub_rate * allocation.share * 4.0
    for provider in model.organisations:
        if isinstance(provider, Provider) and provider.alive:
            assert provider.market_value == pytest.approx(earns[provider.index], rel=1e-9, abs=1.0)


@pytest.mark.parametrize("name", POLICIES)
def test_the_value_of_a_provider_is_that_of_its_contracts(name: str) -> None:
    """Turnover, overdraft and the turnover test hang on it, so it must fall when work is lost."""
    for model in months(market(name), 1):
        check_value(model)


THIN = {
    "synthetic": {
        "mental_health_trusts": 0,
        "community_trusts": 0,
        "acute_trusts": 1,
        "independents": 0,
        "third_sector": 2,
    }
}


@pytest.mark.parametrize("seed", [950632, 767738, 6955])
@pytest.mark.parametrize("form", ["separate", "prime_contractor"])
def test_in_a_thin_market_what_nobody_can_do_is_not_forgotten(seed: int, form: str) -> None:
    scope = "function" if form == "separate" else "pathway"
    policy = {"form": form, "lot_scope": scope, "duration_years": 1.0, "budget_discount": 0.2, "guarantee_share": 0.2}
    policy |= {"route": "single_stage", "publish_budget": True, "payment": "tariff"}
    for model in months(small(policy=policy, market=THIN, behaviour={"max_bid_losses": 2}), seed, step=3.0):
        check_services(model)
        for life in model.contracts.values():
            if model.time > life.contract.end + 1e-9:
                about_to = "approach_expiry" in life.planned
                assert about_to or all(item.procuring for item in life.contract.items)
