"""Frameworks: a pool of providers qualified once for a function, and lots called off among its members (C; P 4.16).

The first lot of a commissioner and function forms the pool. Until the pool ends, lots are called off in a short
competition that only its members can enter.
"""

from __future__ import annotations

from types import MethodType
from typing import TYPE_CHECKING

from caremarket.agents.bidding.bid_screening import interested_bidders
from caremarket.agents.entities.notices import BiddingClosed
from caremarket.agents.entities.procurement_desk import Framework
from caremarket.agents.entities.submission import Submission
from caremarket.agents.procurement.evaluation import passes_selection
from caremarket.agents.procurement.exclusion import soundest_first
from caremarket.agents.procurement.submission import submit
from caremarket.agents.procurement.tender_process import TenderProcess
from caremarket.agents.world.schedule import event_handler
from caremarket.market.procurement import State

if TYPE_CHECKING:
    from caremarket.agents.entities.provider import Provider


class CallOff(TenderProcess):
    """A lot called off from a framework; without a pool in force, the pool is formed first."""

    __slots__ = ()
    contested = False

    def _pool(self) -> list[Provider]:
        """Members of the pool in force that have not exited."""
        item = self.procurement.lot.items[0]
        framework = self.model.desk.frameworks.get((self.commissioner.index, item.function))
        if framework is None or framework.until <= self.model.time:
            return []
        return [m for m in framework.members if m.alive]

    def proceed(self) -> None:
        """Call the lot off if there is a pool, else publish a notice to form one."""
        pool = self._pool() if self.on_market else []
        if pool:
            self.record_present_work()
            self.small_able = sum(b.sme for b in pool)
            self.pay_for_procurement()
            self._call_off(pool)
        else:
            super().proceed()

    def publish_now(self) -> None:
        """Publish that a framework is to be formed: able providers apply while the questionnaire is open."""
        model = self.model
        self.announce()
        notice = self.stay(State.NOTICE)
        model.schedule(self.open_questionnaire, after=notice)
        model.schedule(self.qualify, after=notice + self.stay(State.QUESTIONNAIRE))

    @event_handler
    def qualify(self) -> None:
        """Apply the selection tests once for all lots to come, then call off the first."""
        model = self.model
        lot = self.procurement.lot
        interested = interested_bidders(model, model.potential_bidders(lot, self.form), self)
        applying = soundest_first(self, [Submission(model, self, p) for p in interested])
        passed = [response.bidder for response in applying if passes_selection(self, response)]
        if not passed:
            model.tell(BiddingClosed(self))
            self.fail(State.NO_BIDS)
            return
        years = model.scenario_data.behaviour.collaboration.framework_years
        key = (self.commissioner.index, lot.items[0].function)
        model.desk.frameworks[key] = Framework(passed, model.time + 12.0 * years)
        model.log("framework_formed", self.commissioner.index, procurement=self.procurement.id, amount=len(passed))
        self._call_off(passed)

    def _call_off(self, pool: list[Provider]) -> None:
        """Invite the members, who have a short time to bid."""
        model = self.model
        self.move(State.TENDER)
        self.able = len(pool)
        self.expected_bidders = model.beliefs.believed_bidders(self)
        for member in pool:
            if not interested_bidders(model, [member], self):
                continue
            response = Submission(model, self, member)
            response.applied = response.qualified = True
            member.bids_in_hand += 1
            self.applicants.append(response)
        self.invited = len(self.applicants)
        self.contest = None
        if not self.invited:
            self.fail(State.NO_BIDS)
            return
        window = model.scenario_data.behaviour.collaboration.call_off_months
        for response in self.applicants:
            model.schedule(MethodType(submit, response), after=0.5 * window)
        model.schedule(self.evaluate, after=window)
