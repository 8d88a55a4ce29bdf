"""Outcome pay down the chain, sharing of gain and pain, shadow running, and the same outcome paid twice."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from caremarket.agents.contracts.outcomes import effort
from caremarket.agents.costs.achievement import expected_own_achievement
from caremarket.agents.entities.contract import ContractInForce
from caremarket.agents.entities.exposure import Exposure
from caremarket.agents.model import CareMarket, simulate
from caremarket.agents.money.outcome_claims import CONTRACT
from caremarket.market.ledger import Reason
from caremarket.market.levers import PolicySpec
from caremarket.market.outcome_rules import at_risk_below
from caremarket.market.payments import PAYMENTS
from caremarket.market.risk import risk_premium
from tests.agents.conftest import changed, only, small, without
from tests.agents.lives import items_of, let, market, of_kind

CHAIN = {"form": "prime_provider", "lot_scope": "pathway", "outcome_share": 0.2, "flow_down": 0.5}


def chain(
    *, mechanisms: dict[str, bool] | None = None, seed: int = 1, **policy: Any
) -> tuple[CareMarket, ContractInForce]:
    """A pathway led by the acute trust with the community trust below it."""
    model = CareMarket(market(mechanisms=mechanisms or {}), seed)
    acute, community = of_kind(model, "acute_trust"), of_kind(model, "community_trust")
    terms = {"duration_years": 5.0, **CHAIN, **policy}
    return model, let(model, acute, [(acute, "acute"), (community, "community")], **terms)


def posted(model: CareMarket, in_force: ContractInForce, reason: Reason) -> list[int]:
    journal = model.ledger.journal or []
    return [p[5] for p in journal if p[3] == in_force.contract.id and p[4] == reason]


# Down the chain ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["flow_down", "own_result", "pooled", "lead_keeps"])
def test_what_was_offered_is_withheld_and_released(rule: Any) -> None:
    model, in_force = chain(outcome_rule=rule, mechanisms=only())
    (sub,) = in_force.contract.subcontracts
    assert sub.at_risk == at_risk_below(rule, 0.2, 0.5)
    model.run_until(9.1)
    assert in_force.owed.get(sub.id, 0.0) == pytest.approx(0.75 * sub.price * sub.at_risk, rel=1e-4)
    dues = [amount for s, amount in in_force.invoices[-1][2] if s is sub]
    assert dues == pytest.approx([sub.price / 4.0 * (1.0 - sub.at_risk)], rel=1e-4)
    model.run_until(12.1)
    released = posted(model, in_force, Reason.OUTCOME_PASSED_ON)
    received = sum(posted(model, in_force, Reason.OUTCOME_PAYMENT))
    if rule == "lead_keeps":
        assert released == []
        return
    (passed,) = released
    behaviour = model.scenario_data.behaviour
    achieved = received / (in_force.contract.price * 0.2)
    if rule == "own_result":
        supplier = model.provider(sub.supplier)
        expected = expected_own_achievement(model, supplier, sub.at_risk)
        band = behaviour.outcome_target - behaviour.outcome_floor
        assert abs(passed / (sub.price * sub.at_risk) - expected) < 4.0 * behaviour.outcome_noise / band
        assert passed / (sub.price * sub.at_risk) != pytest.approx(achieved, rel=1e-3)
    else:
        assert passed == pytest.approx(sub.price * sub.at_risk * achieved, rel=1e-4)


def test_effort_follows_what_reaches_each_deliverer() -> None:
    def efforts(**policy: Any) -> list[float]:
        _, in_force = chain(mechanisms=only("effort_response"), **{"outcome_share": 0.1, **policy})
        return [effort(in_force, a) for a in sorted(in_force.allocations, key=lambda a: a.sub is not None)]

    assert efforts(outcome_rule="flow_down", flow_down=0.5) == pytest.approx([0.1, 0.05])
    assert efforts(outcome_rule="own_result", flow_down=0.5) == pytest.approx([0.1, 0.05])
    assert efforts(outcome_rule="lead_keeps") == pytest.approx([0.1, 0.0])
    # Each has half of the work: a member of the pool sees half of its effort, as far as peers do not press it.
    assert efforts(outcome_rule="pooled", flow_down=0.0) == pytest.approx([0.075, 0.075])


def test_h10_outcome_pay_works_down_the_chain_only_if_it_flows_down() -> None:
    terms = {**CHAIN, "turnover_ratio": 0.0, "budget_discount": -0.2, "monitoring": 0.1}

    def gain(*off: str) -> float:
        """What flowing all of it down adds to outcomes, a mean over five seeds: chance moves one by two points."""
        arms = [small(policy={**terms, "flow_down": f}, mechanisms=without(*off), horizon_years=5) for f in (1.0, 0.0)]
        full, none = ([simulate(arm, s).summary["outcome_index"] or 0.0 for s in range(1, 6)] for arm in arms)
        return (sum(full) - sum(none)) / 5.0

    assert gain() > 0.02
    # Those who lose money on what is at risk cut corners: another way in which it reaches outcomes, left aside here.
    aside = "corner_cutting"
    assert gain(aside) > 0.02
    assert abs(gain("effort_response", aside)) < 0.01


# Risk -------------------------------------------------------------------------------------------------


def exposed(policy: dict[str, Any], *, sub: bool = False, gain_share: float = 0.0) -> float:
    """Variance of a year of the first pathway's acute and community work of a small market."""
    model = CareMarket(small(), 1)
    items = [i for i in model.items if i.commissioner == model.items[0].commissioner and i.pathway == 0][:2]
    terms = PolicySpec.model_validate(model.policy.model_dump() | policy)
    risk = Exposure(model, terms, gain_share)
    works = [(i, float(i.reference_cost), 0.1) for i in items]
    price = 1.05 * sum(cost for _, cost, _ in works)
    risk.delivers(works, price, terms.flow_down if sub else 1.0, terms.outcome_share)
    return risk.variance()


