"""What a contract earns those who work under it, as they see it once it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import Allocation, ContractInForce


def growth(life: ContractInForce, allocation: Allocation) -> float:
    """Population today over that of the contract's first day."""
    return allocation.item.need.population(life.model.time) / life.start_population


def yearly_cost(life: ContractInForce, allocation: Allocation) -> float:
    """Pence a year an allocation costs its deliverer at today's population, corners uncut."""
    whole = allocation.full_cost * allocation.share
    fixed = allocation.fixed_rate * 4.0
    return fixed + (whole - fixed) * growth(life, allocation)


def saved_by_cutting(life: ContractInForce, allocation: Allocation) -> float:
    """Pence a year of that which its deliverer saves by doing less."""
    return (yearly_cost(life, allocation) - allocation.fixed_rate * 4.0) * allocation.cut


def paid_factor(life: ContractInForce, grown: float) -> float:
    """What the holder's income is over plan once need and population have grown."""
    return life.payment.factor(grown, grown, grown)


def yearly_pay(life: ContractInForce, allocation: Allocation) -> float:
    """Pence a year that a sub-contractor gets for an allocation, net of the fee; for the holder's own, the price.

    As far as the head contract's risk does not flow down, a sub-contractor is paid for the work there is.
    """
    grown = growth(life, allocation)
    factor = paid_factor(life, grown)
    sub = allocation.sub
    if sub is None:
        return allocation.head_rate * 4.0 * factor
    below = grown + sub.flow_down * (factor - grown)
    return allocation.whole_sub_rate * allocation.share * 4.0 * below * (1.0 - life.terms.management_fee)


def holder_margin(life: ContractInForce) -> tuple[float, float]:
    """What the contract earns its holder and what the holder's own work costs it, pence a year, corners uncut."""
    margin = -life.management_rate * 4.0
    own = 0.0
    for allocation in life.allocations:
        margin += allocation.head_rate * 4.0 * paid_factor(life, growth(life, allocation))
        if allocation.sub is not None:
            margin -= yearly_pay(life, allocation)
        else:
            own += yearly_cost(life, allocation)
            margin -= allocation.reporting_rate * 4.0
    return margin - own, own


def margin_of(life: ContractInForce, allocation: Allocation) -> tuple[float, float]:
    """What an allocation earns its deliverer and what it is paid for it, pence a year.

    The holder's own work is taken to earn its share of what the contract earns.
    """
    cost = yearly_cost(life, allocation)
    if allocation.sub is not None:
        income = yearly_pay(life, allocation)
        return income - cost - allocation.reporting_rate * 4.0, income
    margin, own = holder_margin(life)
    part = margin * cost / own if own else 0.0
    return part, cost + part


def years_left(life: ContractInForce) -> float:
    """Years to the agreed end of a contract; 0 once it is held over."""
    months: float = life.expiry - life.model.time
    return max(0.0, months) / 12.0
