"""A commissioner's accounts: who pays a contract, what is owed for work done, and the position at the end of a year.

Commissioners keep accounts of what work costs, not of what has been paid for: care delivered and not yet paid for is
spent (resource accounting).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.costs.contract_margin import paid_factor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from caremarket.agents.entities.commissioner import Commissioner
    from caremarket.agents.entities.contract import ContractInForce


def contracts_of(commissioner: Commissioner) -> list[ContractInForce]:
    """Contracts in force for its services, each once."""
    contracts = commissioner.model.contracts
    return [contracts[number] for number in dict.fromkeys(n for i in commissioner.items for n in i.contracts)]


def share_paid(in_force: ContractInForce, commissioner: Commissioner) -> float:
    """Share of every bill under a contract that a commissioner pays."""
    pooled_budget = in_force.pooled_budget
    if pooled_budget is None:
        return 1.0 if in_force.commissioner is commissioner else 0.0
    total = sum(pooled_budget.payers.values())
    return pooled_budget.payers.get(commissioner, 0.0) / total if total else 0.0


def yearly_payment(in_force: ContractInForce) -> float:
    """Payment under a contract at today's population and usual demand, pence a year.

    Where patients choose, the price is that of all of them: a provider is paid for those who choose it.
    """
    contract = in_force.contract
    price = float(contract.price)
    if contract.form.patients_choose:
        price = 4.0 * sum([allocation.head_rate for allocation in in_force.allocations])
    return price * paid_factor(in_force, in_force.population_growth)


def owed(in_force: ContractInForce) -> float:
    """Pence owed for work done under a contract: invoices not yet due, work not yet invoiced, outcome pay expected."""
    model = in_force.model
    found = float(sum([invoice[0] for invoice in in_force.invoices]) - in_force.set_off)
    if in_force.contract.running:
        found += yearly_payment(in_force) * (model.time - in_force.last_delivery) / 12.0
        found += in_force.held_back * model.expected_achievement
        found -= in_force.gain_share * in_force.surplus
    return max(0.0, found)


def position(commissioner: Commissioner) -> int:
    """Surplus, or deficit below 0, of all years so far: its balance less what it owes and what it must spend, pence.

    The quality premium is left out: it must be spent on practices.
    """
    model = commissioner.model
    open_bills: Iterable[ContractInForce] = (*contracts_of(commissioner), *model.winding_up.values())
    debt = sum([share_paid(x, commissioner) * owed(x) for x in open_bills])
    return commissioner.reserves - round(debt) - model.primary_care.premium_of(commissioner)
