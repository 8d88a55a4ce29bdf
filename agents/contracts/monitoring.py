"""Monitoring of contracts: the attention paid to them, and the time until a failure is detected.

Attention of the commissioner is its monitoring, raised by a contract manager (P 2.6) and diluted by too many indicators
(P 4.22). Reports arrive later the more tiers of a chain they pass (P 3.16).
"""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING

from caremarket.agents.money.pooled_budget import charge_commissioner
from caremarket.market.ledger import WORLD, Reason
from caremarket.market.randomness import Purpose

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import Allocation, ContractInForce


def _undiluted(in_force: ContractInForce) -> float:
    """Share of attention, in [0, 1], left after spreading it over the contract's indicators (P 4.22)."""
    scenario = in_force.model.scenario_data
    indicators = in_force.contract.indicators
    capacity = scenario.behaviour.indicator_capacity
    if indicators <= capacity or not scenario.mechanisms.attention_limit:
        return 1.0
    return capacity / indicators


def attention(in_force: ContractInForce) -> float:
    """Attention of the commissioner to a contract under the present policy, in [0, 1]; 0 without detection."""
    scenario = in_force.model.scenario_data
    if not scenario.mechanisms.detection:
        return 0.0
    policy = in_force.model.policy
    paid = policy.monitoring
    if policy.contract_manager and in_force.contract.form.subcontracting:
        paid *= 1.0 + scenario.behaviour.life.contract_manager_gain
    return min(1.0, paid * _undiluted(in_force))


def attention_of_lead(in_force: ContractInForce) -> float:
    """Attention of a lead to its sub-contractors, in [0, 1]: its contracting skill, diluted (P 3.11.2)."""
    if not in_force.model.scenario_data.mechanisms.detection:
        return 0.0
    return in_force.holder.skill * _undiluted(in_force)


def attention_faced(in_force: ContractInForce, allocation: Allocation) -> float:
    """Attention that a deliverer expects, in [0, 1]: the larger of its lead's and the commissioner's."""
    seen = attention(in_force)
    return seen if allocation.sub is None else max(seen, attention_of_lead(in_force))


def months_to_see(in_force: ContractInForce, allocation: Allocation, paid: float, tiers: int) -> float | None:
    """Months until an observer ``tiers`` above the deliverer detects a failure that begins now; None for never.

    Exponential waiting time with mean ``detection_months / paid``, where ``paid`` is attention, plus a reporting lag
    for each tier. Lead and commissioner share one draw per failure: they look for the same signs.
    """
    if paid <= 0.0:
        return None
    model = in_force.model
    behaviour = model.scenario_data.behaviour.life
    u = model.streams.uniform(Purpose.MONITORING, allocation.deliverer.key, allocation.item.key, int(model.time))
    lag = behaviour.reporting_lag_months * tiers if model.scenario_data.mechanisms.reporting_lag else 0.0
    return behaviour.detection_months * -log(u) / paid + lag


def pay_contract_manager(in_force: ContractInForce) -> None:
    """Pay a year's cost of the contract manager of a led contract, if the commissioner has one (P 2.6)."""
    model = in_force.model
    if model.policy.contract_manager and in_force.contract.form.subcontracting:
        cost = int(model.scenario_data.behaviour.life.contract_manager_gbp * 100.0)
        charge_commissioner(in_force, WORLD, cost, Reason.TRANSACTION)
