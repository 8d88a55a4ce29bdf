"""Margins of holder and deliverers on a contract in force, pence a year at today's population."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import Allocation, ContractInForce


def activity_growth(in_force: ContractInForce, allocation: Allocation) -> float:
    """Population today, relative to the first day of the contract."""
    return allocation.item.need.population(in_force.model.time) / in_force.start_population


def flow_down_factor(work: float, paid: float, flow_down: float) -> float:
    """Pay of a sub-contractor relative to plan: for its work, and a share ``flow_down`` of the head contract's risk.

    ``work`` is its activity and ``paid`` the holder's income, both relative to plan (P 3.5).
    """
    return work + flow_down * (paid - work)


def yearly_cost(in_force: ContractInForce, allocation: Allocation) -> float:
    """Cost of an allocation to its deliverer, pence a year at today's population, without corner cutting."""
    whole = allocation.full_cost * allocation.share
    fixed = allocation.fixed_rate * 4.0
    return fixed + (whole - fixed) * activity_growth(in_force, allocation)


def saved_by_cutting(in_force: ContractInForce, allocation: Allocation) -> float:
    """Cost that the deliverer of an allocation saves by corner cutting, pence a year."""
    return (yearly_cost(in_force, allocation) - allocation.fixed_rate * 4.0) * allocation.cut


def paid_factor(in_force: ContractInForce, grown: float) -> float:
    """Holder's income relative to plan, at need and population ``grown`` relative to plan."""
    return in_force.payment.factor(grown, grown, grown)


def yearly_pay(in_force: ContractInForce, allocation: Allocation) -> float:
    """Pay for an allocation, pence a year: for a sub-contractor net of the management fee, for the holder the price."""
    grown = activity_growth(in_force, allocation)
    factor = paid_factor(in_force, grown)
    sub = allocation.sub
    if sub is None:
        return allocation.head_rate * 4.0 * factor
    below = flow_down_factor(grown, factor, sub.flow_down)
    return allocation.whole_sub_rate * allocation.share * 4.0 * below * (1.0 - in_force.terms.management_fee)


def holder_margin(in_force: ContractInForce) -> tuple[float, float]:
    """Margin of a contract to its holder, and cost of the holder's own work; pence a year, without corner cutting."""
    margin = -in_force.management_rate * 4.0
    own = 0.0
    for allocation in in_force.allocations:
        margin += allocation.head_rate * 4.0 * paid_factor(in_force, activity_growth(in_force, allocation))
        if allocation.sub is not None:
            margin -= yearly_pay(in_force, allocation)
        else:
            own += yearly_cost(in_force, allocation)
            margin -= allocation.reporting_rate * 4.0
    return margin - own, own


def margin_of(in_force: ContractInForce, allocation: Allocation) -> tuple[float, float]:
    """Margin of an allocation to its deliverer, and its pay; pence a year.

    The holder's own work earns a part of the contract's margin in proportion to its cost.
    """
    cost = yearly_cost(in_force, allocation)
    if allocation.sub is not None:
        income = yearly_pay(in_force, allocation)
        return income - cost - allocation.reporting_rate * 4.0, income
    margin, own = holder_margin(in_force)
    part = margin * cost / own if own else 0.0
    return part, cost + part


def years_left(in_force: ContractInForce) -> float:
    """Years to the agreed end of a contract; 0 once it is held over."""
    months: float = in_force.expiry - in_force.model.time
    return max(0.0, months) / 12.0
