"""Direct award: choice of a provider without competition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.bidding.bid_decision import prepare_bid
from caremarket.agents.entities.submission import Submission

if TYPE_CHECKING:
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.tender import Tender


def choose_directly(tender: Tender) -> Submission | None:
    """Choose a provider directly: the one with most of the present work, then others by trust and quality.

    The first with an affordable price is awarded the contract.
    """
    model = tender.model
    commissioner = tender.commissioner
    now = model.time
    lot = tender.procurement.lot
    trust = model.trust.between
    parameters = model.scenario_data.behaviour.procurement

    def preference(other: Provider) -> tuple[float, float, int]:
        held = tender.held_work(other)
        return (-held, -(trust(commissioner.key, other.key, now) + other.quality), other.index)

    limit = commissioner.most_for(lot.budget)
    asked = parameters.direct_award_asked
    for bidder in sorted(model.potential_bidders(lot, tender.form), key=preference)[:asked]:
        decision = prepare_bid(model, bidder, tender)
        if decision is not None and decision[0].price <= limit:
            response = Submission(model, tender, bidder)
            response.bid, response.plan = decision
            response.bid.compliant = response.bid.price <= lot.budget
            return response
    return None