def test_errors_of_estimate_of_several_items_are_all_counted() -> None:
    model = CareMarket(small(mechanisms=without("demand_risk"), behaviour={"liability_cv": 0.0}), 1)
    policy = PolicySpec()
    first, second = model.items[:2]

    def alone(*works: Any) -> float:
        risk = Exposure(model, policy)
        risk.delivers(list(works), sum(w[1] for w in works), 1.0, 0.0)
        return risk.variance()

    both = alone((first, 100.0, 0.3), (second, 50.0, 0.0))
    assert both == pytest.approx(900.0)
    assert both == pytest.approx(alone((second, 50.0, 0.0), (first, 100.0, 0.3)))
    assert alone((first, 100.0, 0.3), (second, 50.0, 0.4)) == pytest.approx(900.0 + 400.0)


@pytest.mark.parametrize("payment", ["block", "tariff", "capitated", "year_of_care", "episode"])
@pytest.mark.parametrize("flow_down", [0.0, 0.5, 1.0])
def test_what_a_subcontractor_is_paid_and_the_risk_it_prices_agree(payment: str, flow_down: float) -> None:
    """Quarters of cost and income as they are delivered, against the variance that was priced."""
    scenario = small(behaviour={"liability_cv": 0.0})
    model = CareMarket(scenario, 1)
    item = model.items[0]
    need = item.need
    terms = PolicySpec.model_validate(model.policy.model_dump() | {"payment": payment, "flow_down": flow_down})
    cost, price = 100.0, 104.0
    risk = Exposure(model, terms)
    risk.delivers([(item, cost, 0.0)], price, flow_down, 0.0)
    share = scenario.behaviour.activity
    draws = np.random.default_rng(5).standard_normal((2, 60_000, 4))
    cases, case_cost = 1.0 + need.demand_cv * draws[0], 1.0 + need.case_cost_cv * draws[1]
    patients = 1.0 + share.register_share * (cases - 1.0)
    severity = 1.0 + share.severity_share * (case_cost - 1.0)
    factor = np.vectorize(PAYMENTS[payment].factor)(cases, 1.0, patients, 1.0, severity)
    paid = cases + flow_down * (factor - cases)
    flow = (price / 4.0 * paid - cost / 4.0 * cases * case_cost).sum(axis=1)
    assert risk.variance() == pytest.approx(float(flow.var()), rel=0.03)


