"""What a provider is worth follows its contracts, and thin markets forget no service."""

from __future__ import annotations

from collections import defaultdict
from types import SimpleNamespace
from typing import cast

import pytest

from caremarket.agents.entities.notices import AwardPublished
from caremarket.agents.entities.provider import Provider
from caremarket.agents.model import CareMarket, simulate
from caremarket.agents.procurement.tender_process import TenderProcess
from caremarket.agents.records.market_beliefs import MarketBeliefs
from tests.agents.conftest import months, small
from tests.agents.test_conservation import POLICIES, check_services, market


def check_value(model: CareMarket) -> None:
    """What a provider's work earns it in a year is what its contracts and sub-contracts say."""
    earns: defaultdict[int, float] = defaultdict(float)
    for in_force in model.contracts.values():
        # Where patients choose, each holder earns what those bring who chose it.
        chosen = in_force.allocations[0].share if in_force.contract.form.patients_choose else 1.0
        earns[in_force.holder.index] += in_force.contract.price * chosen
        for allocation in in_force.allocations:
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
        for in_force in model.contracts.values():
            if model.time > in_force.contract.end + 1e-9:
                about_to = "approach_expiry" in in_force.planned
                assert about_to or all(item.procuring for item in in_force.contract.items)


def test_the_usual_price_is_a_mean_of_prices_paid_however_many_tenders_run_at_once() -> None:
    """All heard of their tenders when work was dear; each award must move it towards what is paid, and never beyond."""
    model = CareMarket(small(), 1)
    item = model.items[0]
    record = model.beliefs
    record.start_price(model.commissioners[item.commissioner].area, item.function, 1.5)
    lot = SimpleNamespace(items=[item], reference_cost=item.reference_cost)
    dear = 1.5 * item.reference_cost
    tenders = [
        SimpleNamespace(
            usual_price=dear, procurement=SimpleNamespace(lot=lot, price=round(ratio * item.reference_cost))
        )
        for ratio in [0.8, 0.9] * 40
    ]
    before = record.price_ratio(item)
    for tender in tenders:
        record.award_published(AwardPublished(cast(TenderProcess, tender)))
        assert min(before, 0.8) - 1e-9 <= record.price_ratio(item) <= max(before, 0.9) + 1e-9
        before = record.price_ratio(item)
    assert before == pytest.approx(0.85, abs=0.01)
    assert record.margins[model.commissioners[item.commissioner].area, item.function] == pytest.approx(before - 1.0)


def test_where_many_buy_the_usual_price_stays_near_what_is_paid(monkeypatch: pytest.MonkeyPatch) -> None:
    """One place with many commissioners that buy often; newcomers follow the usual price, so they stay few."""
    paid: list[float] = []
    seen = MarketBeliefs.award_published

    def noting(record: MarketBeliefs, notice: AwardPublished) -> None:
        before = dict(record._price)
        seen(record, notice)
        procurement = notice.tender.procurement
        paid.append(procurement.price / procurement.lot.reference_cost)
        lowest, highest = min(*paid, *before.values()), max(*paid, *before.values())
        assert all(lowest - 1e-9 <= ratio <= highest + 1e-9 for ratio in record._price.values())

    monkeypatch.setattr(MarketBeliefs, "award_published", noting)
    policy = {"duration_years": 1.0, "turnover_ratio": 0.0}
    simulate(small(market={"synthetic": {"ccgs": 12}}, policy=policy, horizon_years=6), 1)
    assert len(paid) > 100
