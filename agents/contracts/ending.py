"""End of contracts and sub-contracts, and transfer of their work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.contracts.allocation import resize
from caremarket.agents.contracts.delivery import deliver
from caremarket.agents.contracts.direct_agreement import direct_agreement
from caremarket.agents.contracts.price_allocation import allocate_price
from caremarket.agents.contracts.settlement import SETTLEMENT
from caremarket.agents.contracts.volume_split import replace_supplier
from caremarket.agents.costs.default_cost import cost_of_changing
from caremarket.agents.costs.investment import pay_back
from caremarket.agents.costs.staff_transfer import Present, present_shares
from caremarket.agents.entities.notices import ContractEnded, EndedEarly, SubcontractEnded, SupplierFailed, WorkLost
from caremarket.market.contracts import ContractState, EndReason

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import ContractInForce
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.world.organisation import ExitReason
    from caremarket.market.contracts import SubContract
    from caremarket.market.pathways import ServiceItem


def release_item(in_force: ContractInForce, item: ServiceItem) -> None:
    """Remove ``item`` from a contract, which ends with its last item."""
    model = in_force.model
    deliver(in_force)
    contract = in_force.contract
    reference = sum(i.reference_cost for i in contract.items)
    share = item.reference_cost / reference if reference else 0.0
    leaving = [a for a in in_force.allocations if a.item is item]
    if in_force.noticed:
        pay_back(in_force, leaving)
    for allocation in leaving:
        resize(in_force, allocation, 0.0)
        in_force.allocations.remove(allocation)
    contract.items.remove(item)
    contract.price -= round(contract.price * share)
    for sub in contract.subcontracts:
        if item in sub.items:
            sub_reference = sum(i.reference_cost for i in sub.items)
            sub.items.remove(item)
            sub.price -= round(sub.price * item.reference_cost / sub_reference) if sub_reference else 0
            if not sub.items and sub.end < 0:
                end_subcontract(in_force, sub, EndReason.HEAD_ENDED)
    item.contracts.remove(contract.id)
    if not contract.items:
        early = model.time < in_force.expiry - 1e-9
        reason = EndReason.SUPERSEDED if early else EndReason.EXPIRED
        end_contract(in_force, ContractState.EXPIRED, EndReason.NOTICE if in_force.noticed else reason)
    else:
        allocate_price(in_force)
        forget_idle_suppliers(in_force)


def release_from_all(model: Market, item: ServiceItem) -> None:
    """Remove an item from all its present contracts, in favour of a new one."""
    for number in list(item.contracts):
        release_item(model.contracts[number], item)


def record_lost_work(model: Market, before: Present, items: list[ServiceItem]) -> None:
    """Record the work that each provider lost when ``items`` were bought again, pence a year by reference cost.

    The loss is the share done ``before`` less the share done now. A provider that continues the work under another's
    contract has lost none.
    """
    now = present_shares(model, items)
    works = {item.index: item.reference_cost for item in items}
    lost: dict[int, float] = {}
    for (provider, item), share in before.items():
        lost[provider] = lost.get(provider, 0.0) + (share - now.get((provider, item), 0.0)) * works[item]
    for index, pence in lost.items():
        loser = model.provider(index)
        if pence >= 1.0 and loser.alive:
            loser.losses.append((model.time, round(pence)))
            model.tell(WorkLost(loser))


def return_items(in_force: ContractInForce, items: list[ServiceItem]) -> None:
    """Return items that no provider in the chain can deliver; the commissioner buys them again."""
    model = in_force.model
    for item in items:
        if in_force.contract.id in item.contracts:
            model.log("nobody_can_deliver", in_force.holder.index, contract=in_force.contract.id)
            release_item(in_force, item)
            if not item.procuring:
                model.succession.buy_later(in_force.commissioner, item)


def forget_idle_suppliers(in_force: ContractInForce) -> None:
    """Remove the contract from the records of suppliers that no longer deliver under it."""
    active = {a.deliverer.index for a in in_force.allocations}
    for index in [s.supplier for s in in_force.contract.subcontracts] + [in_force.holder.index]:
        if index not in active:
            in_force.model.provider(index).supplies.pop(in_force.contract.id, None)


def end_subcontract(in_force: ContractInForce, sub: SubContract, reason: EndReason) -> None:
    """End a sub-contract; the caller reallocates its work."""
    sub.end = in_force.model.time
    sub.end_reason = reason
    in_force.model.tell(SubcontractEnded(sub, in_force.model.provider(sub.supplier)))


def end_contract(in_force: ContractInForce, state: ContractState, reason: EndReason) -> None:
    """End a contract, with its work, sub-contracts and planned events."""
    model = in_force.model
    contract = in_force.contract
    for allocation in in_force.allocations:
        resize(in_force, allocation, 0.0)
    in_force.allocations.clear()
    for failure in in_force.failures:
        failure.drop()
    in_force.failures.clear()
    for sub in contract.subcontracts:
        if sub.end < 0:
            end_subcontract(in_force, sub, EndReason.HEAD_ENDED)
    contract.move(state)
    contract.end_reason = reason
    contract.ended = model.time
    for settle_account in SETTLEMENT:
        settle_account(in_force)
    in_force.holder.holdings.pop(contract.id, None)
    for index in [s.supplier for s in contract.subcontracts] + [in_force.holder.index]:
        model.provider(index).supplies.pop(contract.id, None)
    in_force.revalue({})
    for event in in_force.planned.values():
        model.cancel(event)
    in_force.planned.clear()
    model.contracts.pop(contract.id, None)
    model.under_agreement.discard(contract.id)
    if in_force.invoices or in_force.due:
        model.winding_up[contract.id] = in_force
    else:
        in_force.forget()
    model.tell(ContractEnded(in_force, state is ContractState.TERMINATED))
    model.log("contract_ends", contract.holder, contract=contract.id, detail=reason.name.lower())


def end_early(in_force: ContractInForce, reason: EndReason, without: frozenset[int] = frozenset()) -> None:
    """End a contract before its term: another provider takes the care over at once, and the lot is bought again.

    Call :func:`~caremarket.agents.contracts.delivery.deliver` first: it delivers and invoices the work done until now.

    Args:
        in_force: the contract.
        reason: why it ends.
        without: indices of organisations that take the care over only if no other can.
    """
    model = in_force.model
    assert in_force.last_delivery == model.time, "work done is delivered and invoiced before a contract ends"
    items = list(in_force.contract.items)
    present = present_shares(model, items)
    agreement = direct_agreement(in_force)
    for item in items:
        item.contracts.remove(in_force.contract.id)
    pay_back(in_force, [a for a in in_force.allocations if agreement is None or not agreement.covers(a)])
    end_contract(in_force, ContractState.TERMINATED, reason)
    if not in_force.noticed:
        model.tell(EndedEarly(in_force))
    model.log("terminated", in_force.holder.index, contract=in_force.contract.id, detail=reason.name.lower())
    if agreement is not None:
        items = agreement.take_effect(items, present)
    if model.succession.patients_choose_others(in_force, items):
        return
    model.succession.caretaker(in_force.commissioner, items, without=without, present=present)
    model.succession.buy_again(in_force.commissioner, items)


def end_after_holder_exit(in_force: ContractInForce, reason: ExitReason) -> None:
    """End the contract of a holder that has left; its guarantee covers the commissioner's cost of changing (P 3.8)."""
    guarantee = in_force.holder.guarantee_pence(in_force.contract, in_force.guarantee_share)
    if guarantee > 0:
        owed = min(guarantee, int(cost_of_changing(in_force)))
        in_force.holder.honour_guarantee(in_force.commissioner.account, owed, in_force.contract)
    insolvent = reason.name == "INSOLVENT"
    deliver(in_force)
    end_early(in_force, EndReason.HOLDER_INSOLVENT if insolvent else EndReason.HOLDER_WITHDREW)


