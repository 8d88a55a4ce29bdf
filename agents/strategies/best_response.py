"""Best response: the price with the highest expected surplus, given what is believed of rivals and of the budget.

If the winner is paid the next best price, no bidder gains by asking for more than the price at which it is indifferent
(Vickrey 1961).
"""

from __future__ import annotations

from caremarket.agents.strategies.base import Opportunity, PricingStrategy
from caremarket.market.offers import best_price


def _price(view: Opportunity) -> float:
    if view.second_price:
        return view.floor
    return best_price(view.chance, view.scale, view.floor, view.ceiling, view.affordable)[0]


STRATEGY = PricingStrategy(
    name="best_response",
    source="Friedman 1956; Laffont, Ossard and Vuong 1995; Guerre, Perrigne and Vuong 2000",
    price=_price,
)
