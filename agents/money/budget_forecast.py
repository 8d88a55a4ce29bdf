"""A commissioner's forecast of its year, and what it means for its next lots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.entities.budget_plan import BudgetPlan
from caremarket.agents.money.commissioner_accounts import contracts_of, share_paid, yearly_payment
from caremarket.market.contracts import ContractState

if TYPE_CHECKING:
    from caremarket.agents.entities.commissioner import Commissioner
    from caremarket.agents.entities.contract import ContractInForce

YEAR = 12.0


def forecast(commissioner: Commissioner) -> BudgetPlan:
    """Plan the next twelve months from contracts in force, services to be bought, and last year's other spending."""
    model = commissioner.model
    rules = model.scenario_data.behaviour.budgets
    contracts = contracts_of(commissioner)
    committed = due = 0.0
    for in_force in contracts:
        share = share_paid(in_force, commissioner)
        covered = months_covered(in_force, model.time) / YEAR
        committed += share * yearly_payment(in_force) * covered
        if covered < 1.0:
            due += share * commissioner.usual_price(in_force.contract.items) * (1.0 - covered)
    waiting = [i for i in commissioner.items if not i.contracts and i not in commissioner.put_off]
    due += commissioner.usual_price(waiting)
    beyond = commissioner.beyond
    if beyond is None:
        beyond = commissioner.cost_of_managing * len(contracts)
    plan = BudgetPlan(
        model.time,
        allocation=commissioner.allocation,
        carried=commissioner.carried,
        contingency=rules.contingency_share * commissioner.allocation,
        repayment=max(0.0, -commissioner.carried) / rules.recovery_years,
        committed=committed,
        due=due,
        beyond=beyond,
    )
    _spread_over_lots(commissioner, contracts, plan)
    return plan


def months_covered(in_force: ContractInForce, now: float) -> float:
    """Months of the next twelve under a contract; a contract held over goes on until another takes its place."""
    if in_force.contract.state is ContractState.HELD_OVER or in_force.expiry <= now:
        return YEAR
    return min(YEAR, in_force.expiry - now)


def _spread_over_lots(commissioner: Commissioner, contracts: list[ContractInForce], plan: BudgetPlan) -> None:
    """Add what falls due while a deficit is to be recovered, over which the saving that it takes is spread evenly."""
    years = commissioner.model.scenario_data.behaviour.budgets.recovery_years
    by = commissioner.model.time + YEAR * years
    falling_due = [i for i in commissioner.items if not i.contracts and i not in commissioner.put_off]
    for in_force in contracts:
        if in_force.expiry <= by:
            falling_due += [i for i in in_force.contract.items if i.commissioner == commissioner.index]
    plan.open_spending = value = commissioner.usual_price(falling_due)
    if not plan.in_deficit:
        return
    plan.cut = min(1.0, plan.shortfall / value) if value > 0.0 else 1.0
    plan.uncovered = max(0.0, plan.shortfall - max(0.0, value - commissioner.least_price(falling_due)))