def test_the_demand_of_a_pathway_is_one_risk_for_all_its_parts() -> None:
    model = CareMarket(small(behaviour={"liability_cv": 0.0}), 1)
    same = [i for i in model.items if i.need is model.items[0].need][:2]
    other = next(i for i in model.items if i.need is not model.items[0].need)

    def spread(*items: Any) -> float:
        risk = Exposure(model, PolicySpec())
        for item in items:
            risk.delivers([(item, 1000.0, 0.0)], 1000.0, 1.0, 0.0)
        return risk.variance()

    apart = spread(same[0]) + spread(same[1])
    assert spread(*same) == pytest.approx(apart + 2.0 * (1000.0 * same[0].need.demand_cv) ** 2 / 4.0)
    assert spread(same[0], other) == pytest.approx(spread(same[0]) + spread(other))


def test_a_commissioner_that_shares_takes_the_square_of_what_it_leaves_off_the_premium() -> None:
    whole = exposed({})
    for share in (0.25, 0.5, 1.0):
        left = exposed({}, gain_share=share)
        assert left == pytest.approx((1.0 - share) ** 2 * whole)
        assert risk_premium(2.0, left) == pytest.approx((1.0 - share) ** 2 * risk_premium(2.0, whole))


def test_a_shadow_takes_outcome_risk_off_part_of_the_term() -> None:
    terms = {"outcome_share": 0.3, "duration_years": 4.0}
    none, half, all_ = (exposed({**terms, "shadow_months": m}) for m in (0.0, 24.0, 48.0))
    assert all_ < half < none
    assert half == pytest.approx((none + all_) / 2.0)
    assert all_ == pytest.approx(exposed({"duration_years": 4.0}))


def test_bidders_charge_less_for_risk_that_is_shared_or_still_in_shadow() -> None:
    base = small(policy={"route": "single_stage", "turnover_ratio": 0.0, "outcome_share": 0.2}, horizon_years=4)

    def premium(**policy: Any) -> float:
        rows = simulate(changed(base, policy=policy), 1).tables["bids"].to_pylist()
        assert len(rows) > 10
        return float(np.mean([b["risk_premium"] / b["cost_estimate"] for b in rows]))

    plain = premium()
    assert premium(gain_share=0.5) < 0.5 * plain
    assert premium(shadow_months=36.0) < plain


# Gain and pain ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("margin", [1.3, 0.8])
def test_the_commissioner_takes_its_share_of_a_surplus_and_bears_its_share_of_a_deficit(margin: float) -> None:
    model = CareMarket(market(mechanisms=only()), 1)
    acute, community = of_kind(model, "acute_trust"), of_kind(model, "community_trust")
    terms = {"form": "prime_provider", "lot_scope": "pathway", "gain_share": 0.4, "flow_down": 1.0}
    in_force = let(
        model, acute, [(acute, "acute"), (community, "community")], margin=margin, duration_years=5.0, **terms
    )
    fee = 1.0 - in_force.terms.management_fee
    own = next(a for a in in_force.allocations if a.deliverer is acute)
    (sub,) = in_force.contract.subcontracts
    surplus = in_force.contract.price - own.full_cost - sub.price * fee
    model.run_until(12.1)
    taken, borne = posted(model, in_force, Reason.GAIN_SHARE), posted(model, in_force, Reason.PAIN_SHARE)
    if surplus > 0.0:
        assert taken == pytest.approx([0.4 * surplus], rel=1e-5)
        assert not borne
    else:
        assert borne == pytest.approx([-0.4 * surplus], rel=1e-5)
        assert not taken
    model.ledger.check()


def test_contracts_that_were_not_let_on_such_terms_share_nothing() -> None:
    model = CareMarket(market(policy={"gain_share": 0.4, "shadow_months": 12.0}), 1)
    assert all(in_force.gain_share == 0.0 and in_force.shadow_until < 0.0 for in_force in model.contracts.values())


# In shadow --------------------------------------------------------------------------------------------


