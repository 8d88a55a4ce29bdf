"""Cost of default: to the commissioner for changing provider, to the holder in damages and reputation (P 3.8).

A holder in default owes the commissioner its cost of changing provider. Limited liability caps that at the holder's
reserves and its guarantee.
"""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING

from caremarket.agents.costs.contract_margin import years_left
from caremarket.agents.costs.staff_transfer import transfer_share
from caremarket.market.procurement import ROUTES

if TYPE_CHECKING:
    from caremarket.agents.entities.commissioner import Commissioner
    from caremarket.agents.entities.contract import ContractInForce
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider

_NORMAL = NormalDist()


def cost_of_changing(in_force: ContractInForce) -> float:
    """Commissioner's cost of ending a contract now, pence: bridging, staff transfer, procurement (P 3.19, P 4.7)."""
    return cost_of_change(in_force.model, in_force.commissioner, in_force.contract.price)


def cost_of_change(model: Market, commissioner: Commissioner, price: float) -> float:
    """Commissioner's cost of ending a contract at ``price`` pence a year, pence."""
    behaviour = model.scenario_data.behaviour
    bridging = behaviour.life.bridging_premium * price * behaviour.bridge_months / 12.0
    return bridging + transfer_share(model) * price + commissioner.cost_of_procuring(ROUTES[model.policy.route])


def cost_above_price(in_force: ContractInForce) -> float:
    """Usual price, at least reference cost, above the contract's price, pence a year; 0 if the contract is dearer."""
    model = in_force.model
    usual = sum([max(1.0, model.beliefs.price_ratio(i)) * i.reference_cost for i in in_force.contract.items])
    return max(0.0, usual - in_force.contract.price)


def damages(in_force: ContractInForce) -> float:
    """Damages owed in default, pence: cost of changing, and the usual price above the contract's to its agreed end."""
    return cost_of_changing(in_force) + cost_above_price(in_force) * years_left(in_force)


def limited_liability_value(bidder: Provider, price: float, variance: float, years: float) -> float:
    """Value of limited liability to a bidder, pence a year; 0 without limited liability (P 3.8).

    A loss to expiry is capped at the cost of default. The result to expiry is normal with mean 0 and standard deviation
    ``s = sqrt(variance) * years``; with ``d = cost of default / s``, the expected loss beyond the cap is
    ``s * (pdf(d) - d * cdf(-d))``. A bidder with little to lose can therefore bid below cost.
    """
    model = bidder.model
    if not (bidder.limited_liability and bidder.can_fail and model.scenario_data.mechanisms.hand_back):
        return 0.0
    spread = sqrt(variance) * years
    if spread <= 0.0:
        return 0.0
    behaviour = model.scenario_data.behaviour
    owed = price * (behaviour.life.bridging_premium * behaviour.bridge_months / 12.0 + transfer_share(model))
    d = (min(owed, max(0.0, bidder.reserves)) + reputation(bidder, 0.0)) / spread
    return spread * (_NORMAL.pdf(d) - d * _NORMAL.cdf(-d)) / years


def pledgeable(provider: Provider) -> int:
    """Pence that a provider can pledge for a further contract (P 3.8).

    Its reserves less guarantees already given, for contracts in force or as sponsor of vehicles, and less support,
    which serves to keep its care going.
    """
    model = provider.model
    pledged = sum([int(in_force.guarantee_share * in_force.contract.price) for in_force in provider.holdings.values()])
    for vehicle in model.vehicles.values():
        pledged += vehicle.guaranteed_by(provider)
    return max(0, provider.reserves - provider.support - pledged)


def reputation(holder: Provider, price: float) -> float:
    """Reputation lost in a default, pence: the usual margin on other contracts over ``reputation_years``.

    ``price`` is the price of the contract in default, pence a year.
    """
    margin = holder.markup / (1.0 + holder.markup)
    years = holder.model.scenario_data.behaviour.life.reputation_years
    return margin * max(0.0, holder.market_value - price) * years
