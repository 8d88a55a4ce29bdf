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


def deliver(in_force: ContractInForce) -> None:
    """Deliver and invoice the work since the last delivery: costs are posted now, the invoice is paid later."""
    model = in_force.model
    now = model.time
    fraction = (now - in_force.last_delivery) / QUARTER
    if fraction <= 0.0:
        return
    in_force.last_delivery = now
    if in_force.shadow_until >= 0.0 and now > in_force.shadow_until + 1e-9:
        _leave_shadow(in_force)
    at_stake = in_force.outcome_at_stake()
    dues: list[tuple[SubContract, int]] = []
    earned, own, reporting_rate, refused, over = _work(in_force, fraction, at_stake, dues)
    income = earned * fraction
    in_force.held_back += income * at_stake
    managed, moving = _pay_for_management(in_force, fraction, reporting_rate)
    owed = sum([due for _, due in dues])
    invoice = int(income * (1.0 - at_stake))
    if in_force.failures:
        invoice = withhold(in_force, invoice, dues)
        owed = sum([due for _, due in dues])
    if in_force.gain_share and in_force.shadow_until < 0.0:
        in_force.surplus += invoice - (own + managed + moving) - owed * (1.0 - in_force.terms.management_fee)
    if refused or over:
        pay_for_care_elsewhere(in_force, refused * fraction / 4.0, over * fraction / 4.0)
    holder = in_force.holder
    holder.receivable += invoice - owed
    if in_force.books is not None:
        in_force.books[holder.index] = in_force.books.get(holder.index, 0.0) + invoice - owed - managed
    send_invoice(in_force, invoice, dues)


def _work(
    in_force: ContractInForce, fraction: float, at_stake: float, dues: list[tuple[SubContract, int]]
) -> tuple[float, int, float, float, float]:
    """Have every deliverer do its work and bear its cost; count activity.

    Args:
        in_force: the contract.
        fraction: time since the last delivery, in quarters.
        at_stake: share of pay held back against outcomes.
        dues: filled with the dues of sub-contractors, pence.

    Returns:
        Income of the holder in pence a quarter; cost of its own work in pence; its cost of reporting in pence a
        quarter; reference cost, pence a year, of severe cases turned away and of cases beyond capacity.
    """
    model = in_force.model
    now = model.time
    quarter = int((now - 1e-9) // QUARTER)
    streams = model.streams
    post = model.ledger.post
    contract_id = in_force.contract.id
    holder = in_force.holder
    payment = in_force.payment
    by_severity = payment.severity > 0.0
    capped = in_force.capped
    books = in_force.books
    need: Need | None = None
    cases = population = factor = 1.0
    earned = refused = over = 0.0
    needed = done = acute_planned = acute_done = 0.0
    own = 0
    reporting_rate = in_force.management_rate
    for allocation in in_force.allocations:
        item = allocation.item
        if item.need is not need:
            need = item.need
            population = need.population(now) / in_force.start_population
            cases = need.demand(quarter) * population
            patients = _patients(in_force, cases, population) if payment.patients else 1.0
            factor = payment.factor(cases, population, patients)
        deliverer = allocation.deliverer
        sub = allocation.sub
        head, below = factor, 0.0
        if allocation.share:
            case_cost = item.case_cost(streams, quarter)
            reference = allocation.reference
            work = given = own_work = cases
            turned_away = 0.0
            if (
                allocation.response is not None
                or by_severity
                or allocation.waiting
                or (capped and cases * deliverer.committed[item.function] > deliverer.capacity[item.function])
            ):
                volume, effort, head, below, away, unmet = adjusted_activity(
                    in_force, allocation, cases, population, case_cost
                )
                work = volume + effort / case_cost
                own_work, turned_away = volume, away
                # Patients turned away receive care elsewhere.
                given = volume + away + unmet
                refused += away * reference
                over += unmet * reference
            elif sub is not None:
                below = flow_down_factor(cases, factor, sub.flow_down)
            item.record(reference * fraction, cases, own_work, turned_away)
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
                in_force.held_back_for[item] = in_force.held_back_for.get(item, 0.0) + pay * fraction * at_stake
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
            dues.append((sub, _due(in_force, allocation, sub, fraction, below, sub.at_risk if at_stake else 0.0)))
    model.counts.delivered(fraction / 4.0, needed, done, acute_planned, acute_done, refused)
    return earned, own, reporting_rate, refused, over


def _due(
    in_force: ContractInForce, allocation: Allocation, sub: SubContract, fraction: float, below: float, at_risk: float
) -> int:
    """Book a sub-contractor's pay for an allocation; returns its due in pence, without pay held back for outcomes.

    ``below`` is its pay relative to plan, ``at_risk`` the share of it held back.
    """
    whole = allocation.whole_sub_rate * fraction
    plan = whole * allocation.share
    due = int(plan * below * (1.0 - at_risk))
    deliverer = allocation.deliverer
    deliverer.receivable += due
    if in_force.books is not None:
        in_force.books[deliverer.index] = in_force.books.get(deliverer.index, 0.0) + due
    if at_risk:
        in_force.owed[sub.id] = in_force.owed.get(sub.id, 0.0) + plan * below * at_risk
    sub.delivered_value += plan
    sub.promised_value += whole * sub.promised
    return due


def _pay_for_management(in_force: ContractInForce, fraction: float, rate: float) -> tuple[int, int]:
    """Post the holder's cost of management and reporting, at ``rate`` pence a quarter, and that of moving work.

    Returns:
        Both costs in pence.
    """
    holder = in_force.holder
    post = in_force.model.ledger.post
    managed = moving = 0
    if rate:
        managed = int(rate * fraction)
        post(in_force.model.time, holder.account, WORLD, managed, _MANAGEMENT, in_force.contract.id)
        holder.market_cost += managed
    if in_force.shift_rate:
        moving = int(in_force.shift_rate * fraction)
        post(in_force.model.time, holder.account, WORLD, moving, _CARE, in_force.contract.id)
        holder.market_cost += moving
    return managed, moving


def _patients(in_force: ContractInForce, cases: float, population: float) -> float:
    """Number of patients relative to plan: ``register_share`` is the part of a change in demand that is patients."""
    share = in_force.model.scenario_data.behaviour.activity.register_share
    return population + share * (cases - population)


def _leave_shadow(in_force: ContractInForce) -> None:
    """Bring the payment model into force; deliverers respond to its incentives from now on."""
    in_force.shadow_until = -1.0
    in_force.payment = in_force.contract.payment
    choose_activity(in_force)
