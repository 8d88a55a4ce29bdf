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
from caremarket.agents.money.payment_flow import send_invoice
from caremarket.agents.money.withholding import withhold
from caremarket.market.ledger import WORLD, Reason

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import ContractInForce
    from caremarket.market.contracts import SubContract
    from caremarket.market.pathways import Need

QUARTER = 3.0
_CARE = int(Reason.CARE)
_MANAGEMENT = int(Reason.MANAGEMENT)


def deliver(life: ContractInForce) -> None:
    """Deliver since the last time: costs now, invoice now, money later."""
    model = life.model
    now = model.time
    fraction = (now - life.last_delivery) / QUARTER
    if fraction <= 0.0:
        return
    life.last_delivery = now
    contract = life.contract
    quarter = int((now - 1e-9) // QUARTER)
    streams = model.streams
    post = model.ledger.post
    contract_id = contract.id
    if life.shadow_until >= 0.0 and now > life.shadow_until + 1e-9:
        _leave_shadow(life)
    payment = life.payment
    by_severity = payment.severity > 0.0
    capped = life.capped
    at_stake = life.outcome_at_stake()
    need: Need | None = None
    cases = population = factor = 1.0
    gross = own = refused = over = 0.0
    needed = done = acute_planned = acute_done = 0.0
    owed = 0
    dues: list[tuple[SubContract, int]] = []
    books = life.books
    managed = 0
    running = life.management_rate
    for allocation in life.allocations:
        item = allocation.item
        if item.need is not need:
            need = item.need
            population = need.population(now) / life.start_population
            cases = need.demand(quarter) * population
            patients = _patients(life, cases, population) if payment.patients else 1.0
            factor = payment.factor(cases, population, patients)
        deliverer = allocation.deliverer
        function = item.function
        head, below = factor, 0.0
        if allocation.share:
            case_cost = item.case_cost(streams, quarter)
            work = given = cases
            if (
                allocation.response is not None
                or by_severity
                or allocation.waiting
                or (capped and cases * deliverer.committed[function] > deliverer.capacity[function])
            ):
                volume, effort, head, below, away, unmet = adjusted_activity(
                    life, allocation, cases, population, case_cost
                )
                work = volume + effort / case_cost
                # Who is turned away is given care elsewhere.
                given = volume + away + unmet
                refused += away * allocation.reference
                over += unmet * allocation.reference
            elif allocation.sub is not None:
                below = cases + allocation.sub.flow_down * (factor - cases)
            reference = allocation.reference
            needed += reference * cases
            done += reference * given
            if function == ACUTE:
                acute_planned += reference
                acute_done += reference * given
            cost = int((allocation.fixed_rate + allocation.cost_rate * work * case_cost) * fraction)
            post(now, deliverer.account, WORLD, cost, _CARE, contract_id)
            deliverer.market_cost += cost
            earned = allocation.head_rate * head
            gross += earned
            if at_stake:
                held = earned * fraction * at_stake
                life.held_back_for[item] = life.held_back_for.get(item, 0.0) + held
            if deliverer is life.holder:
                own += cost
                running += allocation.reporting_rate
            elif allocation.reporting_rate:
                reporting = int(allocation.reporting_rate * fraction)
                post(now, deliverer.account, WORLD, reporting, _MANAGEMENT, contract_id)
                deliverer.market_cost += reporting
                cost += reporting
            if books is not None:
                books[deliverer.index] = books.get(deliverer.index, 0.0) - cost
        sub = allocation.sub
        if sub is not None:
            whole = allocation.whole_sub_rate * fraction
            plan = whole * allocation.share
            at_risk = sub.at_risk if at_stake else 0.0
            due = int(plan * below * (1.0 - at_risk))
            dues.append((sub, due))
            deliverer.receivable += due
            owed += due
            if books is not None:
                books[deliverer.index] = books.get(deliverer.index, 0.0) + due
            if at_risk:
                life.owed[sub.id] = life.owed.get(sub.id, 0.0) + plan * below * at_risk
            sub.delivered_value += plan
            sub.promised_value += whole * sub.promised
    income = gross * fraction
    life.held_back += income * at_stake
    if running:
        managed = int(running * fraction)
        post(now, life.holder.account, WORLD, managed, _MANAGEMENT, contract_id)
        life.holder.market_cost += managed
        own += managed
    if life.shift_rate:
        moving = int(life.shift_rate * fraction)
        post(now, life.holder.account, WORLD, moving, _CARE, contract_id)
        life.holder.market_cost += moving
        own += moving
    invoice = int(income * (1.0 - at_stake))
    if life.failures:
        invoice = withhold(life, invoice, dues)
        owed = sum([due for _, due in dues])
    if life.gain_share and life.shadow_until < 0.0:
        life.surplus += invoice - own - owed * (1.0 - life.terms.management_fee)
    if refused or over:
        pay_for_care_elsewhere(life, refused * fraction / 4.0, over * fraction / 4.0)
    model.counts.delivered(fraction / 4.0, needed, done, acute_planned, acute_done, refused)
    life.holder.receivable += invoice - owed
    if books is not None:
        books[life.holder.index] = books.get(life.holder.index, 0.0) + invoice - owed - managed
    send_invoice(life, invoice, dues)


def _patients(life: ContractInForce, cases: float, population: float) -> float:
    """Number of patients relative to plan: ``register_share`` is the part of a change in demand that is patients."""
    share = life.model.scenario_data.behaviour.activity.register_share
    return population + share * (cases - population)


def _leave_shadow(life: ContractInForce) -> None:
    """Bring the payment model into force; deliverers respond to its incentives from now on."""
    life.shadow_until = -1.0
    life.payment = life.contract.payment
    choose_activity(life)
