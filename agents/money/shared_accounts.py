"""Shared accounts of the members of an alliance, or of the sponsors of a vehicle.

They are kept on accruals: invoices for a member's work less its cost of the work. An alliance shares its surplus or
deficit once a year (M); a vehicle settles with its sponsors every quarter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.money.pooled_budget import charge_commissioner, pay_commissioner
from caremarket.market.ledger import Reason

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import ContractInForce
    from caremarket.agents.entities.provider import Provider


def settle(in_force: ContractInForce) -> None:
    """Settle the present balances of shared accounts."""
    if not in_force.books:
        return
    if in_force.holder.sponsors:
        settle_with_sponsors(in_force, in_force.holder)
    else:
        share_gain_and_pain(in_force)


def settle_with_sponsors(in_force: ContractInForce, vehicle: Provider) -> None:
    """Settle a vehicle's accounts with its sponsors: it pays their deficits and receives their surpluses (P 3.8, 4.2).

    It pays at most its reserves; the rest stays in the accounts until it can pay, or fails.
    """
    model = in_force.model
    books = in_force.books or {}
    for sponsor, _ in vehicle.sponsors:
        balance = int(books.get(sponsor.index, 0.0))
        if not sponsor.alive or not vehicle.alive:
            continue
        payer: Provider = sponsor
        payee: Provider = vehicle
        paid = balance
        if balance < 0:
            payer, payee = vehicle, sponsor
            paid = min(-balance, max(0, vehicle.reserves))
        model.ledger.post(model.time, payer.account, payee.account, paid, Reason.POOLED_GAIN, in_force.contract.id)
        payer.market_cost += paid
        payee.market_income += paid
        books[sponsor.index] = books.get(sponsor.index, 0.0) + (paid if balance < 0 else -paid)
    vehicle.owed_to_sponsors = round(sum(-books.get(s.index, 0.0) for s, _ in vehicle.sponsors if s.alive))


def value_shares(in_force: ContractInForce) -> dict[int, float]:
    """Share of each member in the price, in [0, 1], by its present work."""
    value: dict[int, float] = {}
    for allocation in in_force.allocations:
        index = allocation.deliverer.index
        value[index] = value.get(index, 0.0) + allocation.head_rate
    total = sum(value.values())
    return {i: v / total for i, v in value.items()} if total > 0.0 else {}


def bearing_shares(in_force: ContractInForce) -> dict[int, float]:
    """Share of each member in gain and pain, in [0, 1]: its share of the price times its agreed weight, normalised."""
    borne = {i: share * in_force.bearing.get(i, 1.0) for i, share in value_shares(in_force).items()}
    total = sum(borne.values())
    return {i: b / total for i, b in borne.items()} if total > 0.0 else {}


def share_gain_and_pain(in_force: ContractInForce) -> None:
    """Close the year's accounts: commissioner and members share the surplus or deficit as agreed."""
    books = in_force.books
    if not books:
        return
    model = in_force.model
    now = model.time
    number = in_force.contract.id
    host = in_force.holder
    surplus = sum(books.values())
    commissioners = int(surplus * in_force.terms.gain_share)
    if commissioners > 0:
        pay_commissioner(in_force, host.account, commissioners, Reason.GAIN_SHARE)
        host.market_cost += commissioners
    elif commissioners < 0:
        charge_commissioner(in_force, host.account, -commissioners, Reason.PAIN_SHARE)
        host.market_income -= commissioners
    left = surplus - commissioners
    weights = bearing_shares(in_force)
    for index in sorted(set(weights) | set(books)):
        if index == host.index:
            continue
        member = model.provider(index)
        due = int(weights.get(index, 0.0) * left - books.get(index, 0.0))
        if not member.alive:
            continue
        payer, payee = (host, member) if due > 0 else (member, host)
        model.ledger.post(now, payer.account, payee.account, abs(due), Reason.POOLED_GAIN, number)
        payer.market_cost += abs(due)
        payee.market_income += abs(due)
    books.clear()
