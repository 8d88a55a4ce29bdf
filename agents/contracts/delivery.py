"""Quarterly delivery: deliverers do the work and bear its cost, and the holder invoices the commissioner.

Costs fall in the quarter in which the work is done. The commissioner pays the holder after its payment days, and the
holder pays its sub-contractors after theirs, or once it has been paid (P 3.12). A run spends most of its time here: the
code is written for speed and sends no notices.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.contracts.activity_response import (
    ACUTE,
    adjusted_activity,
    choose_activity,
    pay_for_care_elsewhere,
)
from caremarket.agents.costs.contract_margin import flow_down_factor
from caremarket.agents.money.payment_flow import send_invoice
from caremarket.agents.money.withholding import withhold
from caremarket.market.ledger import WORLD, Reason

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import Allocation, ContractInForce
    from caremarket.market.contracts import SubContract
    from caremarket.market.pathways import Need

QUARTER = 3.0
_CARE = int(Reason.CARE)
_MANAGEMENT = int(Reason.MANAGEMENT)


def deliver(life: ContractInForce) -> None:
    """Deliver and invoice the work since the last delivery: costs are posted now, the invoice is paid later."""
    model = life.model
    now = model.time
    fraction = (now - life.last_delivery) / QUARTER
    if fraction <= 0.0:
        return
    life.last_delivery = now
    if life.shadow_until >= 0.0 and now > life.shadow_until + 1e-9:
        _leave_shadow(life)
    at_stake = life.outcome_at_stake()
    dues: list[tuple[SubContract, int]] = []
    earned, own, reporting_rate, refused, over = _work(life, fraction, at_stake, dues)
    income = earned * fraction
    life.held_back += income * at_stake
    managed, moving = _pay_for_management(life, fraction, reporting_rate)
    owed = sum([due for _, due in dues])
    invoice = int(income * (1.0 - at_stake))
    if life.failures:
        invoice = withhold(life, invoice, dues)
        owed = sum([due for _, due in dues])
    if life.gain_share and life.shadow_until < 0.0:
        life.surplus += invoice - (own + managed + moving) - owed * (1.0 - life.terms.management_fee)
    if refused or over:
        pay_for_care_elsewhere(life, refused * fraction / 4.0, over * fraction / 4.0)
    holder = life.holder
    holder.receivable += invoice - owed
    if life.books is not None:
        life.books[holder.index] = life.books.get(holder.index, 0.0) + invoice - owed - managed
    send_invoice(life, invoice, dues)


def _work(
    life: ContractInForce, fraction: float, at_stake: float, dues: list[tuple[SubContract, int]]
) -> tuple[float, int, float, float, float]:
    """Have every deliverer do its work and bear its cost; count activity.

    Args:
        life: the contract.
        fraction: time since the last delivery, in quarters.
        at_stake: share of pay held back against outcomes.
        dues: filled with the dues of sub-contractors, pence.

    Returns:
        Income of the holder in pence a quarter; cost of its own work in pence; its cost of reporting in pence a
        quarter; reference cost, pence a year, of severe cases turned away and of cases beyond capacity.
    """
    model = life.model
    now = model.time
    quarter = int((now - 1e-9) // QUARTER)
    streams = model.streams
    post = model.ledger.post
    contract_id = life.contract.id
    holder = life.holder
    payment = life.payment
    by_severity = payment.severity > 0.0
    capped = life.capped
    books = life.books
    need: Need | None = None
    cases = population = factor = 1.0
    earned = refused = over = 0.0
    needed = done = acute_planned = acute_done = 0.0
    own = 0
    reporting_rate = life.management_rate
    for allocation in life.allocations:
        item = allocation.item
        if item.need is not need:
            need = item.need
            population = need.population(now) / life.start_population
            cases = need.demand(quarter) * population
            patients = _patients(life, cases, population) if payment.patients else 1.0
            factor = payment.factor(cases, population, patients)
        deliverer = allocation.deliverer
        sub = allocation.sub
        head, below = factor, 0.0
        if allocation.share:
            case_cost = item.case_cost(streams, quarter)
            reference = allocation.reference
            work = given = cases
            if (
                allocation.response is not None
                or by_severity
                or allocation.waiting
                or (capped and cases * deliverer.committed[item.function] > deliverer.capacity[item.function])
            ):
                volume, effort, head, below, away, unmet = adjusted_activity(
                    life, allocation, cases, population, case_cost
                )
                work = volume + effort / case_cost
                # Patients turned away receive care elsewhere.
                given = volume + away + unmet
                refused += away * reference
                over += unmet * reference
            elif sub is not None:
                below = flow_down_factor(cases, factor, sub.flow_down)
            needed += reference * cases
            done += reference * given
            if item.function == ACUTE:
                acute_planned += reference
                acute_done += reference * given
            cost = int((allocation.fixed_rate + allocation.cost_rate * work * case_cost) * fraction)
            post(now, deliverer.account, WORLD, cost, _CARE, contract_id)
            deliverer.market_cost += cost
            pay = allocation.head_rate * head
            earned += pay
            if at_stake:
                life.held_back_for[item] = life.held_back_for.get(item, 0.0) + pay * fraction * at_stake
            if deliverer is holder:
                own += cost
                reporting_rate += allocation.reporting_rate
            elif allocation.reporting_rate:
                reporting = int(allocation.reporting_rate * fraction)
                post(now, deliverer.account, WORLD, reporting, _MANAGEMENT, contract_id)
                deliverer.market_cost += reporting
                cost += reporting
            if books is not None:
                books[deliverer.index] = books.get(deliverer.index, 0.0) - cost
        if sub is not None:
            dues.append((sub, _due(life, allocation, sub, fraction, below, sub.at_risk if at_stake else 0.0)))
    model.counts.delivered(fraction / 4.0, needed, done, acute_planned, acute_done, refused)
    return earned, own, reporting_rate, refused, over


def _due(
    life: ContractInForce, allocation: Allocation, sub: SubContract, fraction: float, below: float, at_risk: float
) -> int:
    """Book a sub-contractor's pay for an allocation; returns its due in pence, without pay held back for outcomes.

    ``below`` is its pay relative to plan, ``at_risk`` the share of it held back.
    """
    whole = allocation.whole_sub_rate * fraction
    plan = whole * allocation.share
    due = int(plan * below * (1.0 - at_risk))
    deliverer = allocation.deliverer
    deliverer.receivable += due
    if life.books is not None:
        life.books[deliverer.index] = life.books.get(deliverer.index, 0.0) + due
    if at_risk:
        life.owed[sub.id] = life.owed.get(sub.id, 0.0) + plan * below * at_risk
    sub.delivered_value += plan
    sub.promised_value += whole * sub.promised
    return due


def _pay_for_management(life: ContractInForce, fraction: float, rate: float) -> tuple[int, int]:
    """Post the holder's cost of management and reporting, at ``rate`` pence a quarter, and that of moving work.

    Returns:
        Both costs in pence.
    """
    holder = life.holder
    post = life.model.ledger.post
    managed = moving = 0
    if rate:
        managed = int(rate * fraction)
        post(life.model.time, holder.account, WORLD, managed, _MANAGEMENT, life.contract.id)
        holder.market_cost += managed
    if life.shift_rate:
        moving = int(life.shift_rate * fraction)
        post(life.model.time, holder.account, WORLD, moving, _CARE, life.contract.id)
        holder.market_cost += moving
    return managed, moving


def _patients(life: ContractInForce, cases: float, population: float) -> float:
    """Number of patients relative to plan: ``register_share`` is the part of a change in demand that is patients."""
    share = life.model.scenario_data.behaviour.activity.register_share
    return population + share * (cases - population)


def _leave_shadow(life: ContractInForce) -> None:
    """Bring the payment model into force; deliverers respond to its incentives from now on."""
    life.shadow_until = -1.0
    life.payment = life.contract.payment
    choose_activity(life)
