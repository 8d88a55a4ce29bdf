"""A contract as it is lived through: quarterly delivery and payment, the yearly split of volume, review, expiry.

Costs fall on whoever does the work in the quarter it is done; the commissioner pays the holder after its payment
days, the holder pays its sub-contractors after theirs, or once it has been paid (P 3.12).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from caremarket.agents.contracts.activity_response import (
    ACUTE,
    Response,
    choose_activity,
    look_for_skimming,
    pay_for_care_elsewhere,
    treat,
)
from caremarket.agents.contracts.alliance_board import board_meets, new_host, split_with_board
from caremarket.agents.contracts.ending import holder_left, release_item, supplier_left
from caremarket.agents.contracts.extension import extended
from caremarket.agents.contracts.friction import feel_friction
from caremarket.agents.contracts.performance import cut_corners, look_at_performance
from caremarket.agents.contracts.review import review_year
from caremarket.agents.contracts.termination import leaves_early
from caremarket.agents.contracts.volume_split import split_subcontract
from caremarket.agents.costs.investment import NOTHING, investment_for
from caremarket.agents.costs.management import management_cost, reporting_cost
from caremarket.agents.costs.staff_transfer import pay_for_transfer
from caremarket.agents.entities.performance_level import standing_at
from caremarket.agents.entities.special_purpose_vehicle import Vehicle
from caremarket.agents.money.payment_flow import Clock, pay_down_the_chain, pay_invoice, send_invoice
from caremarket.agents.money.shared_accounts import settle
from caremarket.agents.money.withholding import withhold
from caremarket.agents.procurement.opened_services import choice_terms, open_to_choice
from caremarket.agents.procurement.options_appraisal import APPRAISE
from caremarket.agents.world.schedule import event_handler
from caremarket.market.contracts import Contract, ContractState, SubContract
from caremarket.market.ledger import WORLD, Reason
from caremarket.market.outcome_rules import at_risk_below
from caremarket.market.payments import BLOCK, PAYMENTS

if TYPE_CHECKING:
    from mesa.time import Event

    from caremarket.agents.bidding.make_or_buy import SupplyPlan
    from caremarket.agents.contracts.remedies import Failure
    from caremarket.agents.costs.staff_transfer import Present
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.model import CareMarket
    from caremarket.agents.money.pooled_budget import JointPurse
    from caremarket.agents.procurement.tender_process import TenderProcess
    from caremarket.agents.world.organisation import ExitReason
    from caremarket.market.levers import PolicySpec
    from caremarket.market.pathways import Need, ServiceItem
    from caremarket.market.procurement import Bid

QUARTER = 3.0
_CARE = int(Reason.CARE)
_MANAGEMENT = int(Reason.MANAGEMENT)


class Allocation:
    """A share of an item and who does it. Rates are pence a quarter at plan activity.

    ``fixed_rate`` and ``cost_rate`` are the deliverer's cost that does not and does follow activity;
    ``reporting_rate`` is what reporting on it costs the deliverer;
    ``whole_sub_rate`` is what the sub-contractor would get for the whole of the item, the other rates are for the
    share; ``full_cost`` is what the whole item costs the deliverer a year, with instalments on what it invested.
    ``response`` is how the deliverer departs from what need asks, None where it does not; ``waiting`` is who waits for
    it, in quarters at plan. ``standing`` is how far its performance lies above the standard before what comes and goes,
    ``cut`` the share of variable cost it saves by doing less,
    ``repaired`` whether a remedial plan put that right.
    """

    __slots__ = (
        "cost_rate",
        "cut",
        "deliverer",
        "failure",
        "fixed_rate",
        "full_cost",
        "head_rate",
        "item",
        "reference",
        "repaired",
        "reporting_rate",
        "response",
        "share",
        "standing",
        "sub",
        "waiting",
        "whole_sub_rate",
    )

    def __init__(self, item: ServiceItem, deliverer: Provider, sub: SubContract | None, full_cost: float) -> None:
        self.item = item
        self.deliverer = deliverer
        self.sub = sub
        self.share = 0.0
        self.full_cost = full_cost
        self.cost_rate = 0.0
        self.fixed_rate = 0.0
        self.whole_sub_rate = 0.0
        self.head_rate = 0.0
        self.reporting_rate = 0.0
        self.reference = 0.0
        self.response: Response | None = None
        self.waiting = 0.0
        self.standing = standing_at(deliverer, item.key)
        self.cut = 0.0
        self.repaired = False
        self.failure: Failure | None = None


class ContractLife:
    """A contract in force and the events of its life."""

    __slots__ = (
        "__weakref__",
        "_quarters",
        "_values",
        "allocations",
        "bearing",
        "books",
        "capped",
        "commissioner",
        "contract",
        "deferrals",
        "due",
        "expiry",
        "failures",
        "friction",
        "gain_share",
        "guarantee_share",
        "held_back",
        "held_back_for",
        "holder",
        "investment",
        "invoices",
        "last_delivery",
        "management_rate",
        "model",
        "noticed",
        "owed",
        "payment",
        "planned",
        "purse",
        "repaid_at",
        "set_off",
        "shadow_until",
        "shift_rate",
        "start_population",
        "surplus",
        "terms",
    )

    def __init__(self, model: CareMarket, contract: Contract, terms: PolicySpec) -> None:
        self.model = model
        self.terms = terms
        self.contract = contract
        self.holder: Provider = model.provider(contract.holder)
        self.holder.party_to[contract.id] = self
        self.commissioner = model.commissioners[contract.commissioner]
        self.purse: JointPurse | None = None
        self.allocations: list[Allocation] = []
        self.last_delivery = model.time
        self.noticed = False
        self.management_rate = 0.0
        self.held_back = 0.0
        # The same by item: outcomes are of a pathway and function.
        self.held_back_for: dict[ServiceItem, float] = {}
        # Contracts that were not let on the terms of the day are plain blocks: nothing is shared or in shadow.
        let = contract.procurement >= 0
        # Where risk is pooled, its own books share gain and pain.
        self.gain_share = terms.gain_share if let and not contract.form.pooled_risk else 0.0
        self.guarantee_share = terms.guarantee_share if let else 0.0
        # What its deliverers invest in the work, and when they have paid that back.
        self.investment = NOTHING
        self.repaid_at = contract.end
        self.surplus = 0.0
        self.shadow_until = contract.start + terms.shadow_months if let and terms.shadow_months else -1.0
        self.payment = BLOCK if self.shadow_until > model.time else contract.payment
        self.capped = model.scenario_data.mechanisms.volume_response
        self.shift_rate = 0.0
        self._quarters = 0
        self.deferrals = 0
        self.start_population = contract.items[0].need.population(model.time)
        # Invoices to the commissioner: (pence, month, dues of sub-contractors, who pays those and when).
        self.invoices: deque[tuple[int, float, list[tuple[SubContract, int]], Clock]] = deque()
        self.due: deque[tuple[list[tuple[SubContract, int]], float]] = deque()
        self.owed: dict[int, float] = {}
        self.failures: list[Failure] = []
        # What not working together takes off everybody's performance.
        self.friction = 0.0
        self.set_off = 0
        self.expiry = contract.end
        self.planned: dict[str, Event] = {}
        self._values: dict[int, float] = {}
        # What members of an alliance or sponsors of a vehicle have to settle, pence by organisation.
        joint = contract.form.pooled_risk or isinstance(self.holder, Vehicle)
        self.books: dict[int, float] | None = {} if joint else None
        self.bearing: dict[int, float] = {}

    # Beginning ------------------------------------------------------------------------------------------

    @classmethod
    def from_award(
        cls, model: CareMarket, tender: TenderProcess, bid: Bid, plan: SupplyPlan, present: Present
    ) -> ContractLife:
        """The contract that an award leads to, with the chain the bid promised; ``present`` is who had the staff."""
        policy = tender.policy
        procurement = tender.procurement
        now = model.time
        contract = Contract(
            id=model.next_id("contract"),
            procurement=procurement.id,
            commissioner=tender.commissioner.index,
            holder=bid.bidder,
            form=tender.form,
            payment=PAYMENTS[policy.payment],
            items=list(procurement.lot.items),
            price=procurement.price,
            start=now,
            end=now + 12.0 * policy.duration_years,
            outcome_share=policy.outcome_share,
            indicators=policy.indicators,
            round=procurement.lot.round,
        )
        life = cls(model, contract, policy)
        life.purse = tender.purse
        life.bearing = dict(plan.bearing)
        life.investment = investment_for(model, policy.duration_years)
        for item in contract.items:
            model.vacate(item)
        for part in plan.parts:
            deliverer = part.deliverer
            sub = None
            if deliverer is not life.holder:
                sub = life.sign_subcontract(deliverer, part.items, part.price, part.share)
            for item in part.items:
                life.allocate(item, deliverer, part.share, sub)
        pay_for_transfer(life, present)
        return life

    def sign_subcontract(self, supplier: Provider, items: list[ServiceItem], price: float, share: float) -> SubContract:
        """Sign on the terms the lead offers; ``price`` is pence a year for the whole of the items."""
        model = self.model
        policy = self.terms
        sub = SubContract(
            id=model.next_id("subcontract"),
            head=self.contract.id,
            supplier=supplier.index,
            items=list(items),
            price=round(price),
            promised=share,
            share=share,
            flow_down=policy.flow_down,
            guarantee=policy.volume_guarantee,
            payment_days=policy.subcontract_payment_days,
            pay_when_paid=policy.pay_when_paid,
            start=model.time,
            at_risk=at_risk_below(policy.outcome_rule, self.contract.outcome_share, policy.flow_down),
        )
        self.contract.subcontracts.append(sub)
        supplier.party_to[self.contract.id] = self
        model.tally.subcontracts_signed += 1
        model.log("subcontract", supplier.index, self.holder.index, contract=self.contract.id, amount=sub.price)
        return sub

    def allocate(
        self,
        item: ServiceItem,
        deliverer: Provider,
        share: float,
        sub: SubContract | None,
        *,
        transfer: bool = True,
    ) -> Allocation:
        """Give a share of an item to a deliverer."""
        allocation = Allocation(item, deliverer, sub, self.cost_to(deliverer, item))
        allocation.standing -= self.friction
        self.allocations.append(allocation)
        deliverer.supplies[self.contract.id] = self
        self.resize(allocation, share, transfer=transfer)
        return allocation

    def resize(self, allocation: Allocation, share: float, *, transfer: bool = True) -> None:
        """Set a share, and the deliverer's commitments and fixed cost base with it."""
        item = allocation.item
        deliverer = allocation.deliverer
        if allocation.share:
            deliverer.give_up(item.function, allocation.reference, allocation.full_cost * allocation.share)
        allocation.share = share
        allocation.reference = item.reference_cost * share
        if not share and allocation.failure is not None:
            allocation.failure.end()
        if share:
            yearly = allocation.full_cost * share
            deliverer.take_on(item.function, allocation.reference, yearly, transfer=transfer)
        quarterly = allocation.full_cost * share / 4.0
        allocation.fixed_rate = quarterly * deliverer.fixed_share
        allocation.cost_rate = (quarterly - allocation.fixed_rate) * (1.0 - allocation.cut)
        reporting = reporting_cost(self.model, deliverer, self.contract.indicators, allocation.reference)
        allocation.reporting_rate = reporting / 4.0
        sub = allocation.sub
        if sub is not None:
            reference = sum(i.reference_cost for i in sub.items)
            allocation.whole_sub_rate = sub.price * item.reference_cost / reference / 4.0

    def begin(self) -> None:
        """First day: price is spread over items, and the events of the contract's life are scheduled."""
        model = self.model
        contract = self.contract
        contract.move(ContractState.LIVE)
        model.contracts[contract.id] = self
        self.holder.holdings[contract.id] = self
        for item in contract.items:
            item.contracts.append(contract.id)
        self.spread_price()
        feel_friction(self)
        for pathway in {i.pathway for i in contract.items}:
            for deliverer in {a.deliverer.index: a.deliverer for a in self.allocations}.values():
                deliverer.track[pathway] = deliverer.track.get(pathway, 0) + 1
        self._plan(self.deliver_quarter, after=QUARTER)
        self.plan_next_procurement()

    def plan_next_procurement(self) -> None:
        """Go to the market as long before the end as buying takes on average."""
        # Where forms are chosen one by one, the route of this contract is the best guess at that of the next.
        model = self.model
        ahead = self.terms if model.policy.form == APPRAISE else model.policy
        items = self.contract.items
        if items and all(open_to_choice(model, item, model.policy) for item in items):
            ahead = choice_terms(model.policy)
        lead_time = self.model.procurement.lead_time(ahead)
        self._plan(self.approach_expiry, at=max(self.model.time, self.expiry - lead_time))

    def _plan(self, handler: Callable[[], None], *, after: float | None = None, at: float | None = None) -> None:
        """Schedule the next event of a kind; it replaces one that is still to come, and ends with the contract."""
        name = handler.__name__
        earlier = self.planned.get(name)
        if earlier is not None:
            self.model.cancel(earlier)
        self.planned[name] = self.model.schedule(handler, after=after, at=at)

    def spread_price(self) -> None:
        """Spread the yearly price over allocations by reference cost and share; update market values."""
        contract = self.contract
        reference = sum(i.reference_cost for i in contract.items)
        for allocation in self.allocations:
            weight = allocation.item.reference_cost / reference if reference else 0.0
            allocation.head_rate = contract.price * weight * allocation.share / 4.0
        suppliers = {s.supplier for s in contract.subcontracts if s.end < 0}
        paid = sum(a.whole_sub_rate * a.share * 4.0 for a in self.allocations)
        self.management_rate = management_cost(self.model, self.terms, self.holder, len(suppliers), paid) / 4.0
        values = {self.holder.index: sum([a.head_rate for a in self.allocations]) * 4.0}
        for allocation in self.allocations:
            if allocation.sub is not None:
                index = allocation.deliverer.index
                values[index] = values.get(index, 0.0) + allocation.whole_sub_rate * allocation.share * 4.0
        self.revalue(values)
        choose_activity(self)

    def revalue(self, values: dict[int, float]) -> None:
        """Move everybody's market value by what has changed in what this contract is worth to them a year."""
        provider = self.model.provider
        for index, before in self._values.items():
            provider(index).market_value -= before
        for index, value in values.items():
            provider(index).market_value += value
        self._values = values

    def forget(self) -> None:
        """The last bill is paid: nobody has to do with this contract any more."""
        provider = self.model.provider
        number = self.contract.id
        self.holder.party_to.pop(number, None)
        for sub in self.contract.subcontracts:
            provider(sub.supplier).party_to.pop(number, None)

    def paid_to(self, supplier: Provider) -> float:
        """Pence a year that a sub-contractor gets under this contract at plan."""
        return sum(a.whole_sub_rate * a.share * 4.0 for a in self.allocations if a.deliverer is supplier)

    # Who does the work ----------------------------------------------------------------------------------

    def deliverers(self, item: ServiceItem) -> list[tuple[Provider, float]]:
        """Who does an item, with shares."""
        return [(a.deliverer, a.share) for a in self.allocations if a.item is item and a.share]

    def cost_to(self, provider: Provider, item: ServiceItem) -> float:
        """Pence a year that all of an item costs a provider under this contract, done as its term makes worth while."""
        return provider.true_cost(item) * self.investment.factor

    def price_of(self, item: ServiceItem) -> float:
        """Pence a year that the commissioner pays for an item under this contract."""
        return sum([a.head_rate for a in self.allocations if a.item is item]) * 4.0

    def share_of(self, provider: Provider, item: ServiceItem) -> float:
        """Share of an item that a provider does."""
        return sum(a.share for a in self.allocations if a.item is item and a.deliverer is provider)

    # Quarterly delivery and payment ---------------------------------------------------------------------

    @event_handler
    def deliver_quarter(self) -> None:
        """Deliver what the quarter needed and invoice it; each first quarter split volume, each fourth review.

        Twice a year, when the accounts show what the contract earns, its holder considers whether to carry on.
        """
        del self.planned["deliver_quarter"]
        self.deliver()
        self._quarters += 1
        look_at_performance(self)
        if self._quarters % 4 == 1:
            self._split_volume()
            look_for_skimming(self)
            choose_activity(self)
            cut_corners(self)
        elif self._quarters % 4 == 0:
            review_year(self)
        if self._quarters % 2 == 0 and leaves_early(self):
            return
        if self.books is not None:
            self._close_books()
            if not self.contract.running:
                return
        self._plan(self.deliver_quarter, after=QUARTER)

    def deliver(self) -> None:
        """Deliver since the last time: costs now, invoice now, money later."""
        model = self.model
        now = model.time
        fraction = (now - self.last_delivery) / QUARTER
        if fraction <= 0.0:
            return
        self.last_delivery = now
        contract = self.contract
        quarter = int((now - 1e-9) // QUARTER)
        streams = model.streams
        post = model.ledger.post
        contract_id = contract.id
        if self.shadow_until >= 0.0 and now > self.shadow_until + 1e-9:
            self._leave_shadow()
        payment = self.payment
        by_severity = payment.severity > 0.0
        capped = self.capped
        at_stake = self.outcome_at_stake()
        need: Need | None = None
        cases = population = factor = 1.0
        gross = own = refused = over = 0.0
        needed = done = acute_planned = acute_done = 0.0
        owed = 0
        dues: list[tuple[SubContract, int]] = []
        books = self.books
        managed = 0
        running = self.management_rate
        for allocation in self.allocations:
            item = allocation.item
            if item.need is not need:
                need = item.need
                population = need.population(now) / self.start_population
                cases = need.demand(quarter) * population
                patients = self._patients(cases, population) if payment.patients else 1.0
                factor = payment.factor(cases, population, patients)
            deliverer = allocation.deliverer
            function = item.function
            head, below = factor, 0.0
            if allocation.share:
                case_cost = item.case_cost(streams, quarter)
                work = given = cases
                if (
                    allocation.response is not None
                    or by_severity
                    or allocation.waiting
                    or (capped and cases * deliverer.committed[function] > deliverer.capacity[function])
                ):
                    volume, effort, head, below, away, unmet = treat(self, allocation, cases, population, case_cost)
                    work = volume + effort / case_cost
                    # Who is turned away is given care elsewhere.
                    given = volume + away + unmet
                    refused += away * allocation.reference
                    over += unmet * allocation.reference
                elif allocation.sub is not None:
                    below = cases + allocation.sub.flow_down * (factor - cases)
                reference = allocation.reference
                needed += reference * cases
                done += reference * given
                if function == ACUTE:
                    acute_planned += reference
                    acute_done += reference * given
                cost = int((allocation.fixed_rate + allocation.cost_rate * work * case_cost) * fraction)
                post(now, deliverer.account, WORLD, cost, _CARE, contract_id)
                deliverer.market_cost += cost
                earned = allocation.head_rate * head
                gross += earned
                if at_stake:
                    held = earned * fraction * at_stake
                    self.held_back_for[item] = self.held_back_for.get(item, 0.0) + held
                if deliverer is self.holder:
                    own += cost
                    running += allocation.reporting_rate
                elif allocation.reporting_rate:
                    reporting = int(allocation.reporting_rate * fraction)
                    post(now, deliverer.account, WORLD, reporting, _MANAGEMENT, contract_id)
                    deliverer.market_cost += reporting
                    cost += reporting
                if books is not None:
                    books[deliverer.index] = books.get(deliverer.index, 0.0) - cost
            sub = allocation.sub
            if sub is not None:
                whole = allocation.whole_sub_rate * fraction
                plan = whole * allocation.share
                at_risk = sub.at_risk if at_stake else 0.0
                due = int(plan * below * (1.0 - at_risk))
                dues.append((sub, due))
                deliverer.receivable += due
                owed += due
                if books is not None:
                    books[deliverer.index] = books.get(deliverer.index, 0.0) + due
                if at_risk:
                    self.owed[sub.id] = self.owed.get(sub.id, 0.0) + plan * below * at_risk
                sub.delivered_value += plan
                sub.promised_value += whole * sub.promised
        income = gross * fraction
        self.held_back += income * at_stake
        if running:
            managed = int(running * fraction)
            post(now, self.holder.account, WORLD, managed, _MANAGEMENT, contract_id)
            self.holder.market_cost += managed
            own += managed
        if self.shift_rate:
            moving = int(self.shift_rate * fraction)
            post(now, self.holder.account, WORLD, moving, _CARE, contract_id)
            self.holder.market_cost += moving
            own += moving
        invoice = int(income * (1.0 - at_stake))
        if self.failures:
            invoice = withhold(self, invoice, dues)
            owed = sum([due for _, due in dues])
        if self.gain_share and self.shadow_until < 0.0:
            self.surplus += invoice - own - owed * (1.0 - self.terms.management_fee)
        if refused or over:
            pay_for_care_elsewhere(self, refused * fraction / 4.0, over * fraction / 4.0)
        model.tally.activity.delivered(fraction / 4.0, needed, done, acute_planned, acute_done, refused)
        self.holder.receivable += invoice - owed
        if books is not None:
            books[self.holder.index] = books.get(self.holder.index, 0.0) + invoice - owed - managed
        send_invoice(self, invoice, dues)

    def outcome_at_stake(self) -> float:
        """Share of payment held back against outcomes now: nothing while the payment model runs in shadow."""
        return self.contract.outcome_share if self.shadow_until < 0.0 else 0.0

    def _patients(self, cases: float, population: float) -> float:
        """People with the condition relative to plan: of demand, the part that is their number."""
        share = self.model.scenario_data.behaviour.activity.register_share
        return population + share * (cases - population)

    def _leave_shadow(self) -> None:
        """The payment model comes into force, and with it what it rewards."""
        self.shadow_until = -1.0
        self.payment = self.contract.payment
        choose_activity(self)

    @event_handler
    def be_paid(self) -> None:
        """The commissioner pays the oldest invoice."""
        pay_invoice(self)

    @event_handler
    def pay_subcontractors(self) -> None:
        """The holder pays what is due down the chain."""
        pay_down_the_chain(self)

    def _close_books(self) -> None:
        """Sponsors settle with their vehicle each quarter; an alliance's board meets once a year."""
        if isinstance(self.holder, Vehicle):
            settle(self)
        elif self._quarters % 4 == 0:
            board_meets(self)

    # Yearly ---------------------------------------------------------------------------------------------

    def _split_volume(self) -> None:
        """The lead splits volume between itself, its main and its named sub-contractors, to suit itself (P 1.11).

        It gains the difference between what it pays and what the work costs it (its own variable cost when it has
        spare capacity); guarantees bind it, and what monitoring sees costs it.
        """
        joint = self.contract.form.joint_holding
        changed = joint and split_with_board(self)
        for sub in self.contract.subcontracts:
            if sub.end < 0 and sub.promised < 1.0 and not (joint or sub.agreed):
                changed |= split_subcontract(self, sub)
        if changed:
            self.spread_price()

    # Ending ---------------------------------------------------------------------------------------------

    @event_handler
    def approach_expiry(self) -> None:
        """Time to buy again: what the contract covers goes back to the market before it ends."""
        del self.planned["approach_expiry"]
        if not self.noticed and extended(self):
            return
        self._plan(self.reach_expiry, at=max(self.model.time, self.expiry))
        self.commissioner.procure(list(self.contract.items))

    @event_handler
    def reach_expiry(self) -> None:
        """The agreed end: without a successor the contract is held over until there is one."""
        del self.planned["reach_expiry"]
        contract = self.contract
        if contract.state is ContractState.LIVE and self.model.time >= self.expiry - 1e-9:
            contract.move(ContractState.HELD_OVER)
            self.model.log("held_over", self.holder.index, contract=contract.id)

    def extend_term(self, expiry: float, approach: float) -> None:
        """Prolong the contract to month ``expiry``; what it covers goes to the market in month ``approach``."""
        self.expiry = max(self.expiry, expiry)
        if "reach_expiry" in self.planned:
            self._plan(self.reach_expiry, at=self.expiry)
        if "approach_expiry" in self.planned:
            self._plan(self.approach_expiry, at=max(approach, self.model.time))

    def give_notice(self, loss: int, why: str) -> None:
        """The holder will not carry on: the term ends a notice from now, and what it covers goes to the market.

        ``loss`` is what it expects to lose by staying, in pence; ``why`` goes into the event log.
        """
        model = self.model
        self.noticed = True
        model.oversight.handed_back += 1
        model.tally.early_terminations += 1
        model.trust.broken(self.holder.key, self.commissioner.key, model.time)
        number = self.contract.id
        model.log("gives_notice", self.holder.index, self.commissioner.index, contract=number, amount=loss, detail=why)
        self.expiry = self.contract.end = model.time + model.scenario_data.behaviour.life.notice_months
        self._plan(self.approach_expiry, after=0.0)

    def bridge(self, months: float) -> None:
        """Carry on for some months beyond the present end, then go to the market again."""
        model = self.model
        self.expiry = max(self.expiry, model.time) + months
        self._plan(self.approach_expiry, after=months)

    def release(self, item: ServiceItem) -> None:
        """Hand an item over to a new contract."""
        release_item(self, item)

    def holder_left(self, reason: ExitReason) -> None:
        """The holder is gone: care must go on under somebody else at once, and the lot goes back to the market."""
        if not (self.contract.form.joint_holding and new_host(self)):
            holder_left(self, reason)

    def supplier_left(self, supplier: Provider) -> None:
        """A deliverer is gone: the holder does the work itself or finds another."""
        supplier_left(self, supplier)
