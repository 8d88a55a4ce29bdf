"""Separate contracts: one provider per lot, no supply chain; the commissioner coordinates."""

from __future__ import annotations

from caremarket.market.forms.base import ContractForm

FORM = ContractForm(
    name="separate",
    source="docs/odd.md; the arrangement P 2.9 and M compare with",
    self_delivery_min=1.0,
    self_delivery_max=1.0,
    subcontracting=False,
    one_plan=False,
)
