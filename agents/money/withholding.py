"""Pay withheld for failing work, and the sub-contractor's part of it (P 3.5, P 3.14)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.entities.notices import WithheldReleased
from caremarket.agents.money.pooled_budget import charge_commissioner
from caremarket.market.ledger import Reason

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import ContractInForce, Failure
    from caremarket.market.contracts import SubContract

Dues = list[tuple["SubContract", int]]


def withhold(in_force: ContractInForce, invoice: int, dues: Dues) -> int:
    """Withhold pay for failing work from an invoice, and from the due of a sub-contractor at fault.

    The sub-contractor bears a share ``flow_down`` of it, the lead the rest. ``dues`` are changed in place.

    Returns:
        Pence left of the invoice.
    """
    behaviour = in_force.model.scenario_data.behaviour.life
    left = invoice
    for failure in in_force.failures:
        if not failure.withholding:
            continue
        part = min(left, int(invoice * behaviour.withheld_share * failure.weight))
        left -= part
        failure.withheld += part
        sub = failure.allocation.sub
        if sub is None:
            continue
        for n, (other, due) in enumerate(dues):
            if other is sub:
                passed = min(due, int(part * sub.flow_down))
                dues[n] = (sub, due - passed)
                failure.passed += passed
                in_force.model.provider(sub.supplier).receivable -= passed
                break
    return left


def release(failure: Failure) -> None:
    """Pay the holder and its sub-contractor the pay withheld, after the deliverer has recovered."""
    in_force = failure.in_force
    model = in_force.model
    holder = in_force.holder
    post = model.ledger.post
    if failure.withheld and holder.alive:
        charge_commissioner(in_force, holder.account, failure.withheld, Reason.WITHHELD_RELEASED)
        holder.market_income += failure.withheld
        model.tell(WithheldReleased(failure.withheld))
        sub = failure.allocation.sub
        if sub is not None and failure.allocation.deliverer.alive:
            supplier = failure.allocation.deliverer
            post(
                model.time,
                holder.account,
                supplier.account,
                failure.passed,
                Reason.WITHHELD_RELEASED,
                in_force.contract.id,
            )
            supplier.market_income += failure.passed
            holder.market_cost += failure.passed
        model.log("withheld_released", holder.index, contract=in_force.contract.id, amount=failure.withheld)
    failure.withheld = failure.passed = 0
