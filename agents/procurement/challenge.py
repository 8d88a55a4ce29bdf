"""Legal challenges to an award: the challenger, the cost and the decision (P 1.6).

A loser challenges if ``P(upheld) * value of a second chance > cost``. The value grows with the surplus that the
contract would have earned and with the fixed cost that losing it strands, and so with its value and its length.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.costs.stranded_cost import stranded_over_term
from caremarket.agents.money.pooled_budget import charge_buyer
from caremarket.agents.procurement.conflicts_of_interest import undeclared_interest
from caremarket.market.ledger import WORLD, Reason
from caremarket.market.randomness import Purpose

if TYPE_CHECKING:
    from caremarket.agents.entities.submission import Submission
    from caremarket.agents.entities.tender import Tender
    from caremarket.market.procurement import Bid


def chance_upheld(tender: Tender, loser: Submission) -> float:
    """Probability that a challenge by ``loser`` is upheld: closeness of scores, complexity of the route, interests.

    ``base + closeness * max(0, 1 - gap / band) + complexity * (cost multiple - 1) + interest * undeclared``
    """
    parameters = tender.model.scenario_data.behaviour.procurement
    winner = tender.winner
    if winner is None or winner.bid is None or loser.bid is None:
        return 0.0
    chance = parameters.challenge_base
    for part in _merits(tender, winner, winner.bid, loser.bid).values():
        chance += part
    return min(1.0, chance)


def _merits(tender: Tender, winner: Submission, won: Bid, lost: Bid) -> dict[str, float]:
    """Additions to the base probability that a challenge is upheld, by reason."""
    parameters = tender.model.scenario_data.behaviour.procurement
    gap = max(0.0, won.score - lost.score)
    multiple = tender.procurement.route.commissioner_cost_multiple
    return {
        "close": parameters.challenge_closeness * max(0.0, 1.0 - gap / parameters.challenge_closeness_band),
        "complexity": parameters.challenge_complexity * max(0.0, multiple - 1.0),
        "interest": parameters.challenge_interest * undeclared_interest(tender, winner),
    }


def why_challenge(tender: Tender, loser: Submission) -> str:
    """Strongest reason for a challenge; ``stakes`` if there is no particular reason."""
    winner = tender.winner
    if winner is None or winner.bid is None or loser.bid is None:
        return "stakes"
    merits = _merits(tender, winner, winner.bid, loser.bid)
    most = max(merits, key=lambda reason: merits[reason])
    return most if merits[most] > 0.0 else "stakes"


def second_chance(tender: Tender, loser: Submission) -> float:
    """Value of a second chance in pence: (surplus + stranded cost avoided) / max(2, number of compliant bids)."""
    bid = loser.bid
    if bid is None:
        return 0.0
    years = tender.policy.duration_years
    surplus = max(0.0, float(bid.price - bid.cost_estimate - bid.risk_premium)) * years
    for member in loser.members:
        held = tender.held_work(member)
        surplus += stranded_over_term(tender.model, held, member.fixed_share, years) if held else 0.0
    rivals = sum(b.compliant for b in tender.procurement.bids)
    return surplus / max(2, rivals)


def challenge_cost(tender: Tender) -> float:
    """Cost of a challenge to each side, in pence: lawyers, experts, management time."""
    parameters = tender.model.scenario_data.behaviour.procurement
    return parameters.challenge_cost_gbp * 100.0 + parameters.challenge_cost_value_share * tender.procurement.price


def challenger(tender: Tender) -> Submission | None:
    """Loser with the highest positive expected gain from a challenge; only compliant bidders have standing."""
    model = tender.model
    if not model.scenario_data.mechanisms.challenge:
        return None
    cost = challenge_cost(tender)
    best: Submission | None = None
    most = 0.0
    for _, response in sorted(tender.responses.items()):
        if response is tender.winner or response.bid is None:
            continue
        if not (response.bid.compliant and response.bidder.alive):
            continue
        gain = chance_upheld(tender, response) * second_chance(tender, response) - cost
        if gain > most:
            best, most = response, gain
    return best


def suspend(tender: Tender, challenge: Submission) -> float:
    """Charge both sides for the challenge; returns the months for which it suspends the award."""
    model = tender.model
    loser = challenge.bidder
    now = model.time
    cost = int(challenge_cost(tender))
    model.desk.challenges += 1
    model.ledger.post(now, loser.account, WORLD, cost, Reason.CHALLENGE_COST)
    loser.market_cost += cost
    charge_buyer(tender, cost, Reason.CHALLENGE_COST)
    model.trust.broken(loser.key, tender.commissioner.key, now)
    number = tender.procurement.id
    why = why_challenge(tender, challenge) if model.records_events else ""
    model.log("challenge", loser.index, tender.procurement.winner, procurement=number, amount=cost, detail=why)
    parameters = model.scenario_data.behaviour.procurement
    first = tender.procurement.lot.items[0]
    low, high = parameters.challenged_min_months, parameters.challenged_max_months
    return model.streams.between(low, high, Purpose.CHALLENGE, first.key, 0, first.rounds)


def is_upheld(tender: Tender, loser: Submission) -> bool:
    """Decide a challenge: True if it is upheld."""
    model = tender.model
    first = tender.procurement.lot.items[0]
    u = model.streams.uniform(Purpose.CHALLENGE, first.key, loser.bidder.key, first.rounds)
    upheld = u < model.hears_challenge(tender, loser)
    model.desk.upheld += upheld
    # A challenger that has exited in the meantime is not named in the event.
    who = loser.bidder.index if loser.bidder.alive else -1
    model.log(
        "challenge_upheld" if upheld else "challenge_dismissed",
        tender.commissioner.index,
        who,
        procurement=tender.procurement.id,
    )
    return upheld
