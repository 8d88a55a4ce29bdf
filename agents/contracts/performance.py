"""Performance of deliverers, and corner cutting on work that loses money.

Performance at a service is the deliverer's quality plus a fixed deviation at that service plus a temporary deviation,
less the effects of friction, financial strain and corner cutting. Below the standard, the deliverer fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.contracts.monitoring import attention_faced
from caremarket.agents.contracts.remedies import begin_failure, check_for_recovery
from caremarket.agents.costs.contract_margin import margin_of, yearly_cost, years_left
from caremarket.agents.costs.termination_choice import report_on

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import Allocation, ContractInForce


def check_performance(in_force: ContractInForce) -> None:
    """Begin the failure of deliverers below the standard, and end that of those that have recovered (quarterly).

    Work that the commissioner has queried before is reported on for the rest of the contract.
    """
    for allocation in in_force.allocations:
        if allocation.judged is not None:
            report_on(allocation)
        if allocation.failure is not None:
            check_for_recovery(allocation.failure)
        elif allocation.performance_margin + allocation.deliverer.fitness < 0.0 and allocation.share:
            begin_failure(in_force, allocation)


# Corner cutting -----------------------------------------------------------------------------------------


def cut_corners(in_force: ContractInForce) -> None:
    """Have deliverers that lose money on their work choose how far to cut corners (yearly, on the year's accounts)."""
    if not in_force.model.scenario_data.mechanisms.corner_cutting:
        return
    shares: dict[bool, float] = {}
    for allocation in in_force.allocations:
        if not allocation.share:
            continue
        own = allocation.sub is None
        if not own or own not in shares:
            margin, income = margin_of(in_force, allocation)
            shares[own] = -margin / (income - margin) if income > margin else 0.0
        if shares[own] > 0.0 or allocation.cut:
            set_cut(in_force, allocation, best_cut(in_force, allocation, shares[own]))


def best_cut(in_force: ContractInForce, allocation: Allocation, loss: float) -> float:
    """Share of variable cost, in [0, 1], that a deliverer saves by corner cutting; ``loss`` is a share of its cost.

    Saving a share ``k`` of cost is worth ``loss * need * k``, with ``need = loss to expiry / (loss to expiry +
    reserves)``: a loss weighs as much as it threatens reserves. Detection has probability ``attention * k`` and costs
    ``found_out_multiple * k / 2``. The best ``k`` is ``loss * need / (attention * found_out_multiple)``, at most
    ``loss``: cutting never exceeds break-even. A deliverer that has carried out a remedial plan cuts no more.
    """
    if loss <= 0.0 or allocation.repaired or not in_force.model.scenario_data.mechanisms.exit:
        return 0.0
    deliverer = allocation.deliverer
    to_expiry = loss * yearly_cost(in_force, allocation) * max(years_left(in_force), 0.25)
    need = to_expiry / (to_expiry + max(0, deliverer.reserves))
    price = attention_faced(in_force, allocation) * in_force.model.scenario_data.behaviour.life.found_out_multiple
    best = need / price if price > need else 1.0
    variable = 1.0 - deliverer.fixed_share
    return min(1.0, loss * best / variable) if variable > 0.0 else 0.0


def set_cut(in_force: ContractInForce, allocation: Allocation, cut: float) -> None:
    """Cut a share ``cut`` of variable cost, at the expense of performance."""
    harm = in_force.model.scenario_data.behaviour.life.cutting_harm
    allocation.performance_margin -= harm * (cut - allocation.cut)
    allocation.cut = cut
    allocation.cost_rate = (allocation.full_cost * allocation.share / 4.0 - allocation.fixed_rate) * (1.0 - cut)
