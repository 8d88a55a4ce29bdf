"""What running a contract costs whoever holds it, and whoever works under it, besides care (P 3.13, P 4.21, P 4.22).

A lead manages each of its suppliers, and follows indicators down its chain. Whoever does the work reports on it, on
whatever tier it stands: what is asked about care has to be counted where care is given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider
    from caremarket.market.levers import PolicySpec


def management_cost(model: Market, policy: PolicySpec, lead: Provider, suppliers: int, subcontracted: float) -> float:
    """Yearly cost in pence of running a supply chain: grows with sub-contractors and indicators (P 3.13)."""
    if not suppliers or not model.scenario_data.mechanisms.management_cost:
        return 0.0
    behaviour = model.scenario_data.behaviour
    share = behaviour.management_cost_share * suppliers
    share += behaviour.management_cost_per_indicator * policy.indicators
    return subcontracted * share * (1.5 - lead.skill)


def reporting_cost(model: Market, deliverer: Provider, indicators: int, reference: float) -> float:
    """Yearly cost in pence of reporting on one's own work: grows with the indicators, falls with contracting skill.

    Args:
        model: the market.
        deliverer: who does the work.
        indicators: how many the contract has.
        reference: what the work costs by reference cost, pence a year.
    """
    if not indicators or not model.scenario_data.mechanisms.management_cost:
        return 0.0
    share = model.scenario_data.behaviour.management_cost_per_indicator * indicators
    return share * reference * (1.5 - deliverer.skill)
