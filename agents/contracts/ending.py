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


def release_item(life: ContractInForce, item: ServiceItem) -> None:
    """Remove ``item`` from a contract, which ends with its last item."""
    model = life.model
    deliver(life)
    contract = life.contract
    reference = sum(i.reference_cost for i in contract.items)
    share = item.reference_cost / reference if reference else 0.0
    leaving = [a for a in life.allocations if a.item is item]
    if life.noticed:
        pay_back(life, leaving)
    for allocation in leaving:
        resize(life, allocation, 0.0)
        life.allocations.remove(allocation)
    contract.items.remove(item)
    contract.price -= round(contract.price * share)
    for sub in contract.subcontracts:
        if item in sub.items:
            sub_reference = sum(i.reference_cost for i in sub.items)
            sub.items.remove(item)
            sub.price -= round(sub.price * item.reference_cost / sub_reference) if sub_reference else 0
            if not sub.items and sub.end < 0:
                end_subcontract(life, sub, EndReason.HEAD_ENDED)
    item.contracts.remove(contract.id)
    if not contract.items:
        early = model.time < life.expiry - 1e-9
        reason = EndReason.SUPERSEDED if early else EndReason.EXPIRED
        end_contract(life, ContractState.EXPIRED, EndReason.NOTICE if life.noticed else reason)
    else:
        allocate_price(life)
        forget_idle_suppliers(life)


def release_from_all(model: Market, item: ServiceItem) -> None:
    """Remove an item from all its present contracts, in favour of a new one."""
    for number in list(item.contracts):
        release_item(model.contracts[number], item)


def record_lost_work(model: Market, before: Present, items: list[ServiceItem]) -> None:
    """Record the work that each provider lost when ``items`` were bought anew, pence a year by reference cost.

    The loss is the share done ``before`` less the share done now. A provider that goes on with the work under another's
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


def return_items(life: ContractInForce, items: list[ServiceItem]) -> None:
    """Return items that nobody in the chain can deliver; the commissioner buys them anew."""
    model = life.model
    for item in items:
        if life.contract.id in item.contracts:
            model.log("nobody_can_deliver", life.holder.index, contract=life.contract.id)
            release_item(life, item)
            if not item.procuring:
                model.succession.buy_later(life.commissioner, item)


def forget_idle_suppliers(life: ContractInForce) -> None:
    """Remove the contract from the records of suppliers that no longer deliver under it."""
    active = {a.deliverer.index for a in life.allocations}
    for index in [s.supplier for s in life.contract.subcontracts] + [life.holder.index]:
        if index not in active:
            life.model.provider(index).supplies.pop(life.contract.id, None)


def end_subcontract(life: ContractInForce, sub: SubContract, reason: EndReason) -> None:
    """End a sub-contract; the caller reallocates its work."""
    sub.end = life.model.time
    sub.end_reason = reason
    life.model.tell(SubcontractEnded(sub, life.model.provider(sub.supplier)))


def end_contract(life: ContractInForce, state: ContractState, reason: EndReason) -> None:
    """End a contract, with its work, sub-contracts and planned events."""
    model = life.model
    contract = life.contract
    for allocation in life.allocations:
        resize(life, allocation, 0.0)
    life.allocations.clear()
    for failure in life.failures:
        failure.drop()
    life.failures.clear()
    for sub in contract.subcontracts:
        if sub.end < 0:
            end_subcontract(life, sub, EndReason.HEAD_ENDED)
    contract.move(state)
    contract.end_reason = reason
    contract.ended = model.time
    for settle_account in SETTLEMENT:
        settle_account(life)
    life.holder.holdings.pop(contract.id, None)
    for index in [s.supplier for s in contract.subcontracts] + [life.holder.index]:
        model.provider(index).supplies.pop(contract.id, None)
    life.revalue({})
    for event in life.planned.values():
        model.cancel(event)
    life.planned.clear()
    model.contracts.pop(contract.id, None)
    model.under_agreement.discard(contract.id)
    if life.invoices or life.due:
        model.winding_up[contract.id] = life
    else:
        life.forget()
    model.tell(ContractEnded(life, state is ContractState.TERMINATED))
    model.log("contract_ends", contract.holder, contract=contract.id, detail=reason.name.lower())


def end_early(life: ContractInForce, reason: EndReason, without: frozenset[int] = frozenset()) -> None:
    """End a contract before its term: another provider takes the care over at once, and the lot is bought again.

    Call :func:`~caremarket.agents.contracts.delivery.deliver` first: it delivers and invoices the work done until now.

    Args:
        life: the contract.
        reason: why it ends.
        without: indices of organisations that take the care over only if nobody else can.
    """
    model = life.model
    assert life.last_delivery == model.time, "work done is delivered and invoiced before a contract ends"
    items = list(life.contract.items)
    present = present_shares(model, items)
    agreement = direct_agreement(life)
    for item in items:
        item.contracts.remove(life.contract.id)
    pay_back(life, [a for a in life.allocations if agreement is None or not agreement.covers(a)])
    end_contract(life, ContractState.TERMINATED, reason)
    if not life.noticed:
        model.tell(EndedEarly(life))
    model.log("terminated", life.holder.index, contract=life.contract.id, detail=reason.name.lower())
    if agreement is not None:
        items = agreement.take_effect(items, present)
    if model.succession.patients_choose_others(life, items):
        return
    model.succession.caretaker(life.commissioner, items, without=without, present=present)
    model.succession.buy_again(life.commissioner, items)


def end_after_holder_exit(life: ContractInForce, reason: ExitReason) -> None:
    """End the contract of a holder that has left; its guarantee covers the commissioner's cost of changing (P 3.8)."""
    guarantee = life.holder.guarantee_pence(life.contract, life.guarantee_share)
    if guarantee > 0:
        owed = min(guarantee, int(cost_of_changing(life)))
        life.holder.honour_guarantee(life.commissioner.account, owed, life.contract)
    insolvent = reason.name == "INSOLVENT"
    deliver(life)
    end_early(life, EndReason.HOLDER_INSOLVENT if insolvent else EndReason.HOLDER_WITHDREW)


def remove_supplier(life: ContractInForce, sub: SubContract, reason: EndReason) -> bool:
    """End a sub-contract and give its work to another deliverer; False if none was found."""
    share = sub.share
    items = list(sub.items)
    price = float(sub.price)
    life.model.tell(SupplierFailed(life, sub.supplier))
    for allocation in [a for a in life.allocations if a.sub is sub]:
        resize(life, allocation, 0.0)
        life.allocations.remove(allocation)
    end_subcontract(life, sub, reason)
    if share and not replace_supplier(life, items, share, price, life.model.provider(sub.supplier)):
        return_items(life, items)
        return False
    return True


def replace_exited_supplier(life: ContractInForce, supplier: Provider) -> None:
    """Replace a supplier that has left the market: the holder does the work itself or finds another."""
    if supplier is life.holder or not life.contract.running:
        return
    deliver(life)
    for sub in list(life.contract.subcontracts):
        if sub.supplier == supplier.index and sub.end < 0:
            remove_supplier(life, sub, EndReason.SUPPLIER_GONE)
    update_after_supplier_change(life)


def update_after_supplier_change(life: ContractInForce) -> None:
    """Update a running contract after a change of suppliers: drop those without work, and allocate the price anew."""
    if life.contract.running:
        forget_idle_suppliers(life)
        allocate_price(life)
