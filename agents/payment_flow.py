"""Money under a contract: the commissioner pays the holder, the holder pays down the chain (P 3.12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.joint import charge
from market.ledger import Reason

if TYPE_CHECKING:
    from agents.delivery import ContractLife

DAYS_PER_MONTH = 365.25 / 12.0
_PAY = int(Reason.CONTRACT_PAYMENT)
_SUBPAY = int(Reason.SUBCONTRACT_PAYMENT)
_FEE = int(Reason.MANAGEMENT_FEE)
MAX_DEFERRALS = 3
"""Times a lead short of cash puts its sub-contractors off by a month before it overdraws to pay them."""


def pay_invoice(life: ContractLife) -> None:
    """The commissioner pays the oldest invoice; a lead that pays when paid schedules its suppliers."""
    model = life.model
    now = model.time
    amount, invoiced, dues = life.invoices.popleft()
    holder = life.holder
    holder.receivable -= amount
    for sub, due in dues:
        model.provider(sub.supplier).receivable -= due
        holder.receivable += due
    if not holder.alive:
        # An insolvent estate is wound up; what it was owed stays with the commissioner.
        settled(life)
        return
    charge(life, holder.account, amount, _PAY)
    holder.market_income += amount
    if holder.sme:
        model.tally.paid(amount, now - invoiced)
    if dues and life.terms.pay_when_paid:
        due = max(now, invoiced + life.terms.subcontract_payment_days / DAYS_PER_MONTH)
        life.due.append((dues, invoiced))
        model.schedule(life.pay_subcontractors, at=due)
    settled(life)


def settled(life: ContractLife) -> None:
    """A contract that has ended is kept until the last bill under it is paid."""
    if not (life.invoices or life.due) and not life.contract.running:
        life.model.winding_up.pop(life.contract.id, None)


def pay_down_the_chain(life: ContractLife) -> None:
    """Pay what is due to sub-contractors, less the management fee; short of cash, put it off."""
    model = life.model
    now = model.time
    dues, invoiced = life.due.popleft()
    holder = life.holder
    if not holder.alive:
        settled(life)
        return
    total = sum(amount for _, amount in dues)
    if holder.reserves < total and life.deferrals < MAX_DEFERRALS:
        life.deferrals += 1
        life.due.appendleft((dues, invoiced))
        for sub, _ in dues:
            model.trust.broken(holder.key, model.organisations[sub.supplier].key, now, 0.5)
        model.log("late_payment", holder.index, contract=life.contract.id, amount=total)
        model.schedule(life.pay_subcontractors, after=1.0)
        return
    life.deferrals = 0
    fee = life.terms.management_fee
    post = model.ledger.post
    for sub, amount in dues:
        supplier = model.provider(sub.supplier)
        if not supplier.alive:
            continue
        post(now, holder.account, supplier.account, amount, _SUBPAY, life.contract.id)
        charge = int(amount * fee)
        post(now, supplier.account, holder.account, charge, _FEE, life.contract.id)
        supplier.market_income += amount - charge
        holder.market_cost += amount - charge
        if supplier.sme:
            model.tally.paid(amount, now - invoiced)
    settled(life)
