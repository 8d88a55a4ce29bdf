"""The ratchet: what a deliverer loses at the next letting for each pound that it saves now.

The next budget of a rebased payment is set from what was done under the last contract. A deliverer that saves now
expects a lower price then, if it holds the work again.
"""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING

from caremarket.market.payments import PAYMENTS
from caremarket.market.procurement import ROUTES

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import ContractInForce
    from caremarket.market.pathways import ServiceItem


def kept_of_savings(in_force: ContractInForce, item: ServiceItem, taken_back: float) -> float:
    """Share of a saving under a contract that is left after the next letting; below 0 if more is taken back.

    Args:
        in_force: the contract.
        item: the work on which is saved.
        taken_back: fall of the next budget for each pound saved a year now.

    The next term is expected to be as long as the present policy says. Its loss is discounted to its middle, and counts
    only with the chance to hold the work again: one among the usual number of bidders, or certain without competition.
    """
    model = in_force.model
    policy = model.policy
    if not (model.scenario_data.mechanisms.rebasing and in_force.payment.rebased and PAYMENTS[policy.payment].rebased):
        return 1.0
    behaviour = model.scenario_data.behaviour
    again = 1.0
    if ROUTES[policy.route].competitive:
        able = len(model.bidders(model.commissioners[item.commissioner].area, item.function))
        again = 1.0 / max(1.0, able * model.beliefs.habit(item))
    years = max(0.0, in_force.expiry - model.time) / 12.0 + policy.duration_years / 2.0
    return 1.0 - taken_back * again * exp(-behaviour.life.investment_charge * years)
