"""Contract forms as data that the tender and the contract read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from caremarket.market.pathways import FUNCTION_INDEX, CareFunction

POPULATION_PAYMENTS = ("capitated", "programme_budget", "year_of_care")
"""Payment models that give one organisation a budget for people rather than for their treatments (P 4.18, M)."""

PATIENT_PAYMENTS = ("tariff", "bundle", "episode", "year_of_care")
"""Payment models under which money follows the patient to the provider of his or her choice (S on paying; M)."""


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
        payments: payment models allowed with the form; all if empty.
        payments_why: the reason, as the end of a sentence.
        routes: routes by which it is bought; if empty, any route open to all forms.
        routes_why: the reason, as the end of a sentence.
        scope: scope of lot that the form needs.
        scope_why: the reason, as the end of a sentence.
    """

    name: str
    source: str
    self_delivery_min: float
    self_delivery_max: float
    subcontracting: bool
    one_plan: bool
    selection: Literal["tender", "accredit", "call_off", "assemble"] = "tender"
    patients_choose: bool = False
    joint_holding: bool = False
    pooled_risk: bool = False
    common_terms: bool = False
    lead_functions: tuple[CareFunction, ...] = ()
    payments: tuple[str, ...] = ()
    payments_why: str = ""
    routes: tuple[str, ...] = ()
    routes_why: str = ""
    scope: Literal["any", "function", "pathway"] = "any"
    scope_why: str = ""

    @property
    def lead_indices(self) -> frozenset[int]:
        """``lead_functions`` as indices of functions."""
        return frozenset(FUNCTION_INDEX[f] for f in self.lead_functions)
