"""What fixed cost losing work leaves behind (P 1.6, 4.8): it is shed slowly, and ends with nothing to pay for it.

Whoever is assigned to a service goes with it (TUPE, P 3.19), whether the post follows activity or is there in any
case, so part of the pay in the fixed cost goes as well. Rent, equipment and shared staff stay.
"""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING

from caremarket.agents.entities.staff import fixed_cost_with_staff

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider


def stranded_rate(model: Market, fixed_share: float) -> float:
    """Pence a year that stay for each pence a year of work lost, until shed; 0 with the mechanism off."""
    if not model.scenario_data.mechanisms.sticky_fixed_costs:
        return 0.0
    return fixed_share * (1.0 - fixed_cost_with_staff(model))


def stranded_until_shed(model: Market, lost: float, fixed_share: float) -> float:
    """Pence that losing ``lost`` pence a year of work costs in all: mean time of shedding times what is stranded."""
    return lost * stranded_rate(model, fixed_share) * model.scenario_data.behaviour.shedding_months / 12.0


def stranded_over_term(model: Market, lost: float, fixed_share: float, years: float) -> float:
    """Pence of fixed cost that losing ``lost`` pence a year of work strands while a contract of ``years`` runs.

    What is stranded is shed at rate 12 over ``shedding_months``: ``stranded * s * (1 - exp(-T / s))``, ``s`` the mean
    time in years. Who wins a short contract faces the rest of it again at its end: it is put off, not saved.
    """
    shedding = model.scenario_data.behaviour.shedding_months / 12.0
    return stranded_until_shed(model, lost, fixed_share) * (1.0 - exp(-years / shedding))


def stranded_by_losing(model: Market, provider: Provider, held: float, years: float) -> float:
    """Fixed cost, in pence, that losing work for ``years`` leaves a provider with; 0 if incumbents do not mind.

    ``held`` is the work at stake that it does now, pence a year by reference cost.
    """
    if not held or not model.scenario_data.mechanisms.defence_of_fixed_costs:
        return 0.0
    return stranded_over_term(model, held, provider.fixed_share, years)
