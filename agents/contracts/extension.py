"""Extending a contract once, without a tender, where it went well (P 1.4.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.costs.stranded_cost import stranded_over_term

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import ContractInForce


def commissioner_extends(life: ContractInForce) -> bool:
    """Commissioner's judgement: outcome as good as is usual, no warning, and a price near what such work costs."""
    model = life.model
    contract = life.contract
    behaviour = model.scenario_data.behaviour
    band = max(behaviour.outcome_target - behaviour.outcome_floor, 1e-9)
    if contract.outcome < 0.0 or any(failure.known for failure in life.failures):
        return False
    if (contract.outcome - behaviour.outcome_floor) / band < model.expected_achievement:
        return False
    usual = sum(model.beliefs.price_ratio(i) * i.reference_cost for i in contract.items)
    return contract.price <= usual * (1.0 + behaviour.procurement.extension_price_tolerance)


def holder_extends(life: ContractInForce, years: float) -> bool:
    """Holder's judgement: the price covers what care and chain cost it, or losing the work would cost it more.

    What losing it strands for the ``years`` that are offered is not saved by going.
    """
    cost = life.management_rate * 4.0
    own = 0.0
    for allocation in life.allocations:
        if allocation.sub is None:
            own += allocation.full_cost * allocation.share
            cost += allocation.reporting_rate * 4.0
        else:
            cost += allocation.whole_sub_rate * allocation.share * 4.0 * (1.0 - life.terms.management_fee)
    own -= stranded_over_term(life.model, own, life.holder.fixed_share, years) / years
    return life.contract.price >= cost + own


def extended(life: ContractInForce) -> bool:
    """Extend a procured contract whose terms foresee it, once, if both sides want to; True if that was done."""
    model = life.model
    contract = life.contract
    desk = model.desk
    years = life.terms.extension_years
    if years <= 0.0 or contract.procurement < 0 or contract.id in desk.extended:
        return False
    if any(item.procuring for item in contract.items) or not (
        commissioner_extends(life) and holder_extends(life, years)
    ):
        return False
    desk.extended.add(contract.id)
    desk.extensions += 1
    life.expiry += 12.0 * years
    contract.end = life.expiry
    model.log("extended", life.holder.index, contract=contract.id, amount=contract.price)
    return True
