"""A procurement by stages: each stage is an event scheduled by the one before.

The state machine and the scoring are in :mod:`caremarket.market.procurement`; here commissioners and bidders act in it.
"""

from __future__ import annotations

from types import MethodType
from typing import TYPE_CHECKING, ClassVar

from caremarket.agents.bidding.bid_learning import learn_from
from caremarket.agents.bidding.bid_screening import interested_bidders
from caremarket.agents.bidding.bid_value import writing_cost
from caremarket.agents.bidding.capacity_check import replace_where_full
from caremarket.agents.bidding.consortium import add_consortia
from caremarket.agents.bidding.joint_bid import incorporate, obstacle_to_vehicle
from caremarket.agents.bidding.sme_quota import eligible_bidders
from caremarket.agents.costs.investment import investment_for
from caremarket.agents.entities.incumbency import holders_of
from caremarket.agents.entities.notices import BiddingClosed, BidsRanked, TenderEvaluated
from caremarket.agents.entities.providers.leading import leading_asked_of
from caremarket.agents.entities.submission import Submission
from caremarket.agents.procurement.award import Award
from caremarket.agents.procurement.direct_award import choose_directly
from caremarket.agents.procurement.evaluation import decisive_criterion, passes_selection, ranked_bids, shortlisted
from caremarket.agents.procurement.exclusion import soundest_first
from caremarket.agents.procurement.stages import StagedTender
from caremarket.agents.procurement.submission import answer_notice, pay_for_dialogue, submit
from caremarket.agents.world.schedule import event_handler
from caremarket.market.procurement import Bid, State
from caremarket.market.randomness import Purpose

if TYPE_CHECKING:
    from caremarket.agents.entities.commissioner import Commissioner
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider
    from caremarket.market.levers import PolicySpec
    from caremarket.market.procurement import Procurement


