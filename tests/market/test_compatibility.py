"""What does not go together is refused with one line that says why; every form leaves a choice of payments."""

from __future__ import annotations

from dataclasses import replace
from math import exp, pi, sqrt
from typing import Any

import pytest

from caremarket.experiments.configuration.scenarios import scenario_from_config
from caremarket.market.compatibility import RESTRICTED_ROUTES, check_names, clash, fitted, why_not
from caremarket.market.errors import ConfigurationError
from caremarket.market.forms import FORMS
from caremarket.market.levers import PolicySpec
from caremarket.market.payments import PAYMENTS
from caremarket.market.procurement import ROUTES
from caremarket.market.risk import loss_beyond
from tests.test_configs import choices, composed

PRICE_ALONE: dict[str, Any] = {
    "weight_price": 1.0,
    "weight_quality": 0.0,
    "weight_social_value": 0.0,
    "weight_integration": 0.0,
}


@pytest.mark.parametrize(
    ("levers", "lever", "said"),
    [
        ({"form": "any_qualified_provider", "payment": "block"}, "payment", "money must follow"),
        ({"form": "accountable_lead", "payment": "tariff", "lot_scope": "pathway"}, "payment", "whole budget"),
        ({"form": "accountable_lead", "payment": "capitated"}, "lot_scope", "use pathway"),
        ({"form": "alliance"}, "lot_scope", "use pathway"),
        ({"form": "alliance", "lot_scope": "pathway", "payment": "tariff"}, "payment", "one budget"),
        ({"form": "framework", "route": "two_stage"}, "route", "use call_off"),
        ({"form": "framework", "route": "call_off", "lot_scope": "pathway"}, "lot_scope", "use function"),
        ({"route": "call_off"}, "route", "no framework"),
        ({"form": "prime_provider", "route": "any_qualified_provider"}, "route", "accreditation"),
        ({"award_price": "second"}, "award_price", "price alone"),
        ({"award_price": "second", "payment": "programme_budget"}, "award_price", "sets the price"),
        ({"award_price": "second", "form": "alliance", "lot_scope": "pathway"}, "award_price", "bids a price"),
    ],
)
def test_what_makes_no_sense_is_named_with_its_lever_and_the_reason(
    levers: dict[str, str], lever: str, said: str
) -> None:
    policy = PolicySpec.model_validate(levers)
    found = clash(policy)
    assert found is not None
    assert found[0] == lever
    assert said in found[1]
    assert "\n" not in found[1]
    assert why_not(policy) == found[1]


@pytest.mark.parametrize(
    "levers",
    [
        {},
        {"form": "prime_provider"},
        {"form": "prime_provider", "lot_scope": "pathway", "payment": "tariff"},
        {"form": "prime_contractor", "lot_scope": "pathway"},
        {"form": "appraise"},
        {"award_price": "second", **PRICE_ALONE},
        {"award_price": "second", "form": "prime_contractor", "lot_scope": "pathway", **PRICE_ALONE},
    ],
)
def test_what_can_be_signed_is_allowed(levers: dict[str, str]) -> None:
    assert why_not(PolicySpec.model_validate(levers)) is None


def test_every_form_leaves_a_choice_of_payments_and_routes() -> None:
    for form in FORMS.values():
        assert len(form.allowed_payments() or PAYMENTS) >= 2
        assert set(form.allowed_payments()) <= set(PAYMENTS)
    assert set(RESTRICTED_ROUTES) <= set(ROUTES)


def test_a_form_limits_payments_by_what_they_pay_for_and_keeps_their_order() -> None:
    people = ["capitated", "programme_budget", "year_of_care"]
    assert FORMS["accountable_lead"].allowed_payments() == people
    assert FORMS["alliance"].allowed_payments() == ["block", "bundle", *people]
    assert FORMS["any_qualified_provider"].allowed_payments() == ["tariff", "bundle", "episode", "year_of_care"]
    assert FORMS["separate"].allowed_payments() == []


def test_a_payment_added_later_goes_with_the_forms_that_its_attributes_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    added = replace(PAYMENTS["capitated"], name="per_head")
    monkeypatch.setitem(PAYMENTS, added.name, added)
    fitting = {form.name for form in FORMS.values() if form.payments_with and form.allows_payment(added.name)}
    assert fitting == {"accountable_lead", "alliance"}


@pytest.mark.parametrize(("field", "known"), [("payments", "block, bundle"), ("routes", "single_stage, two_stage")])
def test_a_form_that_names_no_payment_or_route_there_is_is_refused(
    field: str, known: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_names()
    wrong = replace(FORMS["separate"], name="mine", **{field: ("blok",), f"{field}_why": "of a test"})
    monkeypatch.setitem(FORMS, "mine", wrong)
    with pytest.raises(ValueError, match=f"ContractForm 'mine': {field} is 'blok'; allowed: .*{known}"):
        check_names()


@pytest.mark.parametrize("form", sorted(FORMS))
def test_a_fitted_policy_goes_with_its_form_and_keeps_what_it_can(form: str) -> None:
    for start in (PolicySpec(), PolicySpec(lot_scope="pathway", payment="capitated", route="direct_award")):
        policy = fitted(start, form)
        assert policy.form == form
        assert why_not(policy) is None
        for lever in set(PolicySpec.model_fields) - {"form", "payment", "lot_scope", "route"}:
            assert getattr(policy, lever) == getattr(start, lever)
    assert fitted(PolicySpec(), "separate") == PolicySpec()
    second = fitted(PolicySpec(award_price="second", **PRICE_ALONE), form)
    assert why_not(second) is None
    assert (second.award_price == "second") == (FORMS[form].selection in {"tender", "call_off"})


@pytest.mark.parametrize("name", choices("policy"))
def test_every_shipped_policy_makes_sense(name: str) -> None:
    assert why_not(PolicySpec.model_validate(composed(f"policy={name}")["policy"])) is None


def test_a_reform_is_held_to_the_same_rules() -> None:
    reform = "+calendar.late={month: 12, policy: {form: alliance}}"
    with pytest.raises(ConfigurationError) as caught:
        scenario_from_config(composed(reform))
    assert caught.value.key == "calendar.late.policy.lot_scope"


def test_limited_liability_keeps_off_the_tail_of_the_loss() -> None:
    """Against the closed form at the mean, and against a sum over a fine grid elsewhere."""
    assert loss_beyond(0.0, 2.0, 0.0) == pytest.approx(2.0 / sqrt(2.0 * pi))
    assert loss_beyond(-5.0, 0.0, 2.0) == 3.0
    assert loss_beyond(5.0, 0.0, 2.0) == 0.0
    mean, sd, stake, step = 1.0, 3.0, 2.0, 0.001
    grid = (mean + sd * (-8.0 + n * step) for n in range(int(16.0 / step)))
    total = sum(max(0.0, -x - stake) * exp(-0.5 * ((x - mean) / sd) ** 2) / sqrt(2.0 * pi) * step for x in grid)
    assert loss_beyond(mean, sd, stake) == pytest.approx(total, rel=1e-3)
    assert loss_beyond(mean, sd, 4.0) < loss_beyond(mean, sd, stake) < loss_beyond(mean, 6.0, stake)
