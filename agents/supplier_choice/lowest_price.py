"""Lowest price: cost alone decides.

The benchmark of price-only competition: the lead gives up quality that a price does not show
(Manelli and Vincent 1995).
"""

from __future__ import annotations

from caremarket.agents.supplier_choice.base import Rank, SupplierChoice, SupplierView, least_cost


def _takes(other: SupplierView, cost: float, worth: float) -> Rank:
    return (cost,)


SUPPLIER_CHOICE = SupplierChoice(
    name="lowest_price",
    source="Manelli and Vincent 1995",
    asks=least_cost,
    takes=_takes,
    partners=least_cost,
    small=least_cost,
)
