"""What losing work would leave behind, and so what an incumbent gives up to keep it (P 1.6, 4.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.costs.stranded_cost import stranded_over_term

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider


def stranded_by_losing(model: Market, provider: Provider, held: float, years: float) -> float:
    """Fixed cost, in pence, that losing work for ``years`` leaves a provider with; 0 if incumbents do not mind.

    ``held`` is the work at stake that it does now, pence a year by reference cost.
    """
    if not held or not model.scenario_data.mechanisms.defence_of_fixed_costs:
        return 0.0
    return stranded_over_term(model, held, provider.fixed_share, years)
