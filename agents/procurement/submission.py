"""An organisation's steps in a tender: it answers the notice, takes part in dialogue, and bids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.bidding.bid_decision import prepare_bid
from caremarket.agents.bidding.bid_value import bid_cost
from caremarket.agents.bidding.joint_bid import submit_jointly
from caremarket.agents.entities.incumbency import count_as_holder
from caremarket.agents.entities.notices import BidMade
from caremarket.agents.procurement.evaluation import passes_selection
from caremarket.agents.world.reasons import Why
from caremarket.agents.world.schedule import event_handler
from caremarket.market.ledger import WORLD, Reason

if TYPE_CHECKING:
    from caremarket.agents.entities.submission import Submission


@event_handler
def answer_notice(response: Submission) -> None:
    """Apply if the bidder can prepare another bid; in a single-stage tender, bid at once."""
    bidder = response.bidder
    if not bidder.alive or bidder.bids_in_hand >= bidder.bid_limit:
        return
    response.applied = True
    bidder.bids_in_hand += 1
    tender = response.tender
    tender.applicants.append(response)
    if not tender.procurement.route.questionnaire:
        if passes_selection(tender, response):
            _bid(response)
        else:
            bidder.bids_in_hand -= 1


@event_handler
def submit(response: Submission) -> None:
    """Bid in answer to the invitation to tender, unless the bidder has exited."""
    if response.bidder.alive:
        _bid(response)
    else:
        response.bidder.bids_in_hand -= 1


def pay_for_dialogue(response: Submission) -> None:
    """Pay the cost of taking part in the dialogue, even if no bid follows."""
    _spend(response, int(bid_cost(response.bidder, response.tender) * response.tender.sunk_share))


def _bid(response: Submission) -> None:
    model = response.model
    tender = response.tender
    decision = None
    if response.consortium is None or response.consortium.whole():
        decision = prepare_bid(model, response.bidder, tender, response)
    if decision is None:
        response.bidder.bids_in_hand -= 1
        why = response.why or Why("partner_gone")
        number = tender.procurement.id
        model.log("no_bid", response.bidder.index, procurement=number, amount=why.amount, detail=why.code)
        return
    response.bid, response.plan = decision
    cost = int(bid_cost(response.bidder, tender) * (1.0 - tender.sunk_share))
    if response.consortium is None:
        _spend(response, cost)
    else:
        submit_jointly(response, cost)
    bidder = response.bidder
    tender.responses[bidder.index] = response
    count_as_holder(response)
    tender.procurement.bids.append(response.bid)
    model.tell(BidMade(bidder, response.sme))
    model.log("bid", bidder.index, procurement=tender.procurement.id, amount=response.bid.price)


def _spend(response: Submission, cost: int) -> None:
    model = response.model
    model.ledger.post(model.time, response.bidder.account, WORLD, cost, Reason.BID_COST)
    response.bidder.market_cost += cost
