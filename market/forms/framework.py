"""Framework: a pool that qualifies once, with common terms; lots are called off among its members (C; P 4.16)."""

from __future__ import annotations

from caremarket.market.forms.base import ContractForm

FORM = ContractForm(
    name="framework",
    source="C on overarching framework agreements; P 4.16",
    self_delivery_min=1.0,
    self_delivery_max=1.0,
    subcontracting=False,
    one_plan=False,
    selection="call_off",
    common_terms=True,
    routes=("call_off",),
    routes_why="its lots are called off among the members of the pool",
    scope="function",
    scope_why="its members are qualified function by function",
)
