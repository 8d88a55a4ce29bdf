"""A market: its world and ledger, its organisations, its ports and its observers.

The one place of assembly. Read from top to bottom, it shows the parts of a market.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from caremarket.agents.contracts.exit import leave
from caremarket.agents.costs.supplier_experience import SupplierExperience
from caremarket.agents.entities import notices
from caremarket.agents.entities.commissioner import Commissioner
from caremarket.agents.entities.directory import Directory
from caremarket.agents.entities.procurement_desk import ProcurementDesk
from caremarket.agents.entities.provider import Provider
from caremarket.agents.entities.providers.provider_classes import class_for
from caremarket.agents.market_structure.entry import EntryWatch
from caremarket.agents.market_structure.merger_search import MergerDesk
from caremarket.agents.market_structure.published_tenders import PublishedTenders
from caremarket.agents.market_structure.reforms_and_shocks import plan_occasions
from caremarket.agents.market_structure.regulator import Regulator
from caremarket.agents.money.outcome_claims import OutcomePayments
from caremarket.agents.population import build_population
from caremarket.agents.population.services import lay_out_services
from caremarket.agents.primary_care import PrimaryCare
from caremarket.agents.primary_care.initial_practices import open_practices
from caremarket.agents.procurement.budgets.yearly_budget import start_budgets
from caremarket.agents.procurement.challenge import chance_upheld
from caremarket.agents.procurement.initial_contracts import begin_with_incumbents
from caremarket.agents.procurement.options_appraisal import Appraiser
from caremarket.agents.procurement.policy_check import check_policies
from caremarket.agents.procurement.succession import CareSuccession
from caremarket.agents.records.market_beliefs import MarketBeliefs
from caremarket.agents.records.offer_record import OfferRecord
from caremarket.agents.records.oversight_tally import OversightTally
from caremarket.agents.records.recorder import Recorder
from caremarket.agents.records.summary import summarise, yearly_rows
from caremarket.agents.records.tally import Tally
from caremarket.agents.strategies import STRATEGIES
from caremarket.agents.world.garbage_collection import without_collection
from caremarket.agents.world.result import RunResult
from caremarket.agents.world.schedule import event_handler
from caremarket.market.errors import ConfigurationError
from caremarket.market.ledger import Ledger
from caremarket.market.levers import APPRAISE
from caremarket.market.randomness import Streams, entity_key
from caremarket.market.relationships import TrustNetwork

if TYPE_CHECKING:
    from caremarket.agents.entities.submission import Submission
    from caremarket.agents.entities.tender import Tender
    from caremarket.agents.world.blueprint import CommissionerSeed, ProviderSeed
    from caremarket.agents.world.organisation import ExitReason
    from caremarket.market.levers import PolicySpec
    from caremarket.market.pathway_spec import PathwaySpec
    from caremarket.market.scenario import Scenario


class CareMarket(Directory):
    """A market for care contracts, advanced by events in continuous months from 1 April 2013.

    It is the :class:`~caremarket.agents.entities.market.Market` that every rule takes. Its organisations, items,
    contracts and tenders are in its :class:`~caremarket.agents.entities.directory.Directory`.

    Args:
        scenario: all inputs of the run except the seed.
        seed: run seed in [0, 2**63).

    Attributes:
        scenario_data: the frozen scenario (``scenario`` belongs to Mesa).
        tally, oversight, recorder: counts and records of the run.
        notes: omissions and assumptions in building the market.
    """

    def __init__(self, scenario: Scenario, seed: int) -> None:
        super().__init__()
        self.scenario_data = scenario
        # The model has an event handler of its own, and handlers find the model through their owner.
        self.model = self
        check_policies(scenario)
        self._open_world(scenario, seed)
        self._appoint_observers(scenario)
        self._appoint_ports(scenario)
        self._observers = self._observers_by_notice()
        self.notes = self._populate()
        if scenario.mechanisms.regulation:
            self._appoint_regulator()

    # World ----------------------------------------------------------------------------------------------

    def _open_world(self, scenario: Scenario, seed: int) -> None:
        """Set up random draws, ledger, trust, the present policy and the memory of procurement."""
        self.streams = Streams(seed)
        self.ledger = Ledger(journal=scenario.record.postings)
        self.checks_each_event = scenario.record.check_ledger == "event"
        self.policy: PolicySpec = scenario.policy
        self.pathways: tuple[PathwaySpec, ...] = scenario.pathways
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
        self._year = 0
        self.desk = ProcurementDesk(self)

    # Observers and ports --------------------------------------------------------------------------------

    def _appoint_observers(self, scenario: Scenario) -> None:
        """Counts, tables, and the memory on which beliefs and experience rest."""
        self.tally = Tally(self)
        self.oversight = OversightTally(self)
        self.recorder = Recorder(self)
        self.records_events = scenario.record.events
        self.beliefs = MarketBeliefs(self)
        self.offers = OfferRecord(self)
        self.experience = SupplierExperience(self) if scenario.mechanisms.partner_memory else None
        self.published_tenders = PublishedTenders(self) if scenario.mechanisms.entry else None

    def _appoint_ports(self, scenario: Scenario) -> None:
        """Set up the ports, which answer requests of rules below them."""
        policies = (scenario.policy, *(policy for _, _, policy in scenario.reforms()))
        self.appraiser = Appraiser(self) if any(p.form == APPRAISE for p in policies) else None
        self.succession = CareSuccession(self)
        self.outcome_register = OutcomePayments(self)
        self.merger_search = MergerDesk(self) if scenario.mechanisms.mergers else None
        self.regulation: Regulator | None = None
        # A regulator may take the place of this.
        self.hears_challenge: Callable[[Tender, Submission], float] = chance_upheld

    def _appoint_regulator(self) -> None:
        """Set up the regulator, which also decides challenges."""
        self.regulation = Regulator(self)
        self.hears_challenge = self.regulation.chance_upheld
        self._observers = self._observers_by_notice()

    def _observers_by_notice(self) -> dict[type, tuple[Callable[..., None], ...]]:
        """Observers of each type of notice, in the order in which they receive it."""
        tally, oversight, recorder, beliefs = self.tally, self.oversight, self.recorder, self.beliefs
        found: dict[type, tuple[Callable[..., None], ...]] = {
            notices.SelectionTested: (tally.selection_tested,),
            notices.BidMade: (tally.bid_made,),
            notices.JointBidMade: (tally.joint_bid_made,),
            notices.OfferAnswered: (tally.offer_answered,),
            notices.BiddingClosed: (tally.bidding_closed,),
            notices.TenderEvaluated: (beliefs.tender_evaluated,),
            notices.BidsRanked: (tally.bids_ranked,),
            notices.AwardPublished: (beliefs.award_published,),
            notices.PatientsChose: (tally.patients_chose,),
            notices.TenderClosed: (tally.tender_closed, recorder.tender_closed),
            notices.VehicleFormed: (tally.vehicle_formed,),
            notices.ContractBegun: (tally.contract_begun, oversight.contract_begun, recorder.contract_begun),
            notices.SubcontractSigned: (tally.subcontract_signed,),
            notices.OutcomeMeasured: (beliefs.outcome_measured, tally.outcome_measured),
            notices.YearReviewed: (oversight.year_reviewed,),
            notices.PromiseReviewed: (beliefs.promise_reviewed,),
            notices.DiversionFound: (),
            notices.FailureSeen: (oversight.failure_seen,),
            notices.WarningGiven: (oversight.warning_given,),
            notices.TerminationNoticed: (oversight.termination_noticed,),
            notices.SteppedIn: (oversight.stepped_in_on,),
            notices.SupplierFailed: (),
            notices.WithheldReleased: (tally.withheld_paid,),
            notices.DamagesPaid: (tally.damages_paid,),
            notices.NoticeGiven: (oversight.given_up, tally.notice_given),
            notices.HandedBack: (oversight.given_up,),
            notices.EndedEarly: (tally.ended_early,),
            notices.SubcontractEnded: (recorder.subcontract_ended, tally.subcontract_ended),
            notices.ContractEnded: (self.succession.contract_ended, recorder.contract_ended, oversight.contract_ended),
            notices.WorkLost: (tally.work_lost,),
            notices.ProviderEntered: (tally.provider_entered,),
            notices.EntryConsidered: (tally.entry_considered,),
            notices.EntrantReviewed: (tally.entrant_reviewed,),
            notices.ProviderLeft: (tally.provider_left,),
            notices.PracticeWithdrew: (tally.practice_withdrew,),
        }
        published = self.published_tenders
        if published is not None or sets_prices_by_beliefs(self.scenario_data):
            found[notices.OfferAnswered] += (self.offers.offer_answered,)
            found[notices.TenderEvaluated] += (self.offers.tender_evaluated,)
        if published is not None:
            found[notices.BiddingClosed] += (published.bidding_closed,)
            found[notices.ContractBegun] += (published.contract_begun,)
            found[notices.SubcontractSigned] += (published.subcontract_signed,)
        if self.experience is not None:
            found[notices.OfferAnswered] += (self.experience.offer_answered,)
            found[notices.YearReviewed] += (self.experience.year_reviewed,)
            found[notices.SupplierFailed] += (self.experience.supplier_failed,)
        if self.appraiser is not None:
            found[notices.OutcomeMeasured] += (self.appraiser.outcome_measured,)
            found[notices.ContractEnded] += (self.appraiser.contract_ended,)
        if self.regulation is not None:
            found[notices.OfferAnswered] += (self.regulation.offer_answered,)
            found[notices.DiversionFound] += (self.regulation.diversion_found,)
        return found

    def tell(self, notice: object) -> None:
        """Pass a notice to the observers of its type, at once and in a fixed order."""
        for observer in self._observers[type(notice)]:
            observer(notice)

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

    @property
    def counts(self) -> Tally:
        """Running counts of delivery and payment."""
        return self.tally

    @property
    def expected_achievement(self) -> float:
        """Share of outcome pay that contracts usually earn, in [0, 1]."""
        return self.beliefs.achievement

    # Organisations and items ----------------------------------------------------------------------------

    def _populate(self) -> tuple[str, ...]:
        """Build organisations, items and initial contracts from the scenario, and schedule the first events."""
        scenario = self.scenario_data
        blueprint = build_population(scenario, self.streams)
        by_id = {seed.id: self._add_commissioner(seed) for seed in blueprint.commissioners}
        for provider_seed in blueprint.providers:
            self.provider_lists.add_area(provider_seed.area, provider_seed.region)
        providers = {seed.id: self.add_provider(seed) for seed in blueprint.providers}
        practices, groups = open_practices(self, blueprint, by_id, providers)
        self.primary_care = PrimaryCare(self, practices, by_id, groups)
        self.primary_care.start_networks(practices)
        lay_out_services(self, by_id.values())
        begin_with_incumbents(self, blueprint, by_id, providers)
        for commissioner in by_id.values():
            start_budgets(commissioner)
        tenders = self.published_tenders
        if tenders is not None:
            for area, region in self.provider_lists.areas():
                EntryWatch(self, area, region, entity_key("area", area), tenders).await_next()
        self.schedule(self.close_year, at=12.0)
        self.occasions = plan_occasions(self)
        return blueprint.notes

    def _add_commissioner(self, seed: CommissionerSeed) -> Commissioner:
        self.provider_lists.add_area(seed.area, seed.region)
        return Commissioner(self, seed)

    def add_provider(self, seed: ProviderSeed) -> Provider:
        """Create a provider and list it in the areas where it may work."""
        provider = class_for(seed)(self, seed)
        self.list_provider(provider)
        return provider

    def provider_leaves(self, provider: Provider, reason: ExitReason) -> None:
        """Have a provider leave: its contracts end, its suppliers are replaced, its account is wound up."""
        leave(provider, reason)

    # Time -----------------------------------------------------------------------------------------------

    def run_until(self, end_time: float) -> None:
        """Run to month ``end_time``, recording positions on the way; several calls give the same result as one.

        A past month has no effect. Positions are recorded between events and are no events themselves.
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

    @event_handler
    def close_year(self) -> None:
        """Record the year's measures and positions, and check the ledger if the scenario asks for it."""
        self._year += 1
        if self.scenario_data.record.yearly:
            self.recorder.yearly.extend(yearly_rows(self, self._year))
        if self.recorder.next_position() == self.time:
            # At the same moment as the year's measures: other events may follow on the same day.
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
        for in_force in self.contracts.values():
            self.recorder.contract(in_force)
            for sub in in_force.contract.subcontracts:
                if sub.end < 0:
                    self.recorder.subcontract(sub)
        self.ledger.check()
        self.check_no_event_lost()
        summary = summarise(self)
        return RunResult(self.streams.seed, summary, self.recorder.tables(), self.notes)


def sets_prices_by_beliefs(scenario: Scenario) -> bool:
    """Whether any provider has a strategy that sets its price by beliefs, which need a record of past offers."""
    roster = scenario.market.roster
    named = {scenario.behaviour.strategy, *(p.strategy for p in (roster.providers if roster else ()) if p.strategy)}
    return any(STRATEGIES[name].price is not None for name in named)


def simulate(scenario: Scenario, seed: int) -> RunResult:
    """Run one market.

    A pure function: no globals, files or network; the same arguments give the same result anywhere.

    Args:
        scenario: all inputs of the run except the seed.
        seed: run seed in [0, 2**63).

    Raises:
        ConfigurationError: the scenario names something unknown or cannot be built.
        LedgerError: the books do not balance.
        LostEventError: an event vanished.
    """
    if not 0 <= seed < 2**63:
        raise ConfigurationError("seed", f"{seed} is not allowed; a whole number from 0 to 2**63 - 1 is")
    with without_collection():
        return CareMarket(scenario, seed).run()
