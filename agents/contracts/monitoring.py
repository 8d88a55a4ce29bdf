"""Who watches a contract, how soon failure comes to be known, and what a run's contracts went through.

Attention is what the commissioner pays: monitoring, more with a contract manager (P 2.6), diluted by too many
indicators (P 4.22). Reports reach it later the more tiers of a chain they pass (P 3.16).
"""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING

from caremarket.agents.money.pooled_budget import charge
from caremarket.market.ledger import WORLD, Reason
from caremarket.market.randomness import Purpose

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import Allocation, ContractInForce


def _undiluted(life: ContractInForce) -> float:
    """Share of attention left when it is spread over the indicators of the contract (P 4.22)."""
    scenario = life.model.scenario_data
    indicators = life.contract.indicators
    capacity = scenario.behaviour.indicator_capacity
    if indicators <= capacity or not scenario.mechanisms.attention_limit:
        return 1.0
    return capacity / indicators


def attention(life: ContractInForce) -> float:
    """Attention in [0, 1] that the commissioner pays to a contract, by the policy of the day; 0 without detection."""
    scenario = life.model.scenario_data
    if not scenario.mechanisms.detection:
        return 0.0
    policy = life.model.policy
    paid = policy.monitoring
    if policy.contract_manager and life.contract.form.subcontracting:
        paid *= 1.0 + scenario.behaviour.life.contract_manager_gain
    return min(1.0, paid * _undiluted(life))


def attention_of_lead(life: ContractInForce) -> float:
    """Attention in [0, 1] that a lead pays to its sub-contractors: its skill in running chains (P 3.11.2)."""
    if not life.model.scenario_data.mechanisms.detection:
        return 0.0
    return life.holder.skill * _undiluted(life)


def attention_faced(life: ContractInForce, allocation: Allocation) -> float:
    """Attention in [0, 1] that a deliverer expects: its lead's or the commissioner's, whichever is closer."""
    seen = attention(life)
    return seen if allocation.sub is None else max(seen, attention_of_lead(life))


def months_to_see(life: ContractInForce, allocation: Allocation, paid: float, tiers: int) -> float | None:
    """Months until a failure that begins now is seen by somebody ``tiers`` above the deliverer; None for never.

    A memoryless search at a rate that attention sets, plus the time reports take on their way up. One draw a failure:
    lead and commissioner look for the same signs.
    """
    if paid <= 0.0:
        return None
    model = life.model
    behaviour = model.scenario_data.behaviour.life
    u = model.streams.uniform(Purpose.MONITORING, allocation.deliverer.key, allocation.item.key, int(model.time))
    lag = behaviour.reporting_lag_months * tiers if model.scenario_data.mechanisms.reporting_lag else 0.0
    return behaviour.detection_months * -log(u) / paid + lag


def pay_contract_manager(life: ContractInForce) -> None:
    """A year's cost of the contract manager of a led contract, if the commissioner keeps one (P 2.6)."""
    model = life.model
    if model.policy.contract_manager and life.contract.form.subcontracting:
        cost = int(model.scenario_data.behaviour.life.contract_manager_gbp * 100.0)
        charge(life, WORLD, cost, Reason.TRANSACTION)
