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


def send_invoice(life: ContractInForce, amount: int, dues: list[tuple[SubContract, int]]) -> None:
    """Invoice the commissioner for ``amount`` pence, and fix how the ``dues`` in it will be paid."""
    model = life.model
    policy = model.policy
    limit = policy.prompt_payment_days
    days = min(policy.payment_days, limit) if limit else policy.payment_days
    if life.terms.direct_payment:
        clock = DuesClock.DIRECT
    elif limit or not life.terms.pay_when_paid:
        clock = DuesClock.OWN_TERM
    else:
        clock = DuesClock.WHEN_PAID
    life.invoices.append((amount, model.time, dues, clock))
    life.later(pay_invoice, after=days / DAYS_PER_MONTH)
    if dues and clock is DuesClock.OWN_TERM:
        term = life.terms.subcontract_payment_days
        life.due.append((dues, model.time))
        life.later(pay_down_the_chain, after=(min(term, limit) if limit else term) / DAYS_PER_MONTH)


@event_handler
def pay_invoice(life: ContractInForce) -> None:
    """Have the commissioner pay the oldest invoice; a lead that pays when paid schedules its own payments."""
    model = life.model
    now = model.time
    amount, invoiced, dues, clock = life.invoices.popleft()
    holder = life.holder
    holder.receivable -= amount
    for sub, due in dues:
        model.provider(sub.supplier).receivable -= due
        holder.receivable += due
    if dues and clock is DuesClock.DIRECT:
        amount = pay_directly(life, amount, invoiced, dues)
    if not holder.alive:
        # The holder has been wound up; the commissioner keeps the rest of the invoice.
        close_if_settled(life)
        return
    charge_commissioner(life, holder.account, amount, _PAY)
    holder.market_income += amount
    if holder.sme:
        model.counts.paid(amount, now - invoiced)
    if dues and clock is DuesClock.WHEN_PAID:
        when = max(now, invoiced + life.terms.subcontract_payment_days / DAYS_PER_MONTH)
        life.due.append((dues, invoiced))
        life.later(pay_down_the_chain, at=when)
    close_if_settled(life)


def pay_directly(life: ContractInForce, amount: int, invoiced: float, dues: list[tuple[SubContract, int]]) -> int:
    """Have the commissioner pay sub-contractors, even if the lead has left; returns the pence left for the lead.

    The lead keeps its fee. If the dues exceed the invoice, the rest is set off against its next invoices.
    """
    model = life.model
    fee = life.terms.management_fee
    for sub, due in dues:
        supplier = model.provider(sub.supplier)
        net = due - int(due * fee)
        amount -= net
        if supplier.alive:
            charge_commissioner(life, supplier.account, net, _PAY)
            supplier.market_income += net
            if supplier.sme:
                model.counts.paid(net, model.time - invoiced)
    amount -= life.set_off
    life.set_off = max(0, -amount)
    return max(0, amount)


def close_if_settled(life: ContractInForce) -> None:
    """Close the account of a contract that has ended, once the last bill under it is paid."""
    if not (life.invoices or life.due) and not life.contract.running:
        life.model.winding_up.pop(life.contract.id, None)
        life.forget()


@event_handler
def pay_down_the_chain(life: ContractInForce) -> None:
    """Pay sub-contractors their dues less the management fee; a lead short of cash defers unless the law forbids it."""
    model = life.model
    now = model.time
    dues, invoiced = life.due.popleft()
    holder = life.holder
    if not holder.alive:
        close_if_settled(life)
        return
    total = sum(amount for _, amount in dues)
    behaviour = model.scenario_data.behaviour.life
    may_wait = not model.policy.prompt_payment_days and life.deferrals < behaviour.max_deferrals
    # Members of an alliance are paid with the host, not by it (P 4.15).
    if holder.reserves < total and may_wait and not life.contract.form.joint_holding:
        life.deferrals += 1
        life.due.appendleft((dues, invoiced))
        for sub, _ in dues:
            supplier_key = model.organisations[sub.supplier].key
            model.trust.broken(holder.key, supplier_key, now, behaviour.deferral_trust_weight)
        model.log("late_payment", holder.index, contract=life.contract.id, amount=total)
        life.later(pay_down_the_chain, after=behaviour.deferral_months)
        return
    life.deferrals = 0
    fee = life.terms.management_fee
    post = model.ledger.post
    for sub, amount in dues:
        supplier = model.provider(sub.supplier)
        if not supplier.alive:
            continue
        post(now, holder.account, supplier.account, amount, _SUBPAY, life.contract.id)
        kept = int(amount * fee)
        post(now, supplier.account, holder.account, kept, _FEE, life.contract.id)
        supplier.market_income += amount - kept
        holder.market_cost += amount - kept
        if supplier.sme:
            model.counts.paid(amount, now - invoiced)
    close_if_settled(life)
