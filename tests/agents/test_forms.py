"""Contract forms at work: patients' choice, frameworks, phasing, and the accountable lead."""

from __future__ import annotations

from collections import Counter
from math import exp
from typing import Any

import pytest

from caremarket.agents.contracts.exit import leave
from caremarket.agents.entities.provider import Provider
from caremarket.agents.model import CareMarket, simulate
from caremarket.agents.procurement.patient_choice.choice_scheme import ChoiceScheme, logit_shares, utility
from caremarket.agents.world.result import RunResult
from caremarket.market.compatibility import fitted, why_not
from caremarket.market.forms import FORMS
from caremarket.market.levers import PolicySpec
from caremarket.market.payments import PAYMENTS
from caremarket.market.scenario import Scenario

from .conftest import changed, months, small, without

SEED = 1
CHOICE = ("policy=any_qualified_provider", "horizon_years=4", "policy.duration_years=3")
ROOMY = {"synthetic": {"population_per_ccg": 20_000}}


def kinds(result: RunResult) -> Counter[str]:
    return Counter(event["kind"] for event in result.tables["events"].to_pylist())


def forms_and_payments() -> list[tuple[str, str]]:
    return [
        (form, payment)
        for form in sorted(FORMS)
        for payment in sorted(PAYMENTS)
        if why_not(fitted(PolicySpec(lot_scope="pathway"), form).model_copy(update={"payment": payment})) is None
    ]


@pytest.mark.parametrize(("form", "payment"), forms_and_payments())
def test_every_form_runs_with_every_payment_that_goes_with_it(form: str, payment: str) -> None:
    """``simulate`` raises unless the books balance and no event is lost."""
    scope = "function" if form == "separate" else "pathway"
    policy = fitted(PolicySpec(lot_scope=scope), form).model_dump() | {"payment": payment, "duration_years": 1.5}
    begun = 0
    for seed in (1, 2, 3):
        trusting = {"initial_trust": {"mean": 0.7}}
        result = simulate(small(policy=policy, market=trusting, horizon_years=4), seed)
        rows = result.tables["contracts"].to_pylist()
        begun += sum(row["form"] == form and row["payment"] == payment and row["procurement"] >= 0 for row in rows)
    assert begun > 0


# Patients' choice -------------------------------------------------------------------------------------


def test_choice_shares_are_the_logit_where_nobody_is_full() -> None:
    """Check against theory 5: exactly the formula."""
    utilities = [2.0, 1.0, 0.5, -1.0]
    total = sum(exp(u) for u in utilities)
    assert logit_shares(utilities, [1.0] * 4) == pytest.approx([exp(u) / total for u in utilities], abs=1e-15)
    assert logit_shares([u + 300.0 for u in utilities], [1.0] * 4) == pytest.approx(logit_shares(utilities, [1.0] * 4))


def test_whom_a_full_provider_cannot_take_chooses_again_by_the_same_logit() -> None:
    shares = logit_shares([2.0, 1.0, 0.0], [0.2, 1.0, 1.0])
    assert shares[0] == 0.2
    assert shares[1] / shares[2] == pytest.approx(exp(1.0))
    assert sum(shares) == pytest.approx(1.0)
    # The next fills up in turn; when all are full nobody is turned away.
    assert logit_shares([2.0, 1.0, 0.0], [0.2, 0.3, 1.0]) == pytest.approx([0.2, 0.3, 0.5])
    assert sum(logit_shares([2.0, 1.0], [0.1, 0.2])) == pytest.approx(1.0)


def schemes(model: CareMarket) -> list[ChoiceScheme]:
    return [s for s in model.desk.schemes.values() if len(s.lives()) > 1]