class TenderProcess(StagedTender):
    """A procurement in progress, stage by stage: moves through its states, and makes the award."""

    __slots__ = ()

    contested: ClassVar[bool] = True
    """True if bidders compete for the lot, so that it may be reserved for SMEs."""

    def __init__(
        self,
        model: Market,
        commissioner: Commissioner,
        procurement: Procurement,
        policy: PolicySpec,
        *,
        on_market: bool,
    ) -> None:
        super().__init__(model, commissioner, procurement, policy, on_market=on_market)
        self.term_factor = investment_for(model, policy.duration_years).factor

    # Stages ---------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Enter options appraisal; all payers have to agree on the care to buy."""
        months = self.stay(State.APPRAISAL)
        if self.pooled_budget is not None:
            more = self.model.scenario_data.behaviour.procurement.joint_months_per_party
            months += more * (len(self.pooled_budget.payers) - 1)
        self.model.schedule(self.appraised, after=months)

    @event_handler
    def appraised(self) -> None:
        """End the options appraisal and proceed to the next stage."""
        self.proceed()

    def proceed(self) -> None:
        """Engage the market, publish the notice, or negotiate with a provider directly."""
        if not self.on_market:
            self._negotiate()
        elif self.engagement_months > 0.0:
            self.move(State.ENGAGEMENT)
            self.model.schedule(self.publish, after=self.engagement_months)
        else:
            self.publish_now()

    @event_handler
    def publish(self) -> None:
        """End the market engagement and publish the notice."""
        self.publish_now()

    def record_present_work(self) -> None:
        """Record present deliverers, the present price and the usual price of the work (pence a year)."""
        model = self.model
        items = self.procurement.lot.items
        self.usual = [model.beliefs.price_ratio(i) * i.reference_cost for i in items]
        self.usual_price = sum(self.usual)
        self.writing_cost = writing_cost(model, self)
        self.held = {}
        self.present_price = 0.0
        self.contest = None
        holders: set[int] = set()
        for item in items:
            for number in item.contracts:
                in_force = model.contracts[number]
                holders.update(holders_of(in_force))
                self.present_price += in_force.price_of(item)
                for deliverer, share in in_force.deliverers(item):
                    held = self.held.get(deliverer.index, 0.0)
                    self.held[deliverer.index] = held + share * item.reference_cost
        self.holders = frozenset(holders)

    def announce(self) -> list[Provider]:
        """Pay for the procurement and publish it; returns the providers that may answer."""
        self.move(State.NOTICE)
        self.record_present_work()
        able = self.model.potential_bidders(self.procurement.lot, self.form)
        if self.contested:
            able = eligible_bidders(self, able)
        self.able = len(able)
        self.leading_asked = leading_asked_of(self, able)
        self.expected_bidders = self.model.beliefs.believed_bidders(self)
        self.small_able = sum([b.sme for b in able])
        self.pay_for_procurement()
        return able

    def publish_now(self) -> None:
        """Publish the notice: every provider that would take part answers at its own time."""
        model = self.model
        able = self.announce()
        notice = self.stay(State.NOTICE)
        questionnaire = self.procurement.route.questionnaire
        window = self.stay(State.QUESTIONNAIRE if questionnaire else State.TENDER)
        first = self.procurement.lot.items[0]
        uniform = model.streams.uniform
        # Ignoring a notice is no event: only providers that would answer it are given a time to do so.
        willing = [Submission(model, self, b) for b in interested_bidders(model, able, self)]
        for response in add_consortia(model, self, able, willing):
            if response.consortium is not None:
                self.consortia.append(response.consortium)
            when = notice + window * uniform(Purpose.ATTENTION, response.bidder.key, first.key, first.rounds)
            model.schedule(MethodType(answer_notice, response), after=when)
        if questionnaire:
            model.schedule(self.open_questionnaire, after=notice)
            model.schedule(self.select, after=notice + window)
        else:
            model.schedule(self.open_tender, after=notice)
            model.schedule(self.evaluate, after=notice + window)

    @event_handler
    def open_questionnaire(self) -> None:
        """Open the selection stage."""
        self.move(State.QUESTIONNAIRE)

    @event_handler
    def open_tender(self) -> None:
        """Open a single-stage tender."""
        self.move(State.TENDER)

    @event_handler
    def select(self) -> None:
        """Apply the selection tests, shortlist by judged quality, invite."""
        model = self.model
        passed = []
        for response in soundest_first(self, self.applicants):
            if response.bidder.alive and passes_selection(self, response):
                passed.append(response)
            else:
                response.bidder.bids_in_hand -= 1
        if not passed:
            model.tell(BiddingClosed(self))
            self.fail(State.NO_BIDS)
            return
        self.shortlist = passed = shortlisted(self, passed)
        self.invited = len(passed)
        self.contest = None
        if self.procurement.route.dialogue:
            self.move(State.DIALOGUE)
            self.dialogue_months = self.stay(State.DIALOGUE)
            model.schedule(self.close_dialogue, after=self.dialogue_months)
        else:
            self._invite(passed)

    @event_handler
    def close_dialogue(self) -> None:
        """End the dialogue: bidders still in business know more about cost, and are invited to tender."""
        parameters = self.model.scenario_data.behaviour.procurement
        self.engagement_months += parameters.dialogue_worth_of_engagement * self.dialogue_months
        self.sunk_share = parameters.dialogue_cost_share
        invited = []
        for response in self.shortlist:
            if response.bidder.alive:
                pay_for_dialogue(response)
                invited.append(response)
            else:
                response.bidder.bids_in_hand -= 1
        self.invited = len(invited)
        self.contest = None
        if invited:
            self._invite(invited)
        else:
            self.model.tell(BiddingClosed(self))
            self.fail(State.NO_BIDS)

    def _invite(self, responses: list[Submission]) -> None:
        model = self.model
        self.move(State.TENDER)
        window = self.stay(State.TENDER)
        first = self.procurement.lot.items[0]
        parameters = model.scenario_data.behaviour.procurement
        earliest, latest = parameters.submission_earliest, parameters.submission_latest
        for response in responses:
            u = model.streams.uniform(Purpose.ATTENTION, response.bidder.key, first.key, -1 - first.rounds)
            model.schedule(MethodType(submit, response), after=window * (earliest + (latest - earliest) * u))
        model.schedule(self.evaluate, after=window)

    @event_handler
    def evaluate(self) -> None:
        """Score and rank the bids received; without a bid that can win, the procurement fails."""
        model = self.model
        procurement = self.procurement
        model.tell(BiddingClosed(self))
        if not procurement.bids:
            self.fail(State.NO_BIDS)
            return
        self.move(State.EVALUATION)
        self.ranked = ranked_bids(self)
        model.tell(TenderEvaluated(self))
        if not self.ranked:
            self.fail(State.OVER_BUDGET)
        elif len(procurement.bids) == 1 and not self.policy.accept_single_bid:
            self.fail(State.ONE_BID)
        else:
            model.schedule(self.prefer, after=self.stay(State.EVALUATION))

    @event_handler
    def prefer(self) -> None:
        """Announce the preferred bidder; standstill begins.

        It is the best bid whose bidder, and every supplier in its plan, still has the capacity. Bids that lack it,
        because other work was won meanwhile, are passed over. A preferred consortium founds its vehicle.
        """
        model = self.model
        ranked = self.ranked
        while ranked and (obstacle := self._obstacle(ranked)):
            passed_over = self.responses[ranked.pop(0).bidder].bidder
            who = passed_over.index if passed_over.alive else -1
            model.log("passed_over", self.commissioner.index, who, procurement=self.procurement.id, detail=obstacle)
        if not ranked:
            self.fail(State.NO_BIDS)
            return
        winner = self.winner = self.responses[ranked[0].bidder]
        if winner.plan is None:
            raise RuntimeError("a bid without a plan was ranked")
        incorporate(winner)
        award = self.award = Award(self, winner, ranked[0], winner.plan)
        procurement = self.procurement
        model.tell(BidsRanked(self, ranked))
        for index, response in self.responses.items():
            bidder = response.members[0]
            bidder.bids_in_hand -= 1
            if response is winner:
                bidder.losses_in_row = 0
                if bidder.alive:
                    why = decisive_criterion(self, ranked[0], ranked) if model.records_events else ""
                    model.log("preferred", index, procurement=procurement.id, amount=procurement.price, detail=why)
            else:
                bidder.losses_in_row += 1
        learn_from(self)
        award.stand_still()

    def _obstacle(self, ranked: list[Bid]) -> str:
        """Code of the reason why the first of the ranked bids cannot be carried out any more; empty if it can."""
        response = self.responses[ranked[0].bidder]
        plan = response.plan
        if not response.bidder.alive or plan is None:
            return "gone"
        ahead = ranked[0].score - ranked[1].score if len(ranked) > 1 else 1.0
        obstacle = obstacle_to_vehicle(response)
        return obstacle or ("" if replace_where_full(self, response.bidder, plan, ahead) else "no_room")

    # Without competition --------------------------------------------------------------------------------

    def _negotiate(self) -> None:
        """Ask present deliverers, then the providers that the commissioner trusts most, until one agrees."""
        self.record_present_work()
        chosen = self.choose_directly()
        if chosen is None or chosen.bid is None or chosen.plan is None:
            self.fail(State.NO_BIDS)
            return
        self.winner = chosen
        award = self.award = Award(self, chosen, chosen.bid, chosen.plan)
        self.procurement.bids.append(chosen.bid)
        self.pay_for_procurement()
        award.agree()

    def choose_directly(self) -> Submission | None:
        """Provider with which the commissioner agrees without competition; None if none does."""
        return choose_directly(self)
