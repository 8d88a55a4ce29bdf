"""The world: clock, schedule, random numbers, books, and everyone in it."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from mesa.time import Event, EventGenerator, Priority, Schedule

from caremarket.agents.contracts.lifecycle import ContractLife
from caremarket.agents.contracts.monitoring import Oversight
from caremarket.agents.costs.supplier_experience import PartnerMemory
from caremarket.agents.entities.commissioner import Commissioner
from caremarket.agents.entities.independent import IndependentProvider
from caremarket.agents.entities.prime import PrimeContractor
from caremarket.agents.entities.provider import Provider
from caremarket.agents.entities.special_purpose_vehicle import Vehicle
from caremarket.agents.entities.third_sector import ThirdSectorProvider
from caremarket.agents.entities.trust import Trust
from caremarket.agents.market_structure.entry import EntryWatch
from caremarket.agents.market_structure.mergers import MergerDesk
from caremarket.agents.market_structure.reforms_and_shocks import plan_occasions
from caremarket.agents.market_structure.regulator import Regulator
from caremarket.agents.money.outcome_claims import OutcomePayments
from caremarket.agents.population import build_population
from caremarket.agents.primary_care import PrimaryCare
from caremarket.agents.primary_care.federation import GPFederation, Practice, PracticeGroup, PracticeNetwork
from caremarket.agents.procurement.caretaker import keep_care_going
from caremarket.agents.procurement.challenge import chance_upheld
from caremarket.agents.procurement.collaboration import Collaboration
from caremarket.agents.procurement.initial_contracts import begin_with_incumbents, start_directly
from caremarket.agents.procurement.lots import in_words
from caremarket.agents.procurement.options_appraisal import APPRAISE, Appraiser
from caremarket.agents.procurement.procurement_desk import ProcurementDesk
from caremarket.agents.records.market_beliefs import MarketRecord
from caremarket.agents.records.recorder import Recorder
from caremarket.agents.records.structure import Structure
from caremarket.agents.records.summary import summarise, yearly_rows
from caremarket.agents.records.tally import Tally
from caremarket.agents.world.clock import QuietClock
from caremarket.agents.world.result import Number, RunResult
from caremarket.agents.world.schedule import NORMAL, event_handler, new_event
from caremarket.market.compatibility import clash
from caremarket.market.contracts import ContractState
from caremarket.market.errors import ConfigurationError, LostEventError
from caremarket.market.forms import FORMS
from caremarket.market.ledger import Ledger
from caremarket.market.pathways import FUNCTION_INDEX, FUNCTIONS, Need, ServiceItem
from caremarket.market.payments import PAYMENTS
from caremarket.market.procurement import ROUTES, Lot
from caremarket.market.randomness import Streams, entity_key
from caremarket.market.relationships import TrustNetwork

if TYPE_CHECKING:
    from caremarket.agents.costs.staff_transfer import Present
    from caremarket.agents.procurement.submission import Response
    from caremarket.agents.procurement.tender_process import TenderProcess
    from caremarket.agents.world.blueprint import ProviderSeed
    from caremarket.agents.world.organisation import Organisation
    from caremarket.market.forms import ContractForm
    from caremarket.market.levers import PolicySpec
    from caremarket.market.scenario import PathwaySpec, Scenario

PROVIDER_CLASSES: dict[str, type[Provider]] = {
    "acute_trust": Trust,
    "community_trust": Trust,
    "mental_health_trust": Trust,
    "gp_federation": GPFederation,
    "third_sector": ThirdSectorProvider,
    "independent": IndependentProvider,
    "prime": PrimeContractor,
}


class MeasuredPart(Protocol):
    """A part of the market that contributes to the summary."""

    def measures(self) -> dict[str, Number]:
        """Summary name -> value, over the run so far."""
        ...


class Errand:
    """A commissioner's note to itself to go to the market for an item."""

    __slots__ = ("__weakref__", "commissioner", "item", "model")

    def __init__(self, model: CareMarket, commissioner: Commissioner, item: ServiceItem) -> None:
        self.model = model
        self.commissioner = commissioner
        self.item = item

    @event_handler
    def run(self) -> None:
        """Go to the market unless that has been done."""
        self.model.errands.discard(self)
        self.commissioner.procure([self.item])


