"""A procurement as it is lived through: each stage an event scheduled by the one before.

The state machine and the scoring are institutions and stand in :mod:`market.procurement`; here commissioners and
bidders act in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.bidding import bid_cost, prepare_bid, wants_to_compete, writing_cost
from agents.delivery import ContractLife
from agents.events import event_handler
from agents.joint_bids import keep_agreement, meets_tests, submit_jointly, with_partners
from agents.volume import make_whole
from market.forms import FORMS
from market.ledger import WORLD, Reason
from market.procurement import DURATIONS, Bid, Lot, Procurement, Route, State, score_bids
from market.randomness import Purpose

if TYPE_CHECKING:
    from agents.commissioner import Commissioner
    from agents.joint_bids import Consortium
    from agents.model import CareMarket
    from agents.provider import Provider
    from agents.supply_chain import SupplyPlan
    from market.levers import PolicySpec
    from market.pathways import ServiceItem


class Response:
    """One organisation's part in one tender: answers the notice, bids."""

    __slots__ = ("__weakref__", "applied", "bid", "bidder", "consortium", "model", "plan", "qualified", "tender")

    def __init__(self, model: CareMarket, tender: TenderProcess, bidder: Provider) -> None:
        self.model = model
        self.tender = tender
        self.bidder = bidder
        self.applied = False
        self.qualified = False
        self.bid: Bid | None = None
        self.plan: SupplyPlan | None = None
        self.consortium: Consortium | None = None

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
            if tender.passes_selection(self):
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

    def _bid(self) -> None:
        model = self.model
        tender = self.tender
        decision = prepare_bid(model, self.bidder, tender, self.consortium)
        if decision is None:
            self.bidder.bids_in_hand -= 1
            model.log("no_bid", self.bidder.index, procurement=tender.procurement.id)
            return
        self.bid, self.plan = decision
        cost = bid_cost(model, self.bidder, tender)
        if self.consortium is None:
            model.ledger.post(model.time, self.bidder.account, WORLD, cost, Reason.BID_COST)
            self.bidder.market_cost += cost
        else:
            submit_jointly(self, cost)
        bidder = self.bidder
        tender.responses[bidder.index] = self
        tender.procurement.bids.append(self.bid)
        model.tally.bid(bidder)
        model.log("bid", bidder.index, procurement=tender.procurement.id, amount=self.bid.price)


