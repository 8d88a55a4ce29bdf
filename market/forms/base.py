"""Contract forms as data that the tender and the contract read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from caremarket.market.pathways import FUNCTION_INDEX, CareFunction
from caremarket.market.payments import PAYMENTS
from caremarket.market.validation import Share, check_record, wrong_field

type PaymentAttribute = Literal["follows_activity", "population_budget", "activity", "population", "patients"]
"""Attributes of payment models by which a form can allow them."""

FOR_PEOPLE: tuple[PaymentAttribute, ...] = ("population_budget", "patients")
"""Attributes of payment models that give one organisation a budget for people rather than for their treatments
(P 4.18, M)."""


@dataclass(frozen=True, slots=True)
class ContractForm:
    """A contract form. Defaults are those of a plain contract with one holder chosen by tender.

    Attributes:
        name: name in configuration and tables.
        source: paragraph on which the form is based.
        self_delivery_min: smallest share of a lot, by reference cost, that the holder must deliver itself.
        self_delivery_max: largest share of a lot that the holder may deliver itself.
        subcontracting: whether the holder may sub-contract.
        one_plan: whether one plan and budget spans the functions of a lot, so that working together can
            raise outcomes (M; S on relationships).
        selection: method to select holders. ``tender``: the best bid; ``accredit``: every provider that qualifies and
            accepts the fixed price; ``call_off``: the best bid of a pool that has already qualified; ``assemble``: a
            convener brings members together.
        patients_choose: whether patients choose among several holders of the same service (M).
        joint_holding: whether members hold the contract together, one of them as host (P 4.15).
        pooled_risk: whether members and commissioner share each year's surplus or deficit (M).
        common_terms: whether parallel contracts have common terms (C, P 4.16).
        lead_functions: the holder must deliver one of these functions itself; any function if empty (P 4.19).
        payments: payment models allowed with the form, by name.
        payments_with: attributes of payment models: a model that has one of them is allowed too, also if it is added
            later. If ``payments`` and ``payments_with`` are both empty, every payment model is allowed.
        payments_why: the reason, as the end of a sentence.
        routes: routes by which it is bought; if empty, any route open to all forms.
        routes_why: the reason, as the end of a sentence.
        scope: scope of lot that the form needs.
        scope_why: the reason, as the end of a sentence.

    Raises:
        ValueError: a field is of the wrong type or out of range, or a limit has no reason.
    """

    name: str
    source: str
    self_delivery_min: Share
    self_delivery_max: Share
    subcontracting: bool
    one_plan: bool
    selection: Literal["tender", "accredit", "call_off", "assemble"] = "tender"
    patients_choose: bool = False
    joint_holding: bool = False
    pooled_risk: bool = False
    common_terms: bool = False
    lead_functions: tuple[CareFunction, ...] = ()
    payments: tuple[str, ...] = ()
    payments_with: tuple[PaymentAttribute, ...] = ()
    payments_why: str = ""
    routes: tuple[str, ...] = ()
    routes_why: str = ""
    scope: Literal["any", "function", "pathway"] = "any"
    scope_why: str = ""

    def __post_init__(self) -> None:
        check_record(ContractForm, self)
        if self.self_delivery_min > self.self_delivery_max:
            most = self.self_delivery_max
            raise wrong_field(self, "self_delivery_min", self.self_delivery_min, f"at most self_delivery_max, {most}")
        limited = {
            "payments_why": bool(self.payments or self.payments_with),
            "routes_why": bool(self.routes),
            "scope_why": self.scope != "any",
        }
        for field, limit in limited.items():
            if limit and not getattr(self, field).strip():
                raise wrong_field(self, field, "", f"the reason for the limit of {field.removesuffix('_why')}")

    def allows_payment(self, name: str) -> bool:
        """True if the form goes with the payment model of that name."""
        allowed = self.allowed_payments()
        return not allowed or name in allowed

    def allowed_payments(self) -> list[str]:
        """Names of the payment models that the form goes with, the preferred one first; empty if it goes with all."""
        others = [p.name for p in PAYMENTS.values() if any(getattr(p, attribute) for attribute in self.payments_with)]
        return list(dict.fromkeys((*self.payments, *others)))

    @property
    def lead_indices(self) -> frozenset[int]:
        """``lead_functions`` as indices of functions."""
        return frozenset(FUNCTION_INDEX[f] for f in self.lead_functions)