def test_in_shadow_a_block_is_paid_and_nothing_held_back() -> None:
    model, in_force = chain(payment="tariff", shadow_months=12.0, mechanisms=only("volume_response", "effort_response"))
    model.run_until(12.1)
    assert in_force.held_back == 0.0
    assert not posted(model, in_force, Reason.OUTCOME_PAYMENT)
    invoiced = [amount for amount, *_ in in_force.invoices]
    assert invoiced == pytest.approx([in_force.contract.price / 4.0] * len(invoiced), rel=1e-6)
    assert all(a.response is None or a.response.intensity < 1.0 for a in in_force.allocations)
    model.run_until(24.1)
    assert posted(model, in_force, Reason.OUTCOME_PAYMENT)
    response = in_force.allocations[0].response
    assert response is not None
    assert response.intensity > 1.0


# Paid twice -------------------------------------------------------------------------------------------


def paid_by_practices(model: CareMarket, amount: int) -> None:
    """A scheme of the practices has paid for the community outcome of the first commissioner this year."""
    (item,) = items_of(model, "community")
    assert model.outcome_register.claim(item.commissioner, item.pathway, item.function, 0, "quality", 7, amount) == 0


def test_a_second_payment_for_an_outcome_stands_apart_in_the_ledger() -> None:
    plain_model, plain = chain(mechanisms=only())
    plain_model.run_until(12.1)
    full = sum(posted(plain_model, plain, Reason.OUTCOME_PAYMENT))
    # One scheme does not pay itself twice, nor does a lead that passes outcome pay on.
    assert plain_model.ledger.totals[Reason.SAME_OUTCOME_TWICE] == 0
    model, in_force = chain(mechanisms=only())
    paid_by_practices(model, 5_000)
    model.run_until(12.1)
    assert posted(model, in_force, Reason.SAME_OUTCOME_TWICE) == [5_000]
    assert sum(posted(model, in_force, Reason.OUTCOME_PAYMENT)) == full - 5_000
    assert model.ledger.totals[Reason.SAME_OUTCOME_TWICE] == 5_000
    model.ledger.check()


@pytest.mark.parametrize(("quality", "stopped"), [(1.0, True), (0.0, False)])
def test_payers_who_compare_notes_find_it_as_far_as_their_data_are_good(quality: float, stopped: bool) -> None:
    model, in_force = chain(mechanisms=only())
    model.policy = model.policy.model_copy(update={"double_payment_check": True})
    in_force.commissioner.data_quality = quality
    paid_by_practices(model, 5_000)
    model.run_until(12.1)
    assert posted(model, in_force, Reason.SAME_OUTCOME_TWICE) == ([] if stopped else [5_000])


def test_claims_match_each_pound_once() -> None:
    model = CareMarket(market(), 1)
    claim = model.outcome_register.claim
    assert claim(1, 0, 1, 3, CONTRACT, 9, 100) == 0
    assert claim(1, 0, 1, 3, CONTRACT, 9, 100) == 0
    assert [claim(1, 0, 1, 3, "quality", practice, 80) for practice in range(4)] == [80, 80, 40, 0]
    assert claim(1, 0, 0, 3, "quality", 5, 80) == 0
    assert claim(2, 0, 1, 3, "quality", 5, 80) == 0
    assert claim(1, 0, 1, 4, "quality", 5, 80) == 0


# The price that is set --------------------------------------------------------------------------------


def test_under_a_programme_budget_all_bid_the_budget_and_compete_on_the_rest() -> None:
    policy = {"payment": "programme_budget", "route": "single_stage", "turnover_ratio": 0.0, "budget_discount": -0.05}
    result = simulate(small(policy=policy), 1)
    budgets = {p["id"]: p["budget"] for p in result.tables["procurements"].to_pylist()}
    rows = result.tables["bids"].to_pylist()
    assert len(rows) > 20
    assert all(b["price"] == budgets[b["procurement"]] for b in rows)
    assert any(b["won"] for b in rows)


def test_nobody_bids_for_a_programme_budget_below_what_it_needs() -> None:
    starved = {"payment": "programme_budget", "route": "single_stage", "turnover_ratio": 0.0, "budget_discount": 0.5}
    result = simulate(small(policy=starved, mechanisms=without("defence_of_fixed_costs")), 1)
    bids = result.tables["bids"].to_pylist()
    assert all(b["price"] >= b["cost_estimate"] + b["risk_premium"] - 1 for b in bids)
    assert result.summary["no_award_share"] == 1.0
