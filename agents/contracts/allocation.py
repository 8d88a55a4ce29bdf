"""Allocation of the work of a contract to deliverers, with the commitments and rates that follow from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.costs.management import reporting_cost
from caremarket.agents.costs.raised_quality import cost_of_raising
from caremarket.agents.entities.contract import Allocation
from caremarket.agents.entities.notices import SubcontractSigned
from caremarket.market.contracts import SubContract
from caremarket.market.outcome_rules import at_risk_below

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import ContractInForce
    from caremarket.agents.entities.provider import Provider
    from caremarket.market.pathways import ServiceItem


def sign_subcontract(
    in_force: ContractInForce, supplier: Provider, items: list[ServiceItem], price: float, share: float
) -> SubContract:
    """Sign a sub-contract on the lead's terms; ``price`` is pence a year for the whole of the items."""
    model = in_force.model
    policy = in_force.terms
    sub = SubContract(
        id=model.next_id("subcontract"),
        head=in_force.contract.id,
        supplier=supplier.index,
        items=list(items),
        price=round(price),
        promised=share,
        share=share,
        flow_down=policy.flow_down,
        guarantee=policy.volume_guarantee,
        payment_days=policy.subcontract_payment_days,
        pay_when_paid=policy.pay_when_paid,
        start=model.time,
        at_risk=at_risk_below(policy.outcome_rule, in_force.contract.outcome_share, policy.flow_down),
    )
    in_force.contract.subcontracts.append(sub)
    supplier.party_to[in_force.contract.id] = in_force
    model.tell(SubcontractSigned(sub))
    model.log("subcontract", supplier.index, in_force.holder.index, contract=in_force.contract.id, amount=sub.price)
    return sub


def allocate(
    in_force: ContractInForce,
    item: ServiceItem,
    deliverer: Provider,
    share: float,
    sub: SubContract | None,
    *,
    transfer: bool = True,
    raised: float = 0.0,
) -> Allocation:
    """Allocate a share of an item, in [0, 1], to a deliverer; ``raised`` is quality above its usual quality."""
    cost = in_force.cost_to(deliverer, item)
    if raised:
        cost += cost_of_raising(in_force.model, raised) * item.reference_cost
    allocation = Allocation(item, deliverer, sub, cost, raised)
    allocation.performance_margin -= in_force.friction
    in_force.allocations.append(allocation)
    deliverer.supplies[in_force.contract.id] = in_force
    resize(in_force, allocation, share, transfer=transfer)
    return allocation


def resize(in_force: ContractInForce, allocation: Allocation, share: float, *, transfer: bool = True) -> None:
    """Set the share of an allocation, and with it the deliverer's commitments and fixed cost base."""
    item = allocation.item
    deliverer = allocation.deliverer
    if allocation.share:
        deliverer.give_up(item.function, allocation.reference, allocation.full_cost * allocation.share)
    allocation.share = share
    allocation.reference = item.reference_cost * share
    if not share and allocation.failure is not None:
        allocation.failure.end()
    if share:
        yearly = allocation.full_cost * share
        deliverer.take_on(item.function, allocation.reference, yearly, transfer=transfer)
    quarterly = allocation.full_cost * share / 4.0
    allocation.fixed_rate = quarterly * deliverer.fixed_share
    allocation.cost_rate = (quarterly - allocation.fixed_rate) * (1.0 - allocation.cut)
    reporting = reporting_cost(in_force.model, deliverer, in_force.contract.indicators, allocation.reference)
    allocation.reporting_rate = reporting / 4.0
    sub = allocation.sub
    if sub is not None:
        reference = sum(i.reference_cost for i in sub.items)
        allocation.whole_sub_rate = sub.price * item.reference_cost / reference / 4.0
