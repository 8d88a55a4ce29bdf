"""Known partners: suppliers rank by the lead's good experience, then by trust, at any price.

Repeated ties build trust and exclude others (Gulati 1995; Uzzi 1997). Without memory of partners
(``mechanisms.partner_memory`` off) trust alone decides.
"""

from __future__ import annotations

from caremarket.agents.supplier_choice.base import Rank, SupplierChoice, SupplierView, Weights


def _known(other: SupplierView) -> Rank:
    return (-max(other.experience, 0.0), -other.trust)


def _known_first(other: SupplierView, weights: Weights) -> Rank:
    return _known(other)


def _takes(other: SupplierView, cost: float, worth: float) -> Rank:
    return (*_known(other), cost - worth)


SUPPLIER_CHOICE = SupplierChoice(
    name="known_partners",
    source="Gulati 1995; Uzzi 1997",
    asks=_known_first,
    takes=_takes,
    partners=_known_first,
    small=_known_first,
    replaces=_known_first,
)