def test_patients_in_the_market_spread_by_quality_distance_and_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody is full, shares are exactly the formula with the utilities of the day."""
    choose = ChoiceScheme.shares
    free = crowded = 0

    def shares(self: ChoiceScheme, providers: list[Provider], present: list[float]) -> list[float]:
        nonlocal free, crowded
        found = choose(self, providers, present)
        worth = [utility(self.model, p, self.item, s) for p, s in zip(providers, present, strict=True)]
        formula = [exp(u) / sum(exp(w) for w in worth) for u in worth]
        limits = [self.limit(p, s) for p, s in zip(providers, present, strict=True)]
        if all(f <= limit for f, limit in zip(formula, limits, strict=True)):
            assert found == pytest.approx(formula, abs=1e-12)
            free += len(providers) > 1
        else:
            crowded += len(providers) > 1
        assert sum(found) == pytest.approx(1.0)
        return found

    monkeypatch.setattr(ChoiceScheme, "shares", shares)
    simulate(small(*CHOICE, market=ROOMY), SEED)
    simulate(small(*CHOICE), SEED)
    assert free > 3
    assert crowded > 3


def test_patients_prefer_the_good_the_near_and_the_idle() -> None:
    model = CareMarket(small(*CHOICE), SEED)
    item = next(i for i in model.items if len(model.bidders("area-1", i.function)) > 1)
    provider = model.bidders("area-1", item.function)[0]
    worth = utility(model, provider, item, 0.0)
    provider.quality += 0.1
    assert utility(model, provider, item, 0.0) == pytest.approx(worth + 0.4)
    provider.quality -= 0.1
    provider.committed[item.function] = provider.capacity[item.function]
    assert utility(model, provider, item, 0.0) == pytest.approx(4.0 * provider.quality - 1.0)
    provider.area = "elsewhere"
    assert utility(model, provider, item, 0.0) == pytest.approx(4.0 * provider.quality - 2.0)
    provider.region = "beyond"
    assert utility(model, provider, item, 0.0) == pytest.approx(4.0 * provider.quality - 3.0)


def test_shares_are_equal_when_patients_do_not_choose() -> None:
    seen = 0
    for model in months(small(*CHOICE, mechanisms=without("patient_choice")), SEED, step=6.0):
        for scheme in schemes(model):
            shares = [in_force.allocations[0].share for in_force in scheme.lives()]
            assert shares == pytest.approx([1.0 / len(shares)] * len(shares), abs=1e-9)
            seen += 1
    assert seen > 0
    chosen = small(*CHOICE)
    assert (
        simulate(chosen, SEED).summary != simulate(changed(chosen, mechanisms=without("patient_choice")), SEED).summary
    )


def test_who_leaves_loses_its_patients_to_the_others_and_newcomers_are_accredited() -> None:
    model = CareMarket(small(*CHOICE), SEED)
    model.run_until(20.0)
    scheme = max(schemes(model), key=lambda s: len(s.lives()))
    leaver = next(in_force for in_force in scheme.lives() if in_force.holder.can_fail)
    share = leaver.allocations[0].share
    before = {
        in_force.contract.id: in_force.allocations[0].share for in_force in scheme.lives() if in_force is not leaver
    }
    leave(leaver.holder, leaver.holder.exit_reason.__class__.WITHDREW)
    after = {in_force.contract.id: in_force.allocations[0].share for in_force in scheme.lives()}
    assert set(after) == set(before)
    assert sum(after.values()) == pytest.approx(1.0)
    assert sum(after.values()) - sum(before.values()) == pytest.approx(share)
    assert not scheme.item.procuring
    starts = {in_force.contract.start for s in schemes(model) for in_force in s.lives()}
    model.run_until(40.0)
    late = {in_force.contract.start for s in schemes(model) for in_force in s.lives()} - starts
    assert late
    model.check_no_event_lost()
    model.ledger.check()


def test_everyone_accredited_has_the_same_price_and_none_below_the_line() -> None:
    result = simulate(small(*CHOICE), SEED)
    price: dict[int, set[int]] = {}
    for row in result.tables["contracts"].to_pylist():
        if row["form"] == "any_qualified_provider":
            price.setdefault(row["procurement"], set()).add(row["price"])
    assert price
    assert all(len(found) == 1 for found in price.values())
    poor = small(*CHOICE, behaviour={"collaboration": {"accreditation_quality": 1.0}})
    assert kinds(simulate(poor, SEED))["accredited"] == 0
    assert kinds(simulate(poor, SEED))["falls_back"] > 0


# Frameworks -------------------------------------------------------------------------------------------


def test_lots_are_called_off_among_members_of_the_pool_alone() -> None:
    model = CareMarket(small("policy=framework", horizon_years=6.5, policy={"duration_years": 1.0}), SEED)
    pools: dict[tuple[int, int], list[tuple[float, set[int]]]] = {}
    for month in range(1, 73):
        model.run_until(float(month))
        for key, framework in model.desk.frameworks.items():
            members = {m.index for m in framework.members}
            if not pools.get(key) or pools[key][-1][1] != members:
                pools.setdefault(key, []).append((framework.until, members))
    result = model.run()
    rows = {row["id"]: row for row in result.tables["procurements"].to_pylist()}
    bids = result.tables["bids"].to_pylist()
    bidders = {b["bidder"] for b in bids if rows[b["procurement"]]["route"] == "call_off"}
    assert bidders
    assert bidders <= set().union(*(members for found in pools.values() for _, members in found))
    events = result.tables["events"].to_pylist()
    noticed = {e["procurement"] for e in events if e["kind"] == "procurement_notice"}
    quick = [r for n, r in rows.items() if r["route"] == "call_off" and n not in noticed and r["outcome"] == "awarded"]
    slow = [r for n, r in rows.items() if r["route"] == "call_off" and n in noticed and r["outcome"] == "awarded"]
    assert quick
    assert slow

    def mean(found: list[dict[str, float]]) -> float:
        return sum(r["closed"] - r["opened"] for r in found) / len(found)

    assert mean(quick) < mean(slow) - 1.0


def test_terms_in_common_coordinate_only_as_far_as_they_bind() -> None:
    loose = {"collaboration": {"common_terms_coordination": 0.0}}
    for seed in (1, 2):
        bound = simulate(small("policy=framework"), seed).summary["outcome_index"] or 0.0
        free = simulate(small("policy=framework", behaviour=loose), seed).summary["outcome_index"] or 0.0
        assert bound > free + 0.005
        off = without("coordination")
        assert (
            simulate(small("policy=framework", mechanisms=off), seed).summary["outcome_index"]
            == simulate(small("policy=framework", mechanisms=off, behaviour=loose), seed).summary["outcome_index"]
        )


# Phasing ----------------------------------------------------------------------------------------------


def phased(years: float, *overrides: str, **sections: Any) -> Scenario:
    levers = (f"policy.phasing_years={years}", "policy.turnover_ratio=0", *overrides)
    return small("policy=prime_provider", *levers, **sections)


def test_a_phased_lot_goes_to_market_later_and_its_holders_come_to_trust_and_know_one_another() -> None:
    at_once = simulate(phased(0.0), SEED).tables["procurements"].to_pylist()
    model = CareMarket(phased(2.0), SEED)
    month = 0.0
    while not model.desk.agreements:
        month += 1.0
        model.run_until(month)
    (agreement, *_) = model.desk.agreements
    holders = {model.contracts[n].holder for i in agreement.items for n in i.contracts}
    one, other = sorted(holders, key=lambda h: h.index)[:2]
    pathway = agreement.items[0].pathway
    before = model.trust.between(one.key, other.key, month), one.track.get(pathway, 0)
    model.run_until(month + 13.0)
    assert model.trust.between(one.key, other.key, month + 13.0) > before[0] + 0.02
    assert one.track[pathway] >= before[1] + 2
    later = model.run().tables["procurements"].to_pylist()
    first = min(r["opened"] for r in at_once)
    assert min(r["opened"] for r in later if r["form"] == "prime_provider") > first + 20.0


def test_without_dynamics_of_trust_phasing_leaves_trust_alone() -> None:
    model = CareMarket(phased(2.0, mechanisms=without("trust_dynamics")), SEED)
    model.run_until(36.0)
    fresh = CareMarket(phased(0.0), SEED)
    assert model.desk.phased
    for in_force in model.contracts.values():
        pair = (in_force.holder.key, in_force.commissioner.key)
        assert model.trust.between(*pair, 36.0) == fresh.trust.between(*pair, 0.0)


def test_a_lot_is_phased_once_and_not_where_the_form_is_there_already() -> None:
    result = simulate(phased(1.0, "policy.duration_years=1", horizon_years=8), SEED)
    agreements = kinds(result)["overarching_agreement"]
    assert 0 < agreements <= 6  # three commissioners, two pathways
    assert kinds(simulate(phased(0.0), SEED))["overarching_agreement"] == 0


# Accountable lead -------------------------------------------------------------------------------------


def test_an_accountable_lead_does_the_middle_of_the_pathway_itself() -> None:
    """P 4.19: no navigator without delivery, no hospital whose only part is inpatient care."""
    begun = 0
    for seed in (1, 2, 3):
        for model in months(small("policy=accountable_lead", policy={"turnover_ratio": 0.0}), seed, step=3.0):
            for in_force in model.contracts.values():
                if in_force.contract.form.name == "accountable_lead" and in_force.contract.start > model.time - 3.0:
                    own = {a.item.function for a in in_force.allocations if a.deliverer is in_force.holder}
                    assert own & in_force.contract.form.lead_indices
                    assert any(in_force.holder.unit_cost) or in_force.holder.kind == "vehicle"
                    assert len({i.function for i in in_force.contract.items}) > 1
                    begun += 1
    assert begun > 5
