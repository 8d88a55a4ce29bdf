"""Transfer of staff with the work, and its cost to the new deliverer (TUPE; P 3.19)."""

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
    """Cost of staff transfer that a bidder expects from taking work over, pence once.

    Args:
        model: the market.
        bidder: provider that would do the work.
        cost: its cost of the work, pence a year.
        reference: reference cost of the work, pence a year.
        held: reference cost of the part that the bidder does now, pence a year; its staff need no transfer.
    """
    share = transfer_share(model)
    if not share or reference <= held:
        return 0.0
    return share * cost * (1.0 - held / reference)


def present_shares(model: Market, items: list[ServiceItem]) -> Present:
    """Share of each item that each provider delivers now."""
    found: Present = {}
    for item in items:
        for number in item.contracts:
            for deliverer, share in model.contracts[number].deliverers(item):
                key = (deliverer.index, item.index)
                found[key] = found.get(key, 0.0) + share
    return found


def pay_for_transfer(in_force: ContractInForce, present: Present) -> None:
    """Have each deliverer of a new contract pay for the transfer of staff of work that it did not do before."""
    share = transfer_share(in_force.model)
    if not share:
        return
    for allocation in in_force.allocations:
        deliverer = allocation.deliverer
        moved = allocation.share - present.get((deliverer.index, allocation.item.index), 0.0)
        if moved > 0.0:
            post_transfer_cost(in_force, deliverer, share * moved * allocation.full_cost)


def post_transfer_cost(in_force: ContractInForce, payer: Provider, cost: float) -> None:
    """Post the cost of a staff transfer, pence."""
    pence = int(cost)
    in_force.model.ledger.post(
        in_force.model.time, payer.account, WORLD, pence, Reason.STAFF_TRANSFER, in_force.contract.id
    )
    payer.market_cost += pence
