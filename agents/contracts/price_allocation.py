"""Allocation of a contract's price to its deliverers, and the value of the contract to each organisation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.contracts.activity_response import choose_activity
from caremarket.agents.costs.management import management_cost

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import ContractInForce


def allocate_price(in_force: ContractInForce) -> None:
    """Allocate the yearly price over the work by reference cost and share; update market values and responses."""
    contract = in_force.contract
    reference = sum(i.reference_cost for i in contract.items)
    for allocation in in_force.allocations:
        weight = allocation.item.reference_cost / reference if reference else 0.0
        allocation.head_rate = contract.price * weight * allocation.share / 4.0
    suppliers = {s.supplier for s in contract.subcontracts if s.end < 0}
    paid = sum(a.whole_sub_rate * a.share * 4.0 for a in in_force.allocations)
    in_force.management_rate = (
        management_cost(in_force.model, in_force.terms, in_force.holder, len(suppliers), paid) / 4.0
    )
    values = {in_force.holder.index: sum([a.head_rate for a in in_force.allocations]) * 4.0}
    for allocation in in_force.allocations:
        if allocation.sub is not None:
            index = allocation.deliverer.index
            values[index] = values.get(index, 0.0) + allocation.whole_sub_rate * allocation.share * 4.0
    in_force.revalue(values)
    choose_activity(in_force)
