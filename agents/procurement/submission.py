"""One organisation's part in one tender."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.bidding.bid_decision import bid_cost, prepare_bid
from caremarket.agents.bidding.consortium import submit_jointly
from caremarket.agents.procurement.evaluation import passes_selection
from caremarket.agents.world.reasons import Why
from caremarket.agents.world.schedule import event_handler
from caremarket.market.ledger import WORLD, Reason

if TYPE_CHECKING:
    from caremarket.agents.bidding.bid_learning import Stake
    from caremarket.agents.bidding.consortium import Consortium
    from caremarket.agents.bidding.make_or_buy import SupplyPlan
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.model import CareMarket
    from caremarket.agents.procurement.tender_process import TenderProcess
    from caremarket.market.procurement import Bid


class Response:
    """One organisation's part in one tender: answers the notice, takes part in dialogue, bids."""

    __slots__ = (
        "__weakref__",
        "applied",
        "bid",
        "bidder",
        "consortium",
        "model",
        "plan",
        "qualified",
        "stake",
        "tender",
        "why",
    )

    def __init__(self, model: CareMarket, tender: TenderProcess, bidder: Provider) -> None:
        self.model = model
        self.tender = tender
        self.bidder = bidder
        self.applied = False
        self.qualified = False
        self.bid: Bid | None = None
        self.plan: SupplyPlan | None = None
        self.consortium: Consortium | None = None
        self.stake: Stake | None = None
        self.why: Why | None = None

    @event_handler
    def answer_notice(self) -> None:
        """Apply, if there is still a hand free to; in a single-stage tender, bid at once."""
        bidder = self.bidder
        if not bidder.alive or bidder.bids_in_hand >= bidder.bid_limit:
            return
        self.applied = True
        bidder.bids_in_hand += 1
        tender = self.tender
        tender.applicants.append(self)
        if not tender.procurement.route.questionnaire:
            if passes_selection(tender, self):
                self._bid()
            else:
                bidder.bids_in_hand -= 1

    @event_handler
    def submit(self) -> None:
        """Answer the invitation to tender."""
        if self.bidder.alive:
            self._bid()
        else:
            self.bidder.bids_in_hand -= 1

    def pay_for_dialogue(self) -> None:
        """What taking part in the dialogue has cost, whether or not a bid follows."""
        self._spend(int(bid_cost(self.model, self.bidder, self.tender) * self.tender.sunk_share))

    def _spend(self, cost: int) -> None:
        model = self.model
        model.ledger.post(model.time, self.bidder.account, WORLD, cost, Reason.BID_COST)
        self.bidder.market_cost += cost

    def _bid(self) -> None:
        model = self.model
        tender = self.tender
        decision = None
        if self.consortium is None or self.consortium.whole():
            decision = prepare_bid(model, self.bidder, tender, self)
        if decision is None:
            self.bidder.bids_in_hand -= 1
            why = self.why or Why("partner_gone")
            number = tender.procurement.id
            model.log("no_bid", self.bidder.index, procurement=number, amount=why.amount, detail=why.code)
            return
        self.bid, self.plan = decision
        cost = int(bid_cost(model, self.bidder, tender) * (1.0 - tender.sunk_share))
        if self.consortium is None:
            self._spend(cost)
        else:
            submit_jointly(self, cost)
        bidder = self.bidder
        tender.responses[bidder.index] = self
        tender.procurement.bids.append(self.bid)
        model.tally.bid(bidder)
        model.log("bid", bidder.index, procurement=tender.procurement.id, amount=self.bid.price)
