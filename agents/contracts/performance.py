"""How well deliverers do their work, and whether they cut corners where it loses them money.

Performance of a deliverer at a service is its quality, how it does at that service, and a deviation that comes and
goes, less what financial strain and corner cutting take. Below a standard it fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.contracts.monitoring import attention_faced
from caremarket.agents.contracts.remedies import begin_failure, check_for_recovery
from caremarket.agents.costs.contract_margin import margin_of, yearly_cost, years_left

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import Allocation, ContractInForce


def check_performance(life: ContractInForce) -> None:
    """Quarterly: who has fallen below the standard begins to fail, who has come back above it has recovered."""
    for allocation in life.allocations:
        if allocation.failure is not None:
            check_for_recovery(allocation.failure)
        elif allocation.performance_margin + allocation.deliverer.fitness < 0.0 and allocation.share:
            begin_failure(life, allocation)


# Corner cutting -----------------------------------------------------------------------------------------


def cut_corners(life: ContractInForce) -> None:
    """Yearly, once the accounts show what the work costs: who loses money on it decides how much less to do."""
    if not life.model.scenario_data.mechanisms.corner_cutting:
        return
    shares: dict[bool, float] = {}
    for allocation in life.allocations:
        if not allocation.share:
            continue
        own = allocation.sub is None
        if not own or own not in shares:
            margin, income = margin_of(life, allocation)
            shares[own] = -margin / (income - margin) if income > margin else 0.0
        if shares[own] > 0.0 or allocation.cut:
            set_cut(life, allocation, best_cut(life, allocation, shares[own]))


def best_cut(life: ContractInForce, allocation: Allocation, loss: float) -> float:
    """Share of variable cost a deliverer saves by doing less, given its loss as a share of cost.

    Saving a share ``k`` relieves it by ``loss * need * k``: a loss weighs as much as it threatens its reserves,
    ``need = loss to expiry / (loss to expiry + reserves)``. It is found out with chance ``attention * k``, which costs
    ``found_out_multiple * k / 2``. The best ``k`` is ``loss * need / (attention * found_out_multiple)``, and nobody
    does less than brings it even. Who made good a failure under a remedial plan is watched and cuts no more.
    """
    if loss <= 0.0 or allocation.repaired or not life.model.scenario_data.mechanisms.exit:
        return 0.0
    deliverer = allocation.deliverer
    to_expiry = loss * yearly_cost(life, allocation) * max(years_left(life), 0.25)
    need = to_expiry / (to_expiry + max(0, deliverer.reserves))
    price = attention_faced(life, allocation) * life.model.scenario_data.behaviour.life.found_out_multiple
    best = need / price if price > need else 1.0
    variable = 1.0 - deliverer.fixed_share
    return min(1.0, loss * best / variable) if variable > 0.0 else 0.0


def set_cut(life: ContractInForce, allocation: Allocation, cut: float) -> None:
    """Do a share ``cut`` less at the expense of performance."""
    harm = life.model.scenario_data.behaviour.life.cutting_harm
    allocation.performance_margin -= harm * (cut - allocation.cut)
    allocation.cut = cut
    allocation.cost_rate = (allocation.full_cost * allocation.share / 4.0 - allocation.fixed_rate) * (1.0 - cut)
