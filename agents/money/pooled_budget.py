"""Joint commissioning: by neighbouring commissioners through one of them, or with a local authority or NHS England.

Each pays its part of every bill from its own account, in proportion to the reference cost of its items. A local
authority or NHS England pays for the functions for which it is responsible from its own budget outside the market, as
bills fall due (S, questions 4; P 1.3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.entities.pooled_budget import PooledBudget, co_commissioner_of
from caremarket.market.ledger import WORLD
from caremarket.market.responsibility import CCG, RESPONSIBLE

if TYPE_CHECKING:
    from caremarket.agents.entities.commissioner import Commissioner
    from caremarket.agents.entities.contract import ContractInForce
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.tender import Tender
    from caremarket.agents.world.organisation import Organisation
    from caremarket.market.ledger import Reason
    from caremarket.market.levers import PolicySpec
    from caremarket.market.pathways import ServiceItem


def pooled_budget_for(
    model: Market, commissioner: Commissioner, items: list[ServiceItem], policy: PolicySpec
) -> PooledBudget | None:
    """Pooled budget that pays for ``items``; None where the commissioner pays alone."""
    joint = policy.joint_commissioning
    alone = all(
        i.commissioner == commissioner.index and (joint == "none" or RESPONSIBLE[i.function] != joint) for i in items
    )
    return None if alone else PooledBudget(model, items, joint)


def joint_cost_multiple(model: Market, pooled_budget: PooledBudget | None) -> float:
    """Cost of procuring and managing jointly, relative to one commissioner alone."""
    if pooled_budget is None:
        return 1.0
    return 1.0 + model.scenario_data.behaviour.procurement.joint_cost_per_party * (len(pooled_budget.payers) - 1)


def charge_buyer(tender: Tender, amount: int, reason: Reason) -> None:
    """Charge ``amount`` pence of procurement cost to the commissioner, or to each payer of the pooled budget."""
    model = tender.model
    if tender.pooled_budget is None:
        model.ledger.post(model.time, tender.commissioner.account, WORLD, amount, reason)
    else:
        tender.pooled_budget.pay(WORLD, amount, reason)


def charge_commissioner(in_force: ContractInForce, payee: int, amount: int, reason: int) -> None:
    """Charge ``amount`` pence under a contract to its commissioner, or to each payer of its pooled budget."""
    pooled_budget = in_force.pooled_budget
    if pooled_budget is None:
        in_force.model.ledger.post(
            in_force.model.time, in_force.commissioner.account, payee, amount, reason, in_force.contract.id
        )
    else:
        pooled_budget.share_by(in_force.contract.items)
        pooled_budget.pay(payee, amount, reason, in_force.contract.id)


def payer_of(in_force: ContractInForce, item: ServiceItem) -> Organisation:
    """Organisation that pays for an item of a contract."""
    joint = in_force.pooled_budget.joint if in_force.pooled_budget is not None else "none"
    return co_commissioner_of(in_force.model, item, joint) or in_force.model.commissioners[item.commissioner]


def pay_commissioner(in_force: ContractInForce, payer: int, amount: int, reason: int) -> None:
    """Have the account ``payer`` pay ``amount`` pence to a contract's commissioner, or to its pooled budget."""
    pooled_budget = in_force.pooled_budget
    if pooled_budget is None:
        in_force.model.ledger.post(
            in_force.model.time, payer, in_force.commissioner.account, amount, reason, in_force.contract.id
        )
    else:
        pooled_budget.share_by(in_force.contract.items)
        pooled_budget.receive(payer, amount, reason, in_force.contract.id)


def share_under_one_budget(in_force: ContractInForce) -> float:
    """Share of the contract, by reference cost, under one signed budget: the largest group of functions with one.

    A plan does not extend to functions of a local authority or of NHS England that has not signed (S, questions 4).
    """
    joined = in_force.pooled_budget.joint if in_force.pooled_budget is not None else "none"
    tables: dict[str, float] = {}
    for item in in_force.contract.items:
        who = RESPONSIBLE[item.function]
        table = CCG if who == joined else who
        tables[table] = tables.get(table, 0.0) + item.reference_cost
    total = sum(tables.values())
    return max(tables.values()) / total if total else 1.0
