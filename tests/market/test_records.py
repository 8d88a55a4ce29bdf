"""Records of forms, payments and so on are checked when they are built: one line says what is allowed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from caremarket.agents.records.measures import MEASURES
from caremarket.agents.strategies import STRATEGIES, PricingView
from caremarket.agents.supplier_choice import SUPPLIER_CHOICES
from caremarket.market.errors import VariantError
from caremarket.market.federation_forms import FEDERATION_FORMS
from caremarket.market.forms import FORMS
from caremarket.market.payments import PAYMENTS, PaymentModel
from caremarket.market.provider_kinds import PROVIDER_KINDS
from caremarket.market.routes import ROUTES

RECORDS: dict[str, Any] = {
    "ContractForm": FORMS["separate"],
    "FederationForm": FEDERATION_FORMS["loose_network"],
    "Measure": MEASURES["tenders"],
    "PaymentModel": PAYMENTS["block"],
    "PricingStrategy": STRATEGIES["cost_plus"],
    "ProviderKind": PROVIDER_KINDS["independent"],
    "Route": ROUTES["two_stage"],
    "SupplierChoice": SUPPLIER_CHOICES["balanced"],
}
WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("ContractForm", {"selection": "calloff"}, "selection is 'calloff'; allowed: 'tender', 'accredit', 'call_off' or"),
    (
        "ContractForm",
        {"self_delivery_min": 0.9, "self_delivery_max": 0.2},
        "self_delivery_min is 0.9; allowed: at most self_delivery_max, 0.2",
    ),
    ("ContractForm", {"self_delivery_max": 1.5}, "self_delivery_max is 1.5; allowed: less than or equal to 1"),
    ("ContractForm", {"lead_functions": ("comunity",)}, "lead_functions is 'comunity'; allowed: 'acute', 'community'"),
    ("ContractForm", {"scope": "path"}, "scope is 'path'; allowed: 'any', 'function' or 'pathway'"),
    ("ContractForm", {"payments": ("block",)}, "payments_why is ''; allowed: the reason for the limit of payments"),
    ("ContractForm", {"payments_with": ("patients",)}, "payments_why is ''; allowed: the reason"),
    ("ContractForm", {"payments_with": ("paid",), "payments_why": "x"}, "payments_with is 'paid'; allowed: 'follows_"),
    ("ContractForm", {"routes": ("two_stage",)}, "routes_why is ''; allowed: the reason for the limit of routes"),
    ("ContractForm", {"scope": "pathway"}, "scope_why is ''; allowed: the reason for the limit of scope"),
    ("ContractForm", {"one_plan": "no"}, "one_plan is 'no'; allowed: a valid boolean"),
    ("FederationForm", {"pooling": 2.0}, "pooling is 2.0; allowed: less than or equal to 1"),
    ("Measure", {"yearly": "eachyear"}, "yearly is 'eachyear'; allowed: 'in_force', 'now', 'so_far' or 'no'"),
    (
        "Measure",
        {"unit": "shares"},
        "unit is 'shares'; allowed: share, ratio, number, count, pence, days, months, or a",
    ),
    ("Measure", {"unit": "pence"}, "unit is 'pence'; allowed: pence if, and only if, the name ends in _pence"),
    ("PaymentModel", {"activity": 5.0}, "activity is 5.0; allowed: less than or equal to 1"),
    ("PaymentModel", {"population": "lots"}, "population is 'lots'; allowed: a valid number"),
    ("PaymentModel", {"severity": float("nan")}, "severity is nan; allowed: a finite number"),
    ("PricingStrategy", {"markup": 0.1}, "markup is 0.1; allowed: callable"),
    (
        "ProviderKind",
        {"calibration_group": "odd"},
        "calibration_group is 'odd'; allowed: 'nhs', 'private', 'voluntary'",
    ),
    ("ProviderKind", {"colour": "blue"}, "colour is 'blue'; allowed: #rrggbb, such as #117733"),
    (
        "ProviderKind",
        {"python_class": "my_kind.Kind"},
        "python_class is 'my_kind.Kind'; allowed: a class as module:name",
    ),
    ("ProviderKind", {"reference_population": 0}, "reference_population is 0; allowed: greater than 0"),
    ("Route", {"cost_multiple": -1.0}, "cost_multiple is -1.0; allowed: greater than or equal to 0"),
    ("Route", {"dialogue": True, "questionnaire": False}, "dialogue is True; allowed: False without a questionnaire"),
    ("SupplierChoice", {"takes": None}, "takes is None; allowed: callable"),
]


@pytest.mark.parametrize(("kind", "fields", "said"), WRONG, ids=[f"{kind}-{next(iter(f))}" for kind, f, _ in WRONG])
def test_a_wrong_field_is_named_with_its_record_and_what_is_allowed(
    kind: str, fields: dict[str, Any], said: str
) -> None:
    record = RECORDS[kind]
    with pytest.raises(ValueError, match=kind) as caught:
        replace(record, **fields)
    assert str(caught.value).startswith(f"{kind} {record.name!r}: {said}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("markup", [-0.01, float("nan"), float("inf"), None, "0.1"])
def test_a_markup_below_zero_or_that_is_no_number_is_refused_with_the_strategy_s_name(markup: Any) -> None:
    view = PricingView(cost_ratio=0.5, own_markup=0.05, bidders=3.0, belief_low=0.0, belief_high=1.0)
    assert RECORDS["PricingStrategy"].checked_markup(view) == 0.05
    wrong = replace(RECORDS["PricingStrategy"], name="mine", markup=lambda _: markup)
    with pytest.raises(VariantError, match=f"pricing strategy 'mine': its markup is {markup!r}; allowed: zero or more"):
        wrong.checked_markup(view)


def test_a_measure_may_have_a_range_for_its_unit() -> None:
    for unit in ("0 to 1", "-1 to 1", "0 or more", "0 to 10,000", "count"):
        assert replace(RECORDS["Measure"], unit=unit).unit == unit


def test_a_subclass_is_checked_and_named_as_such() -> None:
    class Mine(PaymentModel):
        pass

    with pytest.raises(ValueError, match=r"Mine 'mine': activity is -1.0; allowed: greater than or equal to 0"):
        Mine(name="mine", source="a test", activity=-1.0, population=0.0)
