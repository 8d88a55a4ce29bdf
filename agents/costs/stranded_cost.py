"""Stranded cost: fixed cost left by lost work, which no contract pays for and which is shed slowly (P 1.6, 4.8).

Staff assigned to a service transfer with it (TUPE, P 3.19), so part of the pay in fixed cost leaves at once. Rent,
equipment and shared staff stay.
"""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING

from caremarket.agents.entities.staff import fixed_cost_with_staff

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider


def stranded_rate(model: Market, fixed_share: float) -> float:
    """Stranded cost for each penny a year of work lost, pence a year until shed; 0 with the mechanism off."""
    if not model.scenario_data.mechanisms.sticky_fixed_costs:
        return 0.0
    return fixed_share * (1.0 - fixed_cost_with_staff(model))


def stranded_until_shed(model: Market, lost: float, fixed_share: float) -> float:
    """Total stranded cost of losing ``lost`` pence a year of work, pence: yearly cost times mean time of shedding."""
    return lost * stranded_rate(model, fixed_share) * model.scenario_data.behaviour.shedding_months / 12.0


def stranded_over_term(model: Market, lost: float, fixed_share: float, years: float) -> float:
    """Stranded cost of losing ``lost`` pence a year of work, during a contract of ``years``, pence.

    Stranded cost is shed at rate ``12 / shedding_months`` a year: ``stranded * s * (1 - exp(-T / s))``, with ``s`` the
    mean time in years. The winner of a short contract faces the rest at its end: it is deferred, not saved.
    """
    shedding = model.scenario_data.behaviour.shedding_months / 12.0
    return stranded_until_shed(model, lost, fixed_share) * (1.0 - exp(-years / shedding))


def stranded_by_losing(model: Market, provider: Provider, held: float, years: float) -> float:
    """Stranded cost to an incumbent of losing work for ``years``, pence; 0 with ``defence_of_fixed_costs`` off.

    ``held`` is the work at stake that it does now, pence a year by reference cost.
    """
    if not held or not model.scenario_data.mechanisms.defence_of_fixed_costs:
        return 0.0
    return stranded_over_term(model, held, provider.fixed_share, years)