def remove_supplier(in_force: ContractInForce, sub: SubContract, reason: EndReason) -> bool:
    """End a sub-contract and give its work to another deliverer; False if none was found."""
    share = sub.share
    items = list(sub.items)
    price = float(sub.price)
    in_force.model.tell(SupplierFailed(in_force, sub.supplier))
    for allocation in [a for a in in_force.allocations if a.sub is sub]:
        resize(in_force, allocation, 0.0)
        in_force.allocations.remove(allocation)
    end_subcontract(in_force, sub, reason)
    if share and not replace_supplier(in_force, items, share, price, in_force.model.provider(sub.supplier)):
        return_items(in_force, items)
        return False
    return True


def replace_exited_supplier(in_force: ContractInForce, supplier: Provider) -> None:
    """Replace a supplier that has left the market: the holder does the work itself or finds another."""
    if supplier is in_force.holder or not in_force.contract.running:
        return
    deliver(in_force)
    for sub in list(in_force.contract.subcontracts):
        if sub.supplier == supplier.index and sub.end < 0:
            remove_supplier(in_force, sub, EndReason.SUPPLIER_GONE)
    update_after_supplier_change(in_force)


def update_after_supplier_change(in_force: ContractInForce) -> None:
    """Update a running contract after a change of suppliers: drop those without work, and reallocate the price."""
    if in_force.contract.running:
        forget_idle_suppliers(in_force)
        allocate_price(in_force)
