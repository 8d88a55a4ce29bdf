"""Any qualified provider: all that qualify accept the commissioner's price, and patients choose among them (M, S)."""

from __future__ import annotations

from caremarket.market.forms.base import ContractForm

FORM = ContractForm(
    name="any_qualified_provider",
    source="S on options for paying; M on patient choice; P 2.9.4",
    self_delivery_min=1.0,
    self_delivery_max=1.0,
    subcontracting=False,
    one_plan=False,
    selection="accredit",
    patients_choose=True,
    payments=("tariff",),
    payments_with=("follows_activity",),
    payments_why="patients choose, and money must follow them",
    routes=("any_qualified_provider",),
    routes_why="providers are accredited at a fixed price and do not compete on it",
    scope="function",
    scope_why="patients choose a provider of a service, not of a whole pathway",
)
