"""Prime contractor: one integrator is responsible for the lot and sub-contracts all of it (P 2.2, P 2.3, M)."""

from __future__ import annotations

from caremarket.market.forms.base import ContractForm

FORM = ContractForm(
    name="prime_contractor",
    source="P 2.2 to 2.6; M",
    self_delivery_min=0.0,
    self_delivery_max=0.0,
    subcontracting=True,
    one_plan=True,
)
