"""Extension of a contract, once and without a tender, after good results (P 1.4.1).

A commissioner in deficit first asks for the price that its plan allows; a holder that would go on at it agrees.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.contracts.delivery import deliver
from caremarket.agents.contracts.price_allocation import allocate_price
from caremarket.agents.costs.stranded_cost import stranded_over_term

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import ContractInForce


def commissioner_extends(in_force: ContractInForce) -> bool:
    """True if the commissioner wants to extend: outcome no worse than usual, no known failure, price near usual."""
    model = in_force.model
    contract = in_force.contract
    behaviour = model.scenario_data.behaviour
    band = max(behaviour.outcome_target - behaviour.outcome_floor, 1e-9)
    if contract.outcome < 0.0 or any(failure.known for failure in in_force.failures):
        return False
    if (contract.outcome - behaviour.outcome_floor) / band < model.expected_achievement:
        return False
    usual = sum(model.beliefs.price_ratio(i) * i.reference_cost for i in contract.items)
    return contract.price <= usual * (1.0 + behaviour.procurement.extension_price_tolerance)


def price_asked(in_force: ContractInForce) -> int:
    """Yearly price at which the commissioner would extend, pence: the present one; in deficit its budget if lower."""
    plan = in_force.commissioner.plan
    price = in_force.contract.price
    if plan is None or not plan.in_deficit:
        return price
    return min(price, in_force.commissioner.budget_for(in_force.contract.items, in_force.terms))


def holder_extends(in_force: ContractInForce, years: float, price: int | None = None) -> bool:
    """True if the holder wants to extend: the price covers the costs that it would save by ending the contract.

    The price is the present one, or ``price`` pence a year. Fixed cost that would be stranded during
    the ``years`` offered is not saved, so it does not count.
    """
    cost = in_force.management_rate * 4.0
    own = 0.0
    for allocation in in_force.allocations:
        if allocation.sub is None:
            own += allocation.full_cost * allocation.share
            cost += allocation.reporting_rate * 4.0
        else:
            cost += allocation.whole_sub_rate * allocation.share * 4.0 * (1.0 - in_force.terms.management_fee)
    own -= stranded_over_term(in_force.model, own, in_force.holder.fixed_share, years) / years
    return (in_force.contract.price if price is None else price) >= cost + own


def extend_if_agreed(in_force: ContractInForce) -> bool:
    """Extend a procured contract once if its terms allow it and both sides agree; True if it was extended."""
    model = in_force.model
    contract = in_force.contract
    desk = model.desk
    years = in_force.terms.extension_years
    if years <= 0.0 or contract.procurement < 0 or contract.id in desk.extended:
        return False
    if any(item.procuring for item in contract.items) or not commissioner_extends(in_force):
        return False
    asked = price_asked(in_force)
    if not holder_extends(in_force, years, asked):
        return False
    if asked < contract.price:
        _lower_price(in_force, asked)
    desk.extended.add(contract.id)
    desk.extensions += 1
    in_force.expiry += 12.0 * years
    contract.end = in_force.expiry
    model.log("extended", in_force.holder.index, contract=contract.id, amount=contract.price)
    return True


def _lower_price(in_force: ContractInForce, price: int) -> None:
    """Pay ``price`` pence a year from now on."""
    deliver(in_force)
    fall = in_force.contract.price - price
    in_force.contract.price = price
    allocate_price(in_force)
    in_force.model.log("renegotiated", in_force.holder.index, contract=in_force.contract.id, amount=fall)
