"""The supply plan of a consortium: members deliver their parts on agreed terms; sub-contractors deliver the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.bidding.joint_bid import setup_cost
from caremarket.agents.bidding.make_or_buy import add_functions
from caremarket.agents.bidding.supply_plan import complete_plan, delivery_variance, new_plan
from caremarket.agents.entities.plan import Part, SupplyPlan
from caremarket.market.risk import risk_premium

if TYPE_CHECKING:
    from caremarket.agents.entities.consortium import Consortium
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.tender import Tender
    from caremarket.market.pathways import ServiceItem


def plan_together(together: Consortium, model: Market, tender: Tender) -> SupplyPlan:
    """Supply plan of a consortium: members' parts on agreed terms, then the functions left to sub-contractors.

    The plan's ``lacks`` holds the reason if it cannot be made.
    """
    lead = together.members[0]
    policy = tender.policy
    plan = new_plan(model, policy)
    covered = {s.items[0].function for s in together.seats}
    total = 0.0
    for seat in together.seats:
        variance = delivery_variance(model, policy, seat.works, seat.cost)
        total += variance
        if together.vehicle:
            # Members work at cost: surplus or deficit is the vehicle's.
            price = seat.cost + seat.reporting
            plan.at_cost += price
        elif seat.member is lead:
            plan.own_cost += seat.cost
            plan.risk.delivers(seat.works, seat.cost, 1.0, policy.outcome_share)
            plan.parts.append(Part(lead, seat.items, seat.share, 0.0))
            continue
        else:
            cost = seat.cost + seat.reporting
            price = cost * (1.0 + seat.member.markup) + risk_premium(seat.member.risk_aversion(), variance)
        plan.quotes += price
        plan.parts.append(Part(seat.member, seat.items, seat.share, price / seat.share, agreed=True))
    if together.vehicle and lead.risk_aversion() > 0.0:
        # The risk tolerance of a syndicate is the sum of its members' tolerances (Wilson 1968).
        tolerance = sum(1.0 / a for a in (m.risk_aversion() for m in together.members) if a > 0.0)
        pooled = 1.0 / (tolerance * lead.risk_aversion())
        plan.variance += (1.0 - policy.gain_share) ** 2 * total * pooled
    by_function: dict[int, list[ServiceItem]] = {}
    for item in tender.procurement.lot.items:
        by_function.setdefault(item.function, []).append(item)
    rest = {function: items for function, items in by_function.items() if function not in covered}
    if add_functions(model, lead, rest, tender, plan):
        own = {m.index for m in together.members}
        complete_plan(model, lead, own, tender, plan, vehicle=together.vehicle)
        if together.vehicle:
            plan.transfer += setup_cost(model)
    return plan
