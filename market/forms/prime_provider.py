"""Prime provider: the holder delivers part of the lot and sub-contracts care it cannot or will not deliver (M)."""

from __future__ import annotations

from caremarket.market.forms.base import ContractForm

FORM = ContractForm(
    name="prime_provider",
    source="M; P 2.4",
    self_delivery_min=0.15,
    self_delivery_max=1.0,
    subcontracting=True,
    one_plan=True,
)
