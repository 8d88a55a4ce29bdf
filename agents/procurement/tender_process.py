"""A procurement as it is lived through: each stage an event scheduled by the one before.

The state machine and the scoring are institutions and stand in :mod:`caremarket.market.procurement`; here commissioners
and bidders act in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from caremarket.agents.bidding.bid_decision import who_competes, writing_cost
from caremarket.agents.bidding.bid_learning import learn_from
from caremarket.agents.bidding.capacity_check import capacity_needed, made_to_fit, unbind
from caremarket.agents.bidding.consortium import with_partners
from caremarket.agents.bidding.sme_quota import open_to
from caremarket.agents.costs.investment import investment_for
from caremarket.agents.procurement.award import Award
from caremarket.agents.procurement.evaluation import decisive_criterion, passes_selection, ranked_bids, shortlisted
from caremarket.agents.procurement.lots import in_words
from caremarket.agents.procurement.submission import Response
from caremarket.agents.world.schedule import event_handler
from caremarket.market.forms import FORMS
from caremarket.market.ledger import WORLD, Reason
from caremarket.market.procurement import Bid, State
from caremarket.market.randomness import Purpose

if TYPE_CHECKING:
    from caremarket.agents.bidding.consortium import Consortium
    from caremarket.agents.entities.commissioner import Commissioner
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.model import CareMarket
    from caremarket.agents.money.pooled_budget import JointPurse
    from caremarket.market.levers import PolicySpec
    from caremarket.market.pathways import ServiceItem
    from caremarket.market.procurement import Procurement

__all__ = ["Response", "TenderProcess"]

LOGGED_AS = {state: f"procurement_{state.name.lower()}" for state in State}
"""Kind of event by the state that is entered."""

_SAY_WHAT_IS_BOUGHT = frozenset({State.ENGAGEMENT, State.NOTICE, State.PREFERRED})


class TenderProcess:
    """A procurement in progress: holds its responses, moves it through its states, and makes the award."""

    __slots__ = (
        "__weakref__",
        "able",
        "applicants",
        "award",
        "bound",
        "budget_known",
        "commissioner",
        "consortia",
        "dialogue_months",
        "engagement_months",
        "expected_bidders",
        "form",
        "held",
        "invited",
        "model",
        "on_market",
        "policy",
        "present_price",
        "procurement",
        "purse",
        "qualified",
        "ranked",
        "responses",
        "setback",
        "shortlist",
        "small_able",
        "sunk_share",
        "term_factor",
        "usual",
        "usual_price",
        "winner",
        "writing_cost",
    )

    contested: ClassVar[bool] = True
    """Do bidders answer the notice against one another, so that a lot may be reserved?"""

    def __init__(
        self,
        model: CareMarket,
        commissioner: Commissioner,
        procurement: Procurement,
        policy: PolicySpec,
        *,
        on_market: bool,
    ) -> None:
        self.model = model
        self.policy = policy
        self.budget_known = policy.publish_budget
        self.form = FORMS[policy.form]
        self.commissioner = commissioner
        self.procurement = procurement
        self.on_market = on_market
        self.engagement_months = policy.engagement_months if on_market else 0.0
        # Cost of the work, done as its term makes it worth while, over what it costs as it is.
        self.term_factor = investment_for(model, policy.duration_years).factor
        self.able = 0
        self.small_able = 0
        self.consortia: list[Consortium] = []
        self.applicants: list[Response] = []
        self.responses: dict[int, Response] = {}
        self.invited = 0
        self.qualified = 0
        self.winner: Response | None = None
        self.writing_cost = 0.0
        self.present_price = 0.0
        self.expected_bidders = 1.0
        self.usual: list[float] = []
        self.usual_price = 0.0
        self.held: dict[int, float] = {}
        self.purse: JointPurse | None = None
        self.shortlist: list[Response] = []
        self.ranked: list[Bid] = []
        self.bound: list[tuple[Provider, int, int]] = []
        self.award: Award | None = None
        self.setback = ""
        self.dialogue_months = 0.0
        self.sunk_share = 0.0

    # What bidders may know ------------------------------------------------------------------------------

    def held_work(self, bidder: Provider) -> float:
        """Pence a year of the lot's work, by reference cost, that ``bidder`` delivers now."""
        return self.held.get(bidder.index, 0.0)

    @property
    def most(self) -> float:
        """Pence a year at most that bidders who know the budget think will be paid: more in a direct award."""
        scenario = self.model.scenario_data
        if self.on_market or not scenario.mechanisms.budget_binds:
            return float(self.procurement.lot.budget)
        return self.procurement.lot.budget * scenario.behaviour.procurement.direct_award_line

    def rivals(self) -> set[int]:
        """Those who compete for the lot themselves, alone or with others, by index of organisation."""
        found: set[int] = set()
        for response in self.applicants:
            if response.qualified and response.why is None:
                together = response.consortium
                found |= {response.bidder.index} if together is None else {m.index for m in together.members}
        return found

    def new_response(self, bidder: Provider) -> Response:
        """A response to this tender."""
        return Response(self.model, self, bidder)

    def room_for(self, bidder: Provider, item: ServiceItem, share: float = 1.0) -> bool:
        """Has ``bidder`` capacity for a share of ``item``, counting the staff that would come with it (TUPE, P 3.19)?

        An incumbent has the staff already.
        """
        function = item.function
        free = bidder.capacity[function] - bidder.committed[function] - bidder.bound[function]
        needed = share * item.reference_cost * (1.0 - self.model.scenario_data.behaviour.staff_transfer)
        if needed <= free:
            return True
        if bidder.index not in self.held:
            return False
        kept = sum(self.model.contracts[number].share_of(bidder, item) for number in item.contracts)
        return needed * (1.0 - kept) <= max(free, 0)

    def room_for_all(self, bidder: Provider, items: list[ServiceItem], share: float = 1.0) -> bool:
        """Has it capacity for a share of all ``items`` of one function together?"""
        if len(items) == 1:
            return self.room_for(bidder, items[0], share)
        return capacity_needed(self, bidder, items, share) <= max(bidder.spare(items[0].function), 0)

    # Stages ---------------------------------------------------------------------------------------------

    def stay(self, state: State) -> float:
        """Months this procurement stays in a state."""
        low, high = self.model.procurement.durations[state]
        lot = self.procurement.lot
        return self.model.streams.between(low, high, Purpose.DURATION, lot.items[0].key, state, lot.items[0].rounds)

    def move(self, state: State) -> None:
        """Enter a state."""
        model = self.model
        procurement = self.procurement
        procurement.move(state, model.time)
        if not model.records_events:
            return
        winner, amount, lot = -1, 0, ""
        if state in _SAY_WHAT_IS_BOUGHT:
            amount, lot = procurement.lot.budget, in_words(model, procurement.lot.items)
        if state is State.PREFERRED:
            winner, amount = procurement.winner, procurement.price
        number = procurement.id
        model.log(LOGGED_AS[state], self.commissioner.index, winner, procurement=number, amount=amount, detail=lot)

    def begin(self) -> None:
        """Enter options appraisal; everybody who signs has to agree what to buy."""
        months = self.stay(State.APPRAISAL)
        if self.purse is not None:
            more = self.model.scenario_data.behaviour.procurement.joint_months_per_party
            months += more * (len(self.purse.payers) - 1)
        self.model.schedule(self.appraised, after=months)

    @event_handler
    def appraised(self) -> None:
        """Appraisal is over."""
        self.proceed()

    def proceed(self) -> None:
        """Engage the market, publish, or talk to a provider directly."""
        if not self.on_market:
            self._negotiate()
        elif self.engagement_months > 0.0:
            self.move(State.ENGAGEMENT)
            self.model.schedule(self.publish, after=self.engagement_months)
        else:
            self.publish_now()

    @event_handler
    def publish(self) -> None:
        """Engagement is over: publish the notice."""
        self.publish_now()

    def look_around(self) -> None:
        """Take stock of who does the work now, what it costs now and what such work usually costs."""
        model = self.model
        items = self.procurement.lot.items
        self.usual = [model.record.price_ratio(i) * i.reference_cost for i in items]
        self.usual_price = sum(self.usual)
        self.writing_cost = writing_cost(model, self)
        self.held = {}
        self.present_price = 0.0
        for item in items:
            for number in item.contracts:
                life = model.contracts[number]
                self.present_price += life.price_of(item)
                for deliverer, share in life.deliverers(item):
                    held = self.held.get(deliverer.index, 0.0)
                    self.held[deliverer.index] = held + share * item.reference_cost

    def announce(self) -> list[Provider]:
        """Pay for the procurement and publish it; returns those who may answer."""
        self.move(State.NOTICE)
        self.look_around()
        able = self.model.potential_bidders(self.procurement.lot, self.form)
        if self.contested:
            able = open_to(self, able)
        self.able = len(able)
        self.expected_bidders = self.model.record.believed_bidders(self)
        self.small_able = sum([b.sme for b in able])
        self.commissioner.pay_for_procurement(self)
        return able

    def publish_now(self) -> None:
        """Publish: everyone who could take part hears of it and answers in its own time."""
        model = self.model
        able = self.announce()
        notice = self.stay(State.NOTICE)
        questionnaire = self.procurement.route.questionnaire
        window = self.stay(State.QUESTIONNAIRE if questionnaire else State.TENDER)
        first = self.procurement.lot.items[0]
        uniform = model.streams.uniform
        # Passing a notice by is no event: only those who would answer it are given a time to do so.
        willing = [Response(model, self, b) for b in who_competes(model, able, self)]
        for response in with_partners(model, self, able, willing):
            if response.consortium is not None:
                self.consortia.append(response.consortium)
            when = notice + window * uniform(Purpose.ATTENTION, response.bidder.key, first.key, first.rounds)
            model.schedule(response.answer_notice, after=when)
        if questionnaire:
            model.schedule(self.open_questionnaire, after=notice)
            model.schedule(self.select, after=notice + window)
        else:
            model.schedule(self.open_tender, after=notice)
            model.schedule(self.evaluate, after=notice + window)

    @event_handler
    def open_questionnaire(self) -> None:
        """The selection stage opens."""
        self.move(State.QUESTIONNAIRE)

    @event_handler
    def open_tender(self) -> None:
        """A single-stage tender opens."""
        self.move(State.TENDER)

    @event_handler
    def select(self) -> None:
        """Apply the selection tests, shortlist by judged quality, invite."""
        model = self.model
        passed = []
        for response in self.applicants:
            if response.bidder.alive and passes_selection(self, response):
                passed.append(response)
            else:
                response.bidder.bids_in_hand -= 1
        if not passed:
            model.tally.bids_closed(self)
            self.fail(State.NO_BIDS)
            return
        self.shortlist = passed = shortlisted(self, passed)
        self.invited = len(passed)
        if self.procurement.route.dialogue:
            self.move(State.DIALOGUE)
            self.dialogue_months = self.stay(State.DIALOGUE)
            model.schedule(self.close_dialogue, after=self.dialogue_months)
        else:
            self._invite(passed)

    @event_handler
    def close_dialogue(self) -> None:
        """Those still there have worked out their plans with the commissioner, know more, and are invited to tender."""
        parameters = self.model.scenario_data.behaviour.procurement
        self.engagement_months += parameters.dialogue_worth_of_engagement * self.dialogue_months
        self.sunk_share = parameters.dialogue_cost_share
        invited = []
        for response in self.shortlist:
            if response.bidder.alive:
                response.pay_for_dialogue()
                invited.append(response)
            else:
                response.bidder.bids_in_hand -= 1
        self.invited = len(invited)
        if invited:
            self._invite(invited)
        else:
            self.model.tally.bids_closed(self)
            self.fail(State.NO_BIDS)

    def _invite(self, responses: list[Response]) -> None:
        model = self.model
        self.move(State.TENDER)
        window = self.stay(State.TENDER)
        first = self.procurement.lot.items[0]
        parameters = model.scenario_data.behaviour.procurement
        earliest, latest = parameters.submission_earliest, parameters.submission_latest
        for response in responses:
            u = model.streams.uniform(Purpose.ATTENTION, response.bidder.key, first.key, -1 - first.rounds)
            model.schedule(response.submit, after=window * (earliest + (latest - earliest) * u))
        model.schedule(self.evaluate, after=window)

    @event_handler
    def evaluate(self) -> None:
        """Score what has been received and rank it, or fail."""
        model = self.model
        procurement = self.procurement
        model.tally.bids_closed(self)
        if not procurement.bids:
            self.fail(State.NO_BIDS)
            return
        self.move(State.EVALUATION)
        self.ranked = ranked_bids(self)
        model.record.tender_seen(self)
        if not self.ranked:
            self.fail(State.OVER_BUDGET)
        elif len(procurement.bids) == 1 and not self.policy.accept_single_bid:
            self.fail(State.ONE_BID)
        else:
            model.schedule(self.prefer, after=self.stay(State.EVALUATION))

    @event_handler
    def prefer(self) -> None:
        """Tell everybody who the preferred bidder is; standstill begins.

        That is the best bid whose bidder, and everybody in its chain, still has the capacity: who has meanwhile won
        other work is passed over.
        """
        model = self.model
        ranked = self.ranked
        while ranked and not self._can_do(ranked):
            passed_over = self.responses[ranked.pop(0).bidder].bidder
            who = passed_over.index if passed_over.alive else -1
            why = "no_room" if passed_over.alive else "gone"
            model.log("passed_over", self.commissioner.index, who, procurement=self.procurement.id, detail=why)
        if not ranked:
            self.fail(State.NO_BIDS)
            return
        winner = self.winner = self.responses[ranked[0].bidder]
        if winner.plan is None:
            raise RuntimeError("a bid without a plan was ranked")
        self.award = Award(self, winner, ranked[0], winner.plan)
        procurement = self.procurement
        model.tally.competition(procurement, ranked, self)
        for index, response in self.responses.items():
            response.bidder.bids_in_hand -= 1
            if response is winner:
                response.bidder.losses_in_row = 0
                if response.bidder.alive:
                    why = decisive_criterion(self, ranked[0], ranked) if model.records_events else ""
                    model.log("preferred", index, procurement=procurement.id, amount=procurement.price, detail=why)
            else:
                response.bidder.losses_in_row += 1
        learn_from(self)
        self.award.stand_still()

    def _can_do(self, ranked: list[Bid]) -> bool:
        """Can the first of some bids still be carried out?"""
        response = self.responses[ranked[0].bidder]
        plan = response.plan
        ahead = ranked[0].score - ranked[1].score if len(ranked) > 1 else 1.0
        return response.bidder.alive and plan is not None and made_to_fit(self, response.bidder, plan, ahead)

    def charge(self, amount: int, reason: Reason) -> None:
        """Whoever buys pays ``amount`` pence for the procurement itself, each its part."""
        if self.purse is None:
            self.model.ledger.post(self.model.time, self.commissioner.account, WORLD, amount, reason)
        else:
            self.purse.pay(WORLD, amount, reason)

    # Without competition --------------------------------------------------------------------------------

    def _negotiate(self) -> None:
        """Ask those who do the work now, then those the commissioner trusts most, until one agrees."""
        self.look_around()
        chosen = self.choose_directly()
        if chosen is None or chosen.bid is None or chosen.plan is None:
            self.fail(State.NO_BIDS)
            return
        self.winner = chosen
        self.award = Award(self, chosen, chosen.bid, chosen.plan)
        self.procurement.bids.append(chosen.bid)
        self.commissioner.pay_for_procurement(self)
        self.award.agree()

    def choose_directly(self) -> Response | None:
        """Whom the commissioner agrees with, without competition."""
        return self.commissioner.choose_directly(self)

    # Endings --------------------------------------------------------------------------------------------

    def fail(self, state: State) -> None:
        """End without a contract; the commissioner decides what to do."""
        self.move(state)
        for response in self.responses.values():
            if state is not State.WITHDRAWN:
                response.bidder.bids_in_hand -= 1
        learn_from(self)
        self.close(state.name.lower())
        self.commissioner.procurement_failed(self)

    def withdraw(self, why: str) -> None:
        """Withdraw the award, because of a ``challenge`` or of its ``impact``."""
        self.setback = why
        self.model.procurement.withdrawn += 1
        self.fail(State.WITHDRAWN)

    def close(self, outcome: str) -> None:
        """The procurement is over."""
        model = self.model
        model.tally.procurement_closed(self, outcome)
        model.recorder.procurement(self, outcome, model.time)
        model.processes.pop(self.procurement.id, None)
        unbind(self)
        # Responses and process point at each other: let go, so that nothing waits for the garbage collector.
        self.consortia.clear()
        self.applicants.clear()
        self.responses.clear()
        self.shortlist.clear()
        self.winner = self.award = None
