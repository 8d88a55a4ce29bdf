"""Cost of default: to the commissioner in changing, to the holder in damages and reputation (P 3.8).

Whoever ends a contract in default owes the commissioner what changing costs it. Limited liability caps that at the
means of the organisation and its guarantee.
"""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING

from caremarket.agents.costs.contract_margin import years_left
from caremarket.agents.costs.staff_transfer import transfer_share
from caremarket.market.procurement import ROUTES

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import ContractInForce
    from caremarket.agents.entities.provider import Provider

_NORMAL = NormalDist()


def cost_of_changing(life: ContractInForce) -> float:
    """Pence that ending a contract now costs the commissioner: bridging, staff, and buying again (P 3.19, P 4.7)."""
    model = life.model
    behaviour = model.scenario_data.behaviour
    bridging = behaviour.life.bridging_premium * life.contract.price * behaviour.bridge_months / 12.0
    transfer = transfer_share(model) * life.contract.price
    return bridging + transfer + life.commissioner.cost_of_procuring(ROUTES[model.policy.route])


def damages(life: ContractInForce) -> float:
    """Pence a holder in default owes: what changing costs, and paying what others charge to the agreed end."""
    model = life.model
    usual = sum([max(1.0, model.beliefs.price_ratio(i)) * i.reference_cost for i in life.contract.items])
    return cost_of_changing(life) + max(0.0, usual - life.contract.price) * years_left(life)


def limited_liability_value(bidder: Provider, price: float, variance: float, years: float) -> float:
    """What it is worth to a bidder that it need not bear the worst, pence a year; 0 without limited liability.

    Of a loss to expiry it bears no more than what walking away will cost it. With a normal result around breaking even,
    standard deviation ``s = sqrt(variance) * years``, and ``d = cost of walking away / s``, what lies beyond is worth
    ``s * (pdf(d) - d * cdf(-d))``. A bidder with little to lose can therefore offer less than the work costs (P 3.8).
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
    """Pence a provider can pledge for a further contract (P 3.8).

    Not what it has pledged already, for contracts in force or as sponsor of vehicles; nor what it was given as
    support, which is there to keep its care going.
    """
    model = provider.model
    pledged = sum([int(life.guarantee_share * life.contract.price) for life in provider.holdings.values()])
    for vehicle in model.vehicles.values():
        pledged += vehicle.guaranteed_by(provider)
    return max(0, provider.reserves - provider.support - pledged)


def reputation(holder: Provider, price: float) -> float:
    """What a default costs a holder in business elsewhere, pence: some years' usual margin on its other contracts."""
    margin = holder.markup / (1.0 + holder.markup)
    years = holder.model.scenario_data.behaviour.life.reputation_years
    return margin * max(0.0, holder.market_value - price) * years
