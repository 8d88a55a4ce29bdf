"""Temporary care without a procurement: under the present contract, or with the most suitable provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.contracts.delivery import deliver
from caremarket.agents.contracts.ending import end_contract
from caremarket.agents.contracts.expiry import bridge
from caremarket.agents.contracts.extension import holder_extends
from caremarket.agents.contracts.price_allocation import allocate_price
from caremarket.agents.costs.staff_transfer import present_shares
from caremarket.market.contracts import ContractState, EndReason

if TYPE_CHECKING:
    from collections.abc import Callable

    from caremarket.agents.costs.staff_transfer import Present
    from caremarket.agents.entities.commissioner import Commissioner
    from caremarket.agents.entities.contract import ContractInForce
    from caremarket.agents.entities.market import Market
    from caremarket.market.pathways import ServiceItem


def keep_care_going(
    model: Market,
    commissioner: Commissioner,
    items: list[ServiceItem],
    without: frozenset[int],
    present: Present,
    at_most: Callable[[list[ServiceItem]], float] | None,
) -> None:
    """Extend present contracts; give uncovered items to the most suitable provider at cost plus a premium.

    Care must continue: without spare capacity, the provider asked hires. Organisations ``without`` are asked only if no
    other can deliver; ``present`` is the providers that employed the staff until now. ``at_most`` limits the price in
    pence a year, and a provider free to refuse it may leave; None for any price.
    """
    behaviour = model.scenario_data.behaviour
    months = behaviour.bridge_months
    needing = list(items)
    for number in dict.fromkeys(number for i in items for number in i.contracts):
        in_force = model.contracts[number]
        if at_most is not None and in_force.contract.price > (most := at_most(in_force.contract.items)):
            had = _pay_less(in_force, int(most), months)
            if had is not None:
                present = {**present, **had}
                needing += [i for i in in_force.contract.items if i not in needing]
                continue
        bridge(in_force, months)
    for item in needing:
        if item.contracts:
            continue
        buyer = model.commissioners[item.commissioner]
        pool = model.bidders(buyer.area, item.function)
        if not pool:
            model.log("nobody_can_deliver", buyer.index)
            model.succession.buy_later(buyer, item, months)
            continue
        pool = [p for p in pool if p.index not in without] or pool
        able = [p for p in pool if p.spare(item.function) >= item.reference_cost]
        why = "room" if able else "nobody_has_room"
        able = able or pool
        # A trust is asked first: as a public body it cannot refuse to keep a service open.
        provider = min(able, key=lambda p: (not p.is_trust, p.unit_cost[item.function], p.index))
        price = provider.true_cost(item) * (1.0 + behaviour.procurement.caretaker_markup)
        if at_most is not None and provider.is_trust:
            price = min(price, at_most([item]))
        in_force = model.succession.start_directly(buyer, [item], provider, round(price), months, present)
        model.log("caretaker", provider.index, contract=in_force.contract.id, amount=round(price), detail=why)


def _pay_less(in_force: ContractInForce, price: int, months: float) -> Present | None:
    """Continue for ``months`` at ``price`` pence a year: a trust must, other holders leave if it does not pay.

    Returns the providers that employed the staff if the holder leaves, None if it stays.
    """
    model = in_force.model
    deliver(in_force)
    asked = in_force.contract.price
    in_force.contract.price = price
    allocate_price(in_force)
    if in_force.holder.is_trust or holder_extends(in_force, months / 12.0):
        why = "public_body" if in_force.holder.is_trust else "still_pays"
        model.log("paid_less", in_force.holder.index, contract=in_force.contract.id, amount=asked - price, detail=why)
        return None
    items = list(in_force.contract.items)
    present = present_shares(model, items)
    for item in items:
        item.contracts.remove(in_force.contract.id)
    end_contract(in_force, ContractState.EXPIRED, EndReason.EXPIRED)
    fall = asked - price
    model.log(
        "refuses_to_go_on", in_force.holder.index, contract=in_force.contract.id, amount=fall, detail="below_cost"
    )
    return present