class TenderProcess:
    """A procurement in progress: holds its responses, moves it through its states, and makes the award."""

    __slots__ = (
        "__weakref__",
        "able",
        "applicants",
        "commissioner",
        "engagement_months",
        "expected_bidders",
        "form",
        "held",
        "interested",
        "invited",
        "model",
        "on_market",
        "policy",
        "present_price",
        "procurement",
        "qualified",
        "responses",
        "usual",
        "usual_price",
        "winner",
        "writing_cost",
    )

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
        self.form = FORMS[policy.form]
        self.commissioner = commissioner
        self.procurement = procurement
        self.on_market = on_market
        self.engagement_months = policy.engagement_months if on_market else 0.0
        self.able = 0
        self.interested: list[Response] = []
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

    # What bidders may know ------------------------------------------------------------------------------

    def held_work(self, bidder: Provider) -> float:
        """Pence a year of the lot's work, by reference cost, that ``bidder`` delivers now."""
        return self.held.get(bidder.index, 0.0)

    def new_response(self, bidder: Provider) -> Response:
        """A response to this tender."""
        return Response(self.model, self, bidder)

    def room_for(self, bidder: Provider, item: ServiceItem, share: float = 1.0) -> bool:
        """Has ``bidder`` capacity for a share of ``item``, counting the staff that would come with it (TUPE, P 3.19)?

        An incumbent has the staff already.
        """
        function = item.function
        free = bidder.capacity[function] - bidder.committed[function]
        needed = share * item.reference_cost * (1.0 - self.model.scenario_data.behaviour.staff_transfer)
        if needed <= free:
            return True
        if bidder.index not in self.held:
            return False
        kept = sum(self.model.contracts[number].share_of(bidder, item) for number in item.contracts)
        return needed * (1.0 - kept) <= max(free, 0)

    # Stages ---------------------------------------------------------------------------------------------

    def _stay(self, state: State) -> float:
        low, high = DURATIONS[state]
        lot = self.procurement.lot
        return self.model.streams.between(low, high, Purpose.DURATION, lot.items[0].key, state, lot.items[0].rounds)

    def _move(self, state: State) -> None:
        model = self.model
        self.procurement.move(state, model.time)
        model.log("procurement_" + state.name.lower(), self.commissioner.index, procurement=self.procurement.id)

    def begin(self) -> None:
        """Enter options appraisal."""
        self.model.schedule(self.appraised, after=self._stay(State.APPRAISAL))

    @event_handler
    def appraised(self) -> None:
        """Appraisal is over."""
        self.proceed()

    def proceed(self) -> None:
        """Engage the market, publish, or talk to a provider directly."""
        if not self.on_market:
            self._negotiate()
        elif self.engagement_months > 0.0:
            self._move(State.ENGAGEMENT)
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

    def publish_now(self) -> None:
        """Publish: everyone who could take part hears of it and answers in its own time."""
        model = self.model
        self._move(State.NOTICE)
        self.look_around()
        notice = self._stay(State.NOTICE)
        questionnaire = self.procurement.route.questionnaire
        window = self._stay(State.QUESTIONNAIRE if questionnaire else State.TENDER)
        lot = self.procurement.lot
        first = lot.items[0]
        uniform = model.streams.uniform
        able = model.potential_bidders(lot, self.form)
        self.able = len(able)
        self.expected_bidders = model.record.believed_bidders(self)
        model.tally.opportunities(able)
        # Passing a notice by is no event: only those who would answer it are given a time to do so.
        willing = [Response(model, self, b) for b in able if wants_to_compete(model, b, self)]
        for response in with_partners(model, self, able, willing):
            self.interested.append(response)
            when = notice + window * uniform(Purpose.ATTENTION, response.bidder.key, first.key, first.rounds)
            model.schedule(response.answer_notice, after=when)
        self.commissioner.pay_for_procurement(self)
        if questionnaire:
            model.schedule(self.open_questionnaire, after=notice)
            model.schedule(self.select, after=notice + window)
        else:
            model.schedule(self.open_tender, after=notice)
            model.schedule(self.evaluate, after=notice + window)

    @event_handler
    def open_questionnaire(self) -> None:
        """The selection stage opens."""
        self._move(State.QUESTIONNAIRE)

    @event_handler
    def open_tender(self) -> None:
        """A single-stage tender opens."""
        self._move(State.TENDER)

    def passes_selection(self, response: Response) -> bool:
        """Turnover and guarantee tests (P 2.5, 3.8)."""
        model = self.model
        bidder = response.bidder
        members = [bidder] if response.consortium is None else response.consortium.members
        response.qualified = meets_tests(self, members)
        for member in members:
            model.tally.selected(member, response.qualified)
        if response.qualified:
            self.qualified += 1
        else:
            model.log("fails_selection", bidder.index, procurement=self.procurement.id)
        return response.qualified

    @event_handler
    def select(self) -> None:
        """Apply the selection tests, shortlist by judged quality, invite."""
        model = self.model
        passed = []
        for response in self.applicants:
            if response.bidder.alive and self.passes_selection(response):
                passed.append(response)
            else:
                response.bidder.bids_in_hand -= 1
        if not passed:
            self._fail(State.NO_BIDS)
            return
        limit = self.procurement.route.shortlist
        if limit and len(passed) > limit:
            passed.sort(key=lambda r: (-self._judged_quality(r.bidder, r.bidder.quality), r.bidder.index))
            for response in passed[limit:]:
                response.bidder.bids_in_hand -= 1
            passed = passed[:limit]
        self._move(State.TENDER)
        self.invited = len(passed)
        window = self._stay(State.TENDER)
        first = self.procurement.lot.items[0]
        for response in passed:
            u = model.streams.uniform(Purpose.ATTENTION, response.bidder.key, first.key, -1 - first.rounds)
            model.schedule(response.submit, after=window * (0.3 + 0.65 * u))
        model.schedule(self.evaluate, after=window)

    def _judged_quality(self, bidder: Provider, quality: float) -> float:
        """Quality as the commissioner sees it: blurred by the bid's gloss and its own skill in reading it."""
        model = self.model
        behaviour = model.scenario_data.behaviour
        first = self.procurement.lot.items[0]
        blind = 1.0 - self.commissioner.skill
        noise = model.streams.normal(Purpose.EVALUATION, bidder.key, first.key, first.rounds)
        judged = quality + blind * (
            behaviour.bid_writing_gloss * (bidder.skill - 0.5) + behaviour.evaluation_noise * noise
        )
        return 0.0 if judged < 0.0 else 1.0 if judged > 1.0 else judged

    @event_handler
    def evaluate(self) -> None:
        """Score what has been received and name a preferred bidder, or fail."""
        model = self.model
        procurement = self.procurement
        if not procurement.bids:
            self._fail(State.NO_BIDS)
            return
        self._move(State.EVALUATION)
        policy = self.policy
        budget = procurement.lot.budget
        for bid in procurement.bids:
            bidder = self.responses[bid.bidder].bidder
            bid.compliant = bid.price <= budget and bidder.alive
            bid.quality = self._judged_quality(bidder, bid.quality)
        model.record.tender_seen(self)
        ranked = score_bids(
            procurement.bids,
            price=policy.weight_price,
            quality=policy.weight_quality,
            social_value=policy.weight_social_value,
            integration=policy.weight_integration,
        )
        if not ranked:
            self._fail(State.OVER_BUDGET)
        elif len(procurement.bids) == 1 and not policy.accept_single_bid:
            self._fail(State.ONE_BID)
        else:
            model.schedule(self.prefer, after=self._stay(State.EVALUATION))
            best = ranked[0]
            self.winner = self.responses[best.bidder]
            model.tally.competition(procurement, ranked, self)

    @event_handler
    def prefer(self) -> None:
        """Tell everybody who the preferred bidder is; standstill begins."""
        model = self.model
        winner = self.winner
        if winner is None or winner.bid is None:
            raise RuntimeError("a procurement reached preferred bidder without one")
        self._move(State.PREFERRED)
        procurement = self.procurement
        procurement.winner = winner.bidder.index
        procurement.price = winner.bid.price
        for index, response in self.responses.items():
            response.bidder.bids_in_hand -= 1
            if response is winner:
                response.bidder.losses_in_row = 0
                if response.bidder.alive:
                    model.log("preferred", index, procurement=procurement.id, amount=procurement.price)
            else:
                response.bidder.losses_in_row += 1
        self._move(State.STANDSTILL)
        model.schedule(self.sign, after=self._stay(State.STANDSTILL))

    @event_handler
    def sign(self) -> None:
        """Sign the contract and its supply chain, then mobilise; a winner that is gone withdraws the award."""
        model = self.model
        winner = self.winner
        if winner is None or not winner.bidder.alive:
            self._fail(State.WITHDRAWN)
            return
        self._move(State.SIGNED)
        self._move(State.MOBILISATION)
        model.schedule(self.go_live, after=self._stay(State.SIGNED) + self._mobilisation())

    def _mobilisation(self) -> float:
        """Months to get ready: an incumbent that stays needs a tenth of what a newcomer does."""
        lot = self.procurement.lot
        winner = self.winner
        kept = 0.0
        if winner is not None and lot.reference_cost:
            kept = min(1.0, self.held_work(winner.bidder) / lot.reference_cost)
        return self._stay(State.MOBILISATION) * (1.0 - 0.9 * kept)

    @event_handler
    def go_live(self) -> None:
        """First day of the contract: items move from the old contracts to the new."""
        model = self.model
        winner = self.winner
        if winner is None or winner.bid is None or winner.plan is None or not winner.bidder.alive:
            self._fail(State.WITHDRAWN)
            return
        if not make_whole(model, winner.bidder, self.commissioner, winner.plan):
            self._fail(State.WITHDRAWN)
            return
        self._move(State.LIVE)
        life = ContractLife.from_award(model, self, winner.bid, winner.plan)
        keep_agreement(life, winner)
        model.award(life, self)
        self._close("awarded")

    # Without competition --------------------------------------------------------------------------------

    def _negotiate(self) -> None:
        """Ask those who do the work now, then those the commissioner trusts most, until one agrees."""
        model = self.model
        self.look_around()
        chosen = self.choose_directly()
        if chosen is None:
            self._fail(State.NO_BIDS)
            return
        self._move(State.PREFERRED)
        self.winner = chosen
        bid = chosen.bid
        self.procurement.winner = chosen.bidder.index
        self.procurement.price = bid.price if bid is not None else 0
        if bid is not None:
            self.procurement.bids.append(bid)
        self.commissioner.pay_for_procurement(self)
        model.schedule(self.sign, after=self._stay(State.PREFERRED))

    def choose_directly(self) -> Response | None:
        """Whom the commissioner agrees with, without competition."""
        return self.commissioner.choose_directly(self)

    # Endings --------------------------------------------------------------------------------------------

    def _fail(self, state: State) -> None:
        self._move(state)
        for response in self.responses.values():
            if state is not State.WITHDRAWN:
                response.bidder.bids_in_hand -= 1
        self._close(state.name.lower())
        self.commissioner.procurement_failed(self)

    def _close(self, outcome: str) -> None:
        model = self.model
        model.tally.procurement_closed(self, outcome)
        model.recorder.procurement(self, outcome, model.time)
        model.processes.pop(self.procurement.id, None)
        # Responses and process point at each other: let go, so that nothing waits for the garbage collector.
        self.interested.clear()
        self.applicants.clear()
        self.responses.clear()
        self.winner = None


