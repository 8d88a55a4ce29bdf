"""Payments under a contract: the commissioner pays the holder, the holder pays down the chain (P 3.12).

The invoice fixes how a sub-contractor is paid: by the lead once it has been paid, by the lead after its own payment
days, or by the commissioner (P 2.7). A legal limit on payment days overrides pay-when-paid: the lead then finances work
for which it has not been paid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.entities.contract import DuesClock
from caremarket.agents.money.pooled_budget import charge_commissioner
from caremarket.agents.world.schedule import event_handler
from caremarket.market.ledger import Reason

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import ContractInForce
    from caremarket.market.contracts import SubContract

DAYS_PER_MONTH = 365.25 / 12.0
_PAY = int(Reason.CONTRACT_PAYMENT)
_SUBPAY = int(Reason.SUBCONTRACT_PAYMENT)
_FEE = int(Reason.MANAGEMENT_FEE)


def send_invoice(in_force: ContractInForce, amount: int, dues: list[tuple[SubContract, int]]) -> None:
    """Invoice the commissioner for ``amount`` pence, and fix how the ``dues`` in it will be paid."""
    model = in_force.model
    policy = model.policy
    limit = policy.prompt_payment_days
    days = min(policy.payment_days, limit) if limit else policy.payment_days
    if in_force.terms.direct_payment:
        clock = DuesClock.DIRECT
    elif limit or not in_force.terms.pay_when_paid:
        clock = DuesClock.OWN_TERM
    else:
        clock = DuesClock.WHEN_PAID
    in_force.invoices.append((amount, model.time, dues, clock))
    in_force.later(pay_invoice, after=days / DAYS_PER_MONTH)
    if dues and clock is DuesClock.OWN_TERM:
        term = in_force.terms.subcontract_payment_days
        in_force.due.append((dues, model.time))
        in_force.later(pay_down_the_chain, after=(min(term, limit) if limit else term) / DAYS_PER_MONTH)


@event_handler
def pay_invoice(in_force: ContractInForce) -> None:
    """Have the commissioner pay the oldest invoice; a lead that pays when paid schedules its own payments."""
    model = in_force.model
    now = model.time
    amount, invoiced, dues, clock = in_force.invoices.popleft()
    holder = in_force.holder
    holder.receivable -= amount
    for sub, due in dues:
        model.provider(sub.supplier).receivable -= due
        holder.receivable += due
    if dues and clock is DuesClock.DIRECT:
        amount = pay_directly(in_force, amount, invoiced, dues)
    if not holder.alive:
        # The holder has been wound up; the commissioner keeps the rest of the invoice.
        close_if_settled(in_force)
        return
    charge_commissioner(in_force, holder.account, amount, _PAY)
    holder.market_income += amount
    if holder.sme:
        model.counts.paid(amount, now - invoiced)
    if dues and clock is DuesClock.WHEN_PAID:
        when = max(now, invoiced + in_force.terms.subcontract_payment_days / DAYS_PER_MONTH)
        in_force.due.append((dues, invoiced))
        in_force.later(pay_down_the_chain, at=when)
    close_if_settled(in_force)


def pay_directly(in_force: ContractInForce, amount: int, invoiced: float, dues: list[tuple[SubContract, int]]) -> int:
    """Have the commissioner pay sub-contractors, even if the lead has left; returns the pence left for the lead.

    The lead keeps its fee. If the dues exceed the invoice, the rest is set off against its next invoices.
    """
    model = in_force.model
    fee = in_force.terms.management_fee
    for sub, due in dues:
        supplier = model.provider(sub.supplier)
        net = due - int(due * fee)
        amount -= net
        if supplier.alive:
            charge_commissioner(in_force, supplier.account, net, _PAY)
            supplier.market_income += net
            if supplier.sme:
                model.counts.paid(net, model.time - invoiced)
    amount -= in_force.set_off
    in_force.set_off = max(0, -amount)
    return max(0, amount)


def close_if_settled(in_force: ContractInForce) -> None:
    """Close the account of a contract that has ended, once the last bill under it is paid."""
    if not (in_force.invoices or in_force.due) and not in_force.contract.running:
        in_force.model.winding_up.pop(in_force.contract.id, None)
        in_force.forget()


@event_handler
def pay_down_the_chain(in_force: ContractInForce) -> None:
    """Pay sub-contractors their dues less the management fee; a lead short of cash defers unless the law forbids it."""
    model = in_force.model
    now = model.time
    dues, invoiced = in_force.due.popleft()
    holder = in_force.holder
    if not holder.alive:
        close_if_settled(in_force)
        return
    total = sum(amount for _, amount in dues)
    behaviour = model.scenario_data.behaviour.life
    may_wait = not model.policy.prompt_payment_days and in_force.deferrals < behaviour.max_deferrals
    # Members of an alliance are paid with the host, not by it (P 4.15).
    if holder.reserves < total and may_wait and not in_force.contract.form.joint_holding:
        in_force.deferrals += 1
        in_force.due.appendleft((dues, invoiced))
        for sub, _ in dues:
            supplier_key = model.organisations[sub.supplier].key
            model.trust.broken(holder.key, supplier_key, now, behaviour.deferral_trust_weight)
        model.log("late_payment", holder.index, contract=in_force.contract.id, amount=total)
        in_force.later(pay_down_the_chain, after=behaviour.deferral_months)
        return
    in_force.deferrals = 0
    fee = in_force.terms.management_fee
    post = model.ledger.post
    for sub, amount in dues:
        supplier = model.provider(sub.supplier)
        if not supplier.alive:
            continue
        post(now, holder.account, supplier.account, amount, _SUBPAY, in_force.contract.id)
        kept = int(amount * fee)
        post(now, supplier.account, holder.account, kept, _FEE, in_force.contract.id)
        supplier.market_income += amount - kept
        holder.market_cost += amount - kept
        if supplier.sme:
            model.counts.paid(amount, now - invoiced)
    close_if_settled(in_force)
