"""Costs of managing a supply chain and of reporting on work, apart from care (P 3.13, P 4.21, P 4.22).

A lead manages each of its suppliers and their indicators. Every deliverer, on any tier, reports on its own work.
"""

from __future__ import annotations

from math import exp2, log2
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider
    from caremarket.market.levers import PolicySpec


def management_cost(model: Market, policy: PolicySpec, lead: Provider, suppliers: int, subcontracted: float) -> float:
    """Yearly cost of managing a supply chain, pence: grows with suppliers and indicators (P 3.13).

    It falls with the lead's skill and with its experience of leading. ``subcontracted`` is the pay of the
    ``suppliers``, pence a year.
    """
    share = management_share(model, policy, suppliers)
    return subcontracted * share * (1.5 - lead.skill) * learning_curve(model, lead) if share else 0.0


def learning_curve(model: Market, lead: Provider) -> float:
    """Cost of leading over that of a lead that has never led, in (0, 1].

    It falls by the share ``management_progress`` with each doubling of one contract-year and those led (Argote and
    Epple 1990).
    """
    led = lead.experience_of_leading()
    if not led:
        return 1.0
    return exp2(log2(1.0 + led) * log2(1.0 - model.scenario_data.behaviour.management_progress))


def management_share(model: Market, policy: PolicySpec, suppliers: int) -> float:
    """Cost of managing ``suppliers`` at a contracting skill of 0.5, as a share of their pay (P 3.13)."""
    if not suppliers or not model.scenario_data.mechanisms.management_cost:
        return 0.0
    behaviour = model.scenario_data.behaviour
    share = behaviour.management_cost_share * suppliers
    return share + behaviour.management_cost_per_indicator * policy.indicators


def reporting_cost(model: Market, deliverer: Provider, indicators: int, reference: float) -> float:
    """Yearly cost of reporting on own work, pence: grows with indicators, falls with contracting skill.

    Args:
        model: the market.
        deliverer: deliverer of the work.
        indicators: number of the contract's indicators.
        reference: reference cost of the work, pence a year.
    """
    if not indicators or not model.scenario_data.mechanisms.management_cost:
        return 0.0
    share = model.scenario_data.behaviour.management_cost_per_indicator * indicators
    return share * reference * (1.5 - deliverer.skill)