def process_class(selection: str) -> type[TenderProcess]:
    """The kind of process by which holders of a form are found."""
    # Each builds on this module.
    from agents.alliance import Assembly
    from agents.choice import Accreditation
    from agents.frameworks import CallOff

    return {"accredit": Accreditation, "assemble": Assembly, "call_off": CallOff}.get(selection, TenderProcess)


def open_procurement(
    model: CareMarket,
    commissioner: Commissioner,
    items: list[ServiceItem],
    *,
    policy: PolicySpec,
    route: Route,
    attempt: int,
    budget: int,
) -> TenderProcess:
    """Start buying ``items`` on the terms of ``policy`` by ``route``; ``budget`` is pence a year."""
    for item in items:
        item.plan_for(model.time)
    lot = Lot(
        id=model.next_id("lot"),
        commissioner=commissioner.index,
        items=items,
        reference_cost=sum(i.reference_cost for i in items),
        budget=budget,
        round=max(i.rounds for i in items),
    )
    procurement = Procurement(id=model.next_id("procurement"), lot=lot, route=route, opened=model.time, attempt=attempt)
    process = process_class(FORMS[policy.form].selection)(
        model, commissioner, procurement, policy, on_market=route.competitive
    )
    model.processes[procurement.id] = process
    procurement.history.append((model.time, State.APPRAISAL))
    process.begin()
    return process
