"""Bidders that learn: their choice of markup for a tender, and learning from its result.

A learner sees the payoff of its own option. One that weighs foregone payoffs also sees the payoff that every other
markup would have had against the bids made. A payoff is known on the day of the decision: price less the bidder's own
estimate of cost and risk, less the cost of writing the bid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.market.procurement import award_points, price_paid
from caremarket.market.randomness import Purpose

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.submission import LearnerChoice, Submission
    from caremarket.agents.entities.tender import Tender
    from caremarket.agents.strategies import PricingView
    from caremarket.market.procurement import Bid


def option_for(model: Market, bidder: Provider, tender: Tender, view: PricingView) -> tuple[int, list[float]]:
    """Option a learner takes for a tender, by a keyed draw, and the markups of all options (margin on cost)."""
    learner = bidder.learner
    assert learner is not None
    first = tender.procurement.lot.items[0]
    u = model.streams.uniform(Purpose.LEARNING, bidder.key, first.key, first.rounds)
    return learner.choose(view, u), learner.markups(view)


def learn_from(tender: Tender) -> None:
    """Let every bidder with a stake learn from a tender that was decided, or failed with bids."""
    for response in tender.applicants:
        stake = response.stake
        if stake is not None:
            response.stake = None
            if response.bidder.alive:
                _learn(tender, response, stake)


def _learn(tender: Tender, response: Submission, stake: LearnerChoice) -> None:
    """Teach one bidder the payoff of each option, as a share of the lot's yearly reference cost."""
    lot = tender.procurement.lot
    reference = max(lot.reference_cost, 1)
    rivals = [b for b in tender.procurement.bids if b.compliant and b is not response.bid]
    own = response.bid
    if own is not None:
        # The quality that the commissioner judged is known once the bid has been scored.
        stake.quality = own.quality
    second = tender.policy.award_price == "second"
    asked = sorted(b.price for b in rivals)
    payoffs = []
    for option, price in enumerate(stake.prices):
        if option == stake.chosen and own is not None:
            won = tender.winner is response
            price = own.price
        else:
            won = price <= lot.budget and _would_win(tender, stake, price, rivals)
        paid = price_paid(round(price), asked, lot.budget, second=True) if second else price
        gain = stake.earned * (paid - stake.reservation) if won else 0.0
        payoffs.append((gain - stake.writing) / reference)
    payoffs.append(0.0)
    stake.learner.learn(stake.chosen, payoffs)


def _would_win(tender: Tender, stake: LearnerChoice, price: float, rivals: list[Bid]) -> bool:
    """True if a bid at ``price`` would have scored highest against the compliant bids of the others."""
    if not rivals:
        return True
    lowest = min(price, min(b.price for b in rivals))

    def points(bid: Bid | LearnerChoice, asked: float) -> float:
        return award_points(tender.policy, asked, lowest, bid.quality, bid.social_value, bid.integration)

    own = points(stake, price)
    return all(own >= points(b, b.price) for b in rivals)
