"""First look at a notice: which of the providers that could answer it prepare a bid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.bidding.bid_value import bid_cost, chance_to_win, defence_value, hoped_gain
from caremarket.agents.bidding.record_beliefs import record_beliefs
from caremarket.agents.costs.estimates import estimate_for
from caremarket.agents.costs.management import reporting_cost
from caremarket.agents.costs.staff_transfer import foreseen_transfer
from caremarket.market.payments import PAYMENTS

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.tender import Tender


def interested_bidders(model: Market, able: list[Provider], tender: Tender) -> list[Provider]:
    """Providers out of ``able`` with staff to write a bid, capacity, and an expected gain above the cost of a bid.

    The limit on bids in hand excludes most, so it is tested first. Facts common to all bidders are looked up once.
    """
    free = [b for b in able if b.bids_in_hand < b.bid_limit]
    lot = tender.procurement.lot
    regulator = model.regulation
    if regulator is not None and regulator.kept_open:
        free = [b for b in free if not regulator.bars(b, lot)]
    policy = tender.policy
    delivers = tender.form.self_delivery_max > 0.0
    least = tender.form.self_delivery_min * lot.reference_cost - 1.0
    works = list(zip(lot.items, tender.usual, strict=True))
    paid = lot.budget if PAYMENTS[policy.payment].commissioner_sets_price else tender.usual_price
    kept_years = (1.0 - policy.gain_share) * policy.duration_years
    room_for, held = tender.room_for, tender.held
    found = []
    for bidder in free:
        own = own_cost = expected_cost = 0.0
        costs = bidder.unit_cost
        for item, usual in works:
            if delivers and costs[item.function] > 0.0 and room_for(bidder, item):
                own += item.reference_cost
                own_cost += estimate_for(tender, bidder, item)[0]
            else:
                expected_cost += usual
        if own < least:
            continue
        expected_cost += own_cost + reporting_cost(model, bidder, policy.indicators, own)
        if bidder.strategy.price is not None:
            if _worth_answering(bidder, tender, expected_cost, own_cost, own):
                found.append(bidder)
            continue
        worth = hoped_gain(model, bidder, paid - expected_cost, expected_cost) * kept_years
        worth -= foreseen_transfer(model, bidder, own_cost, own, held.get(bidder.index, 0.0))
        worth += defence_value(model, bidder, tender)
        chance = chance_to_win(model, tender, 1.0, bidder.quality, tender.expected_bidders)
        if chance * worth > bid_cost(bidder, tender):
            found.append(bidder)
    return found


def _worth_answering(bidder: Provider, tender: Tender, expected_cost: float, own_cost: float, own: float) -> bool:
    """True if the best price earns more than the cost of the bid, as a bidder believes that knows the public record.

    Args:
        bidder: the bidder.
        tender: the tender.
        expected_cost: expected cost of the lot, pence a year; ``own_cost`` is that of its own work.
        own: reference cost of its own work, pence a year.
    """
    model, policy = tender.model, tender.policy
    kept_years = (1.0 - policy.gain_share) * policy.duration_years
    if kept_years <= 0.0:
        return False
    integration = model.scenario_data.behaviour.procurement.sole_provider_integration
    beliefs = record_beliefs(bidder, (bidder,), tender, bidder.quality, bidder.social_value, integration)
    beside = foreseen_transfer(model, bidder, own_cost, own, tender.held_work(bidder)) / policy.duration_years
    beside -= defence_value(model, bidder, tender) / kept_years
    floor = expected_cost + beside
    least = bid_cost(bidder, tender) / kept_years
    if PAYMENTS[policy.payment].commissioner_sets_price:
        budget = float(tender.procurement.lot.budget)
        return beliefs.chance(budget) * (budget - floor) > least
    return beliefs.surplus(floor, least) > least
