"""Procurement of an alliance: conveners assemble alliances, and the commissioner agrees to one of them (M; P 4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.entities.incumbency import count_as_holder
from caremarket.agents.entities.notices import BidMade, JointBidMade
from caremarket.agents.procurement.alliance_assembly import assemble
from caremarket.agents.procurement.tender_process import TenderProcess
from caremarket.agents.world.reasons import Why
from caremarket.agents.world.schedule import event_handler
from caremarket.market.procurement import Procurement, State

if TYPE_CHECKING:
    from caremarket.agents.entities.commissioner import Commissioner
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.submission import Submission
    from caremarket.market.levers import PolicySpec


def joint_terms(policy: PolicySpec) -> PolicySpec:
    """Terms between host and members: no fee, payment when and as the host is paid, risk shared in full."""
    return policy.model_copy(
        update={
            "management_fee": 0.0,
            "pay_when_paid": True,
            "subcontract_payment_days": 0.0,
            "flow_down": 1.0,
            "outcome_rule": "pooled",
        }
    )


class Assembly(TenderProcess):
    """A procurement that assembles the members of an alliance instead of choosing a bidder.

    ``asked`` are the terms of the policy; an alliance has joint terms in their place.
    """

    __slots__ = ("asked",)
    contested = False

    def __init__(
        self,
        model: Market,
        commissioner: Commissioner,
        procurement: Procurement,
        policy: PolicySpec,
        *,
        on_market: bool,
    ) -> None:
        super().__init__(model, commissioner, procurement, joint_terms(policy), on_market=on_market)
        self.asked = policy

    def _proposals(self, most: int) -> list[Submission]:
        """Alliances that conveners assemble, at most ``most``; providers with most of the present work try first."""
        model = self.model
        home = self.commissioner
        able = model.potential_bidders(self.procurement.lot, self.form)
        trust = model.trust.between

        def preference(p: Provider) -> tuple[float, float, int]:
            return (-self.held_work(p), -(trust(home.key, p.key, model.time) + p.quality), p.index)

        found: list[Submission] = []
        hosts: set[int] = set()
        for convener in sorted(able, key=preference)[: model.scenario_data.behaviour.collaboration.alliance_conveners]:
            response = assemble(model, convener, self)
            if not isinstance(response, Why) and response.bidder.index in hosts:
                response = Why("same_host", other=response.bidder.index)
            if isinstance(response, Why):
                why, number = response, self.procurement.id
                model.log(
                    "alliance_fails",
                    convener.index,
                    why.other,
                    procurement=number,
                    amount=why.amount,
                    detail=why.code,
                )
                continue
            hosts.add(response.bidder.index)
            found.append(response)
            if len(found) == most:
                break
        return found

    def choose_directly(self) -> Submission | None:
        """Without a notice: choose the first alliance that is formed."""
        found = self._proposals(1)
        return found[0] if found else None

    def publish_now(self) -> None:
        """With a notice: alliances can form during the time of a tender, and the best is chosen."""
        model = self.model
        self.announce()
        notice = self.stay(State.NOTICE)
        model.schedule(self.open_tender, after=notice)
        model.schedule(self.hear_proposals, after=notice + self.stay(State.TENDER))

    @event_handler
    def hear_proposals(self) -> None:
        """Receive the alliances that have formed, and evaluate them."""
        model = self.model
        for response in self._proposals(len(self.model.organisations)):
            if response.bid is None:
                continue
            response.bidder.bids_in_hand += 1
            self.applicants.append(response)
            self.responses[response.bidder.index] = response
            count_as_holder(response)
            self.procurement.bids.append(response.bid)
            model.tell(BidMade(response.bidder, response.sme))
            model.tell(JointBidMade(response.bidder))
            model.log("bid", response.bidder.index, procurement=self.procurement.id, amount=response.bid.price)
        model.schedule(self.evaluate, after=0.0)