class CareMarket(QuietClock):
    """A market for care contracts, advanced by events in continuous months from 1 April 2013.

    Args:
        scenario: everything the run depends on besides the seed.
        seed: run seed in [0, 2**63).

    Attributes:
        scenario_data: the frozen scenario (``scenario`` belongs to Mesa).
        policy: the policy of the day; reforms replace it.
        organisations: everyone, by index; those that left stay listed with ``alive`` False.
        contracts: contracts in force by id.
        winding_up: contracts that ended with bills still owed, by id.
        processes: procurements in progress by id.
        outcome_payments: what has been paid for which outcome, whoever pays.
        procurement: what outlasts a single procurement.
        hears_challenge: chance that a challenge by a loser is upheld, as whoever hears it sees the case.
        mergers: where providers look for partners; None where they do not merge.
        regulator: None where there is none.
        appraiser: chooses contract forms for commissioners; None where no policy leaves that to them.
        partners: what leads remember of their partners; None where they do not.
        parts: what else contributes to the summary.
    """

    def __init__(self, scenario: Scenario, seed: int) -> None:
        super().__init__(rng=0)
        # Nothing ticks: Mesa starts every model with a recurring step.
        self._default_schedule.stop()
        self._event_list.compact()
        self.scenario_data = scenario
        # The model has an event of its own: handlers find the model through their owner.
        self.model = self
        self.streams = Streams(seed)
        self.executed = 0
        self.scheduled = 0
        self.cancelled = 0
        self.checks_each_event = scenario.record.check_ledger == "event"
        self.policy = scenario.policy
        policies = (scenario.policy, *(p for _, _, p in scenario.reforms()))
        appraises = any(policy.form == APPRAISE for policy in policies)
        for policy in policies:
            if policy.form != APPRAISE:
                _known(FORMS, "policy.form", policy.form)
            _known(PAYMENTS, "policy.payment", policy.payment)
            _known(ROUTES, "policy.route", policy.route)
            _sensible(policy)
        if appraises:
            for form in scenario.behaviour.learning.appraisal_forms:
                _known(FORMS, "behaviour.learning.appraisal_forms", form)
        self.appraiser = Appraiser(self) if appraises else None
        self.ledger = Ledger(journal=scenario.record.postings)
        self.procurement = ProcurementDesk(self)
        # Who hears challenges and how likely it is to uphold one; a regulator may take the place of this.
        self.hears_challenge: Callable[[TenderProcess, Response], float] = chance_upheld
        self.record = MarketRecord(self)
        self.tally = Tally(self)
        self.recorder = Recorder(self)
        self.records_events = scenario.record.events
        trust = scenario.market.initial_trust
        behaviour = scenario.behaviour
        self.trust = TrustNetwork(
            self.streams,
            mean=trust.mean,
            sd=trust.sd,
            decay_per_year=behaviour.trust_decay_per_year,
            gain=behaviour.trust_gain,
            loss=behaviour.trust_loss,
            dynamic=scenario.mechanisms.trust_dynamics,
        )
        self.partners = PartnerMemory(self) if scenario.mechanisms.partner_memory else None
        self.pathways: tuple[PathwaySpec, ...] = scenario.pathways
        self.organisations: list[Organisation] = []
        self.commissioners: dict[int, Commissioner] = {}
        self.federations_by_commissioner: dict[str, list[PracticeGroup]] = {}
        self.items: list[ServiceItem] = []
        self.contracts: dict[int, ContractLife] = {}
        self.winding_up: dict[int, ContractLife] = {}
        self.processes: dict[int, TenderProcess] = {}
        self.errands: set[Errand] = set()
        self.outcome_payments = OutcomePayments(self)
        self.oversight = Oversight(self)
        self.collaboration = Collaboration(self)
        self.parts: list[MeasuredPart] = [self.procurement, self.outcome_payments, self.oversight, self.collaboration]
        # Log standard deviation of a newcomer's cost estimate by commissioner and months of engagement.
        self.outsiders_sigma: dict[tuple[int, float], float] = {}
        self._bidders: dict[tuple[str, int], list[Provider]] = {}
        self._primes: dict[str, list[Provider]] = {}
        self._areas: dict[str, str] = {}
        self._ids: dict[str, int] = {}
        self._year = 0
        mechanisms = scenario.mechanisms
        self.mergers = MergerDesk(self) if mechanisms.mergers else None
        self.notes = self._populate()
        self.regulator = Regulator(self) if mechanisms.regulation else None
        if self.regulator is not None:
            self.hears_challenge = self.regulator.chance_upheld
        self.parts.append(Structure(self))

    # Schedule -------------------------------------------------------------------------------------------

    def schedule(
        self,
        handler: Callable[[], None],
        *,
        after: float | None = None,
        at: float | None = None,
        priority: int = NORMAL,
    ) -> Event:
        """Schedule an event handler; see :mod:`caremarket.agents.world.schedule`.

        Puts the event on Mesa's list the way Mesa's own recurring events do, instead of through ``schedule_event``,
        so that it can be one that compares fast.

        Raises:
            ValueError: the time lies in the past, or not exactly one of ``after`` and ``at`` is given.
        """
        now = self.time
        if after is not None and at is None:
            when = now + after
        elif at is not None and after is None:
            when = at
        else:
            raise ValueError("give exactly one of after and at")
        if when < now:
            raise ValueError(f"month {when:g} is past; it is month {now:g}")
        self.scheduled = number = self.scheduled + 1
        event = new_event(when, handler, number, priority)
        self._event_list.add_event(event)
        return event

    def schedule_event(
        self,
        function: Callable[[], None],
        *,
        at: float | None = None,
        after: float | None = None,
        priority: Priority = Priority.DEFAULT,
    ) -> Event:
        """Mesa's way of scheduling; all events of this model are of the kind that compares fast."""
        return self.schedule(function, after=after, at=at, priority=priority.value)

    def schedule_recurring(
        self, function: Callable[[], None], schedule: Schedule, priority: Priority = Priority.DEFAULT
    ) -> EventGenerator:
        """Not offered: events here schedule the ones after them.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError("CareMarket has no recurring events: a handler schedules the next with schedule()")

    def cancel(self, event: Event) -> None:
        """Cancel an event that has not happened yet."""
        event.cancel()
        self.cancelled += 1

    def pending(self) -> int:
        """Events scheduled and neither executed nor cancelled."""
        return sum(not e.CANCELED for e in self._event_list._events)

    def check_no_event_lost(self) -> None:
        """Raise :class:`LostEventError` unless scheduled = executed + cancelled + pending."""
        pending = self.pending()
        if self.scheduled != self.executed + self.cancelled + pending:
            raise LostEventError(
                f"{self.scheduled} events scheduled, {self.executed} executed, {self.cancelled} cancelled, "
                f"{pending} pending"
            )

    def next_id(self, what: str) -> int:
        """Next number of a kind of thing, from 0."""
        number = self._ids.get(what, 0)
        self._ids[what] = number + 1
        return number

    # Time -----------------------------------------------------------------------------------------------

    def run_until(self, end_time: float) -> None:
        """Run to a month, in one step or in many with the same result, noting positions on the way.

        Months past are let be. Positions are looked at between events: they are none themselves.
        """
        due = self.recorder.next_position()
        while due is not None and due <= end_time:
            if due > self.time:
                super().run_until(due)
            self.recorder.note_positions(max(due, self.time))
            due = self.recorder.next_position()
        if end_time > self.time:
            super().run_until(end_time)

    def run_for(self, duration: float) -> None:
        """Run for some months; see :meth:`run_until`."""
        self.run_until(self.time + duration)

    # Population -----------------------------------------------------------------------------------------

    def _populate(self) -> tuple[str, ...]:
        scenario = self.scenario_data
        blueprint = build_population(scenario, self.streams)
        by_id: dict[str, Commissioner] = {}
        for seed in blueprint.commissioners:
            self._areas[seed.area] = seed.region
            by_id[seed.id] = Commissioner(self, seed)
        for provider_seed in blueprint.providers:
            self._areas.setdefault(provider_seed.area, provider_seed.region)
        providers = {s.id: self.add_provider(s) for s in blueprint.providers}
        groups: dict[str, PracticeGroup] = {p.id: p for p in providers.values() if isinstance(p, GPFederation)}
        groups |= {n.id: PracticeNetwork(self, n) for n in blueprint.networks}
        members: dict[str, list[Practice]] = {}
        practices: list[Practice] = []
        for practice_seed in blueprint.practices:
            home = by_id[practice_seed.commissioner]
            practice = Practice(self, practice_seed, home.area, home.region)
            practices.append(practice)
            if practice_seed.federation is not None:
                members.setdefault(practice_seed.federation, []).append(practice)
        for group_id, founders in members.items():
            groups[group_id].found(founders)
            for code in dict.fromkeys(p.commissioner for p in founders):
                self.federations_by_commissioner.setdefault(code, []).append(groups[group_id])
        self.primary_care = PrimaryCare(self, practices, by_id)
        self.primary_care.start_networks(practices)
        self.parts.append(self.primary_care)
        self._lay_out_services(by_id.values())
        begin_with_incumbents(self, blueprint, by_id, providers)
        for commissioner in by_id.values():
            commissioner.start()
        self.entry_watches = [
            EntryWatch(self, area, region, entity_key("area", area)) for area, region in sorted(self._areas.items())
        ]
        for watch in self.entry_watches:
            self.schedule(watch.look, at=12.0)
        self.schedule(self.close_year, at=12.0)
        self.occasions = plan_occasions(self)
        return blueprint.notes

    def _lay_out_services(self, commissioners: Iterable[Commissioner]) -> None:
        """One item for each commissioner, pathway and function with a share of the cost."""
        behaviour = self.scenario_data.behaviour
        risky = self.scenario_data.mechanisms.demand_risk
        for commissioner in commissioners:
            for p, pathway in enumerate(self.pathways):
                need = Need(
                    self.streams,
                    entity_key("need", commissioner.id, pathway.name),
                    pathway.demand_cv if risky else 0.0,
                    pathway.case_cost_cv if risky else 0.0,
                    behaviour.population_growth,
                )
                for function in FUNCTIONS:
                    share = pathway.function_shares.get(function, 0.0)
                    base = round(commissioner.population * pathway.cost_per_head_gbp * 100.0 * share)
                    if base <= 0:
                        continue
                    item = ServiceItem(
                        index=len(self.items),
                        key=entity_key("item", commissioner.id, pathway.name, function),
                        commissioner=commissioner.index,
                        pathway=p,
                        function=FUNCTION_INDEX[function],
                        base_cost=base,
                        historic_price=base,
                        need=need,
                        reference_cost=base,
                    )
                    self.items.append(item)
                    commissioner.items.append(item)

    def enrol(self, organisation: Organisation) -> int:
        """Give an organisation its number."""
        self.organisations.append(organisation)
        if isinstance(organisation, Commissioner):
            self.commissioners[len(self.organisations) - 1] = organisation
        return len(self.organisations) - 1

    def add_provider(self, seed: ProviderSeed) -> Provider:
        """Bring a provider into being and list it where it may work."""
        provider = PROVIDER_CLASSES[seed.kind](self, seed)
        self.list_provider(provider)
        return provider

    def list_provider(self, provider: Provider) -> None:
        """List a provider where it may work."""
        for area in self._reach(provider):
            for function, cost in enumerate(provider.unit_cost):
                if cost > 0.0:
                    self._bidders.setdefault((area, function), []).append(provider)
            if not any(provider.unit_cost):
                self._primes.setdefault(area, []).append(provider)

    def withdraw_from_index(self, provider: Provider) -> None:
        """Take a provider that left off the lists; a vehicle was on none."""
        if isinstance(provider, Vehicle):
            return
        for area in self._reach(provider):
            for function, cost in enumerate(provider.unit_cost):
                if cost > 0.0:
                    self._bidders[area, function].remove(provider)
            if not any(provider.unit_cost):
                self._primes[area].remove(provider)

    def _reach(self, provider: Provider) -> list[str]:
        if provider.reach == "nation":
            return sorted(self._areas)
        if provider.reach == "region":
            return [a for a, region in sorted(self._areas.items()) if region == provider.region]
        return [provider.area]

    # Looking things up ----------------------------------------------------------------------------------

    def provider(self, index: int) -> Provider:
        """The provider with this number."""
        found = self.organisations[index]
        if not isinstance(found, Provider):
            raise TypeError(f"organisation {index} is no provider")
        return found

    def bidders(self, area: str, function: int) -> list[Provider]:
        """Providers that can deliver a function in an area, in order of arrival."""
        return self._bidders.get((area, function), [])

    def primes(self, area: str) -> list[Provider]:
        """Integrators without delivery of their own that work in an area, in order of arrival."""
        return self._primes.get(area, [])

    def potential_bidders(self, lot: Lot, form: ContractForm) -> list[Provider]:
        """Who could take part in a tender for a lot, given the contract form.

        Integrators where the holder may not deliver; otherwise everyone who can deliver any of its functions.
        """
        areas = self.areas_of(lot)
        if form.self_delivery_max <= 0.0:
            found = {p.index: p for area in areas for p in self._primes.get(area, ())}
            return list(found.values())
        functions = sorted({i.function for i in lot.items})
        if form.lead_functions:
            # Whoever cannot do the middle of the pathway cannot lead; who can but has no room finds that out later.
            functions = [f for f in functions if f in form.lead_indices]
        if len(functions) == 1:
            return self.able_to(lot, functions[0])
        found = {p.index: p for area in areas for f in functions for p in self.bidders(area, f)}
        return [found[i] for i in sorted(found)]

    def areas_of(self, lot: Lot) -> list[str]:
        """Areas of the commissioners a lot is bought for, the lead's first."""
        home = self.commissioners[lot.commissioner].area
        if not lot.joint:
            return [home]
        return list(dict.fromkeys([home, *(self.commissioners[i.commissioner].area for i in lot.items)]))

    def able_to(self, lot: Lot, function: int) -> list[Provider]:
        """Providers that can deliver a function of a lot in any of its areas."""
        areas = self.areas_of(lot)
        if len(areas) == 1:
            return list(self.bidders(areas[0], function))
        return list({p.index: p for area in areas for p in self.bidders(area, function)}.values())

    @property
    def expected_achievement(self) -> float:
        """Share of outcome pay that contracts usually earn."""
        return self.record.achievement

    # Contracts ------------------------------------------------------------------------------------------

    def vacate(self, item: ServiceItem) -> None:
        """End an item's present contract in favour of a new one."""
        for number in list(item.contracts):
            self.contracts[number].release(item)

    def award(self, life: ContractLife, tender: TenderProcess) -> None:
        """A procured contract begins."""
        for item in life.contract.items:
            item.procuring = False
        self.start_contract(life)
        self.record.award_seen(tender)

    def start_contract(self, life: ContractLife) -> None:
        """A contract begins."""
        life.begin()
        self.tally.contracts_begun += 1
        self.recorder.signed(life)
        self.collaboration.contract_begins(life)
        if self.records_events:
            contract = life.contract
            self.log(
                "contract_begins",
                contract.holder,
                contract.commissioner,
                contract=contract.id,
                amount=contract.price,
                detail=in_words(self, contract.items),
            )

    def procure_later(self, commissioner: Commissioner, item: ServiceItem, months: float = 0.0) -> None:
        """Have a commissioner buy an item nobody delivers, after some months."""
        errand = Errand(self, commissioner, item)
        self.errands.add(errand)
        self.schedule(errand.run, after=months)

    def contract_ended(self, life: ContractLife, *, owed: bool) -> None:
        """A contract is over; it is kept aside while bills under it are owed."""
        contract = life.contract
        self.contracts.pop(contract.id, None)
        self.collaboration.contract_ended(life)
        if owed:
            self.winding_up[contract.id] = life
        else:
            life.forget()
        if self.appraiser is not None:
            self.appraiser.ended(life, early=contract.state is ContractState.TERMINATED)
        self.recorder.contract(life)
        self.log("contract_ends", contract.holder, contract=contract.id, detail=contract.end_reason.name.lower())

    def caretaker(
        self,
        commissioner: Commissioner,
        items: list[ServiceItem],
        *,
        without: frozenset[int] = frozenset(),
        present: Present | None = None,
        at_most: Callable[[list[ServiceItem]], float] | None = None,
    ) -> None:
        """Keep care going: bridge contracts in force, and give uncovered items to whoever is ablest, for a while.

        ``at_most`` says what the commissioner can pay for items, pence a year; None where care must go on at any price.
        """
        keep_care_going(self, commissioner, items, without, present or {}, at_most)

    def start_directly(
        self,
        commissioner: Commissioner,
        items: list[ServiceItem],
        provider: Provider,
        price: int,
        months: float,
        present: Present,
        equipped: ContractLife | None = None,
    ) -> ContractLife:
        """Begin a separate block contract without a procurement; ``present`` is who had the staff until now.

        What was invested in the work under a contract ``equipped``, if one is named, goes along.
        """
        return start_directly(self, commissioner, items, provider, price, months, present, equipped)

    # Log and yearly close -------------------------------------------------------------------------------

    def log(
        self,
        kind: str,
        organisation: int = -1,
        other: int = -1,
        *,
        procurement: int = -1,
        contract: int = -1,
        amount: int = 0,
        detail: str = "",
    ) -> None:
        """Write an entry to the event log, if it is kept."""
        if self.records_events:
            self.recorder.events.append((self.time, kind, organisation, other, procurement, contract, amount, detail))

    @event_handler
    def close_year(self) -> None:
        """Measure the market at the end of a year."""
        self._year += 1
        if self.scenario_data.record.yearly:
            self.recorder.yearly.extend(yearly_rows(self, self._year))
        if self.recorder.next_position() == self.time:
            # The same moment as the measures of the year: more may happen on the same day.
            self.recorder.note_positions(self.time)
        if self.scenario_data.record.check_ledger == "yearly":
            self.ledger.check()
        self.schedule(self.close_year, after=12.0)

    def run(self) -> RunResult:
        """Run to the horizon and report.

        Raises:
            LedgerError: the books do not balance.
            LostEventError: an event vanished.
        """
        self.run_until(self.scenario_data.horizon_years * 12.0)
        self.recorder.note_positions(self.time)
        for life in self.contracts.values():
            self.recorder.contract(life)
            for sub in life.contract.subcontracts:
                if sub.end < 0:
                    self.recorder.subcontract(sub)
        self.ledger.check()
        self.check_no_event_lost()
        summary = summarise(self)
        return RunResult(self.streams.seed, summary, self.recorder.tables(), self.notes)


def _known[T](registry: dict[str, T], key: str, name: str) -> T:
    found = registry.get(name)
    if found is None:
        raise ConfigurationError(key, f"{name!r} is unknown; allowed: {', '.join(sorted(registry))}")
    return found


def _sensible(policy: PolicySpec) -> None:
    found = clash(policy)
    if found is not None:
        raise ConfigurationError(f"policy.{found[0]}", found[1])


@contextmanager
def _no_collection() -> Iterator[None]:
    """Hold the cyclic garbage collector off: a run makes next to no cycles, and looking for them took half its time."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def simulate(scenario: Scenario, seed: int) -> RunResult:
    """Run one market.

    The one function everything rests on: no globals, no files, no network; the same arguments give the same
    result anywhere.

    Args:
        scenario: everything the run depends on besides the seed.
        seed: run seed in [0, 2**63).

    Raises:
        ConfigurationError: the scenario names something unknown or cannot be built.
        LedgerError: the books do not balance.
        LostEventError: an event vanished.
    """
    if not 0 <= seed < 2**63:
        raise ConfigurationError("seed", f"{seed} is not allowed; a whole number from 0 to 2**63 - 1 is")
    with _no_collection():
        return CareMarket(scenario, seed).run()
