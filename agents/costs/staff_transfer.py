"""Staff move with the work, and taking them over costs whoever takes the work over (TUPE; P 3.19)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.market.ledger import WORLD, Reason

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import ContractInForce
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider
    from caremarket.market.pathways import ServiceItem

Present = dict[tuple[int, int], float]
"""Share of an item that an organisation does now, by indices of organisation and item."""


def transfer_share(model: Market) -> float:
    """Cost of taking work over, as a share of its yearly cost; 0 with the mechanism off."""
    if not model.scenario_data.mechanisms.staff_transfer_cost:
        return 0.0
    behaviour = model.scenario_data.behaviour
    return behaviour.staff_transfer * behaviour.life.staff_cost_share * behaviour.life.staff_transfer_cost


def foreseen_transfer(model: Market, bidder: Provider, cost: float, reference: float, held: float) -> float:
    """What taking work over would cost a bidder, pence once.

    Args:
        model: the market.
        bidder: who would do the work.
        cost: its yearly cost of the work.
        reference: reference cost of the work, pence a year.
        held: reference cost of what the bidder does of it now: those staff are its own.
    """
    share = transfer_share(model)
    if not share or reference <= held:
        return 0.0
    return share * cost * (1.0 - held / reference)


def present_shares(model: Market, items: list[ServiceItem]) -> Present:
    """Who does how much of each item now."""
    found: Present = {}
    for item in items:
        for number in item.contracts:
            for deliverer, share in model.contracts[number].deliverers(item):
                key = (deliverer.index, item.index)
                found[key] = found.get(key, 0.0) + share
    return found


def pay_for_transfer(life: ContractInForce, present: Present) -> None:
    """On a contract's first day, each deliverer pays for the staff of work it did not do before."""
    share = transfer_share(life.model)
    if not share:
        return
    for allocation in life.allocations:
        deliverer = allocation.deliverer
        moved = allocation.share - present.get((deliverer.index, allocation.item.index), 0.0)
        if moved > 0.0:
            charge(life, deliverer, share * moved * allocation.full_cost)


def charge(life: ContractInForce, payer: Provider, cost: float) -> None:
    """Post a transfer's cost in pence."""
    pence = int(cost)
    life.model.ledger.post(life.model.time, payer.account, WORLD, pence, Reason.STAFF_TRANSFER, life.contract.id)
    payer.market_cost += pence
