"""Choice at the end of a contract: competitive tender or direct award.

The regulations of 2013 let a commissioner award without a competition where it is satisfied that only one provider is
capable of the service (NHS (Procurement, Patient Choice and Competition) (No. 2) Regulations 2013, regulation 5), and
most did: 6% of contracts went by competitive tender (BMJ 2014;349:g7606). Here a commissioner weighs the expected
saving from a competition, and the value of replacing failing work, against the cost of the competition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.market.procurement import ROUTES

if TYPE_CHECKING:
    from caremarket.agents.entities.commissioner import Commissioner
    from caremarket.market.levers import PolicySpec
    from caremarket.market.pathways import ServiceItem
    from caremarket.market.procurement import Route

DIRECT = ROUTES["direct_award"]


def route_for(commissioner: Commissioner, items: list[ServiceItem], policy: PolicySpec) -> Route:
    """Route of the first attempt to buy a lot."""
    route = ROUTES[policy.route]
    if policy.renewal == "tender" or not route.competitive or competition_pays(commissioner, items, policy, route):
        return route
    return DIRECT


def competition_pays(commissioner: Commissioner, items: list[ServiceItem], policy: PolicySpec, route: Route) -> bool:
    """True if a commissioner expects to gain from a competition rather than a direct award.

    It expects ``n`` bidders, with costs uniform over the same range that bidders believe in. The best is then expected
    at ``low + (high - low) / (n + 1)``, against the middle for one bidder. An item without a provider is always put
    out to competition.
    """
    model = commissioner.model
    behaviour = model.scenario_data.behaviour
    present = expected = harm = 0.0
    years = policy.duration_years
    for item in items:
        if not item.contracts:
            return True
        able = len(model.bidders(model.commissioners[item.commissioner].area, item.function))
        bidders = max(1.0, able * model.beliefs.habit(item))
        spread = behaviour.belief_high - behaviour.belief_low
        best = (behaviour.belief_low + spread / (bidders + 1.0)) / (behaviour.belief_low + spread / 2.0)
        expected += model.beliefs.price_ratio(item) * item.reference_cost * best
        for number in item.contracts:
            in_force = model.contracts[number]
            price = in_force.price_of(item)
            present += price
            failing = sum([f.allocation.share for f in in_force.failures if f.known and f.allocation.item is item])
            harm += behaviour.life.failure_harm * price * failing
    gain = (present - expected + harm) * years
    extra = commissioner.cost_of_procuring(route) - commissioner.cost_of_procuring(DIRECT)
    return gain > extra + behaviour.procurement.tender_reluctance * present
