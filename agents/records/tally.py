"""Counts events over a run, for the rates in the summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.records.activity_tally import ActivityTally
from caremarket.agents.world.organisation import ExitReason
from caremarket.market.ledger import Reason
from caremarket.market.procurement import State

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.notices import (
        BiddingClosed,
        BidMade,
        BidsRanked,
        ContractBegun,
        DamagesPaid,
        EndedEarly,
        EntrantReviewed,
        EntryConsidered,
        JointBidMade,
        NoticeGiven,
        OfferAnswered,
        OutcomeMeasured,
        PatientsChose,
        PracticeWithdrew,
        ProviderEntered,
        ProviderLeft,
        SelectionTested,
        SubcontractEnded,
        SubcontractSigned,
        TenderClosed,
        VehicleFormed,
        WithheldReleased,
        WorkLost,
    )
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.tender import Tender
    from caremarket.market.contracts import SubContract
    from caremarket.market.procurement import Bid

PAID = (
    Reason.CONTRACT_PAYMENT,
    Reason.OUTCOME_PAYMENT,
    Reason.SAME_OUTCOME_TWICE,
    Reason.PAIN_SHARE,
    Reason.CARE_ELSEWHERE,
    Reason.WAITING_CARE,
    Reason.TRANSACTION,
    Reason.RESCUE,
)
"""Public payments for care. Care elsewhere that holders of population budgets pay for also counts as cost."""

TAKEN_BACK = (Reason.FINE, Reason.GAIN_SHARE, Reason.CLAWBACK, Reason.GUARANTEE)
"""Payments back to commissioners."""


class Tally:
    """Running counts. SME figures cover organisations classed as SMEs when they were created."""

    def __init__(self, model: Market) -> None:
        self._model = model
        self.tenders = 0
        self.awards = 0
        self.competitive_awards = 0
        self.bids = 0
        self.single_bids = 0
        self.no_awards = 0
        self.competitive_closed = 0
        self.price_to_budget = 0.0
        self.winner_margin = 0.0
        self.margins = 0
        self.incumbent_chances = 0
        self.incumbent_wins = 0
        self.first_round = [0, 0]
        self.later_rounds = [0, 0]
        self.sme_opportunities = 0
        self.sme_bids_closed = 0
        self.sme_applications = 0
        self.sme_qualified = 0
        self.sme_bids = 0
        self.sme_wins = 0
        self.sme_offers = 0
        self.sme_acceptances = 0
        self.sme_promised = 0.0
        self.sme_delivered = 0.0
        self.all_promised = 0.0
        self.paid_pence = 0
        self.paid_pence_months = 0.0
        self.outcome_pence = 0.0
        self.outcome_sum = 0.0
        self.exits = 0
        self.entries = 0
        self.potential_entrants = 0
        self.entrant_wins = 0
        self.entrant_cost = 0
        self.entrant_profit = 0.0
        self.withdrawals = 0
        self.cascades = 0
        self.early_terminations = 0
        self.contracts_begun = 0
        self.subcontracts_signed = 0
        self.alliances = 0
        self.vehicles = 0
        self.joint_bids = 0
        self.withheld_released = 0
        self.damages = 0
        self.losing_incumbents: dict[int, Provider] = {}
        self.activity = ActivityTally(model.scenario_data.behaviour.activity.severe_cost)

    # Tenders --------------------------------------------------------------------------------------------

    def bidding_closed(self, notice: BiddingClosed) -> None:
        """Count small providers that could have bid, and small providers that bid."""
        tender = notice.tender
        self.sme_opportunities += tender.small_able
        self.sme_bids_closed += sum([self._of_sme(tender, b) for b in tender.procurement.bids])

    def selection_tested(self, notice: SelectionTested) -> None:
        """Count small providers that took the selection tests, and small providers that passed."""
        bidder, qualified = notice
        if bidder.sme:
            self.sme_applications += 1
            self.sme_qualified += qualified

    def bid_made(self, notice: BidMade) -> None:
        """Count a bid."""
        self.bids += 1
        if notice.sme:
            self.sme_bids += 1

    def _of_sme(self, tender: Tender, bid: Bid) -> bool:
        response = tender.responses.get(bid.bidder)
        return self._model.provider(bid.bidder).sme if response is None else response.sme

    def joint_bid_made(self, notice: JointBidMade) -> None:
        """Count a joint bid."""
        self.joint_bids += 1

    def vehicle_formed(self, notice: VehicleFormed) -> None:
        """Count a special-purpose vehicle."""
        self.vehicles += 1

    def offer_answered(self, notice: OfferAnswered) -> None:
        """Count an offer to a small candidate, and its acceptance, from its final answer."""
        if notice.candidate.sme:
            self.sme_offers += 1
            self.sme_acceptances += notice.accepted

    def patients_chose(self, notice: PatientsChose) -> None:
        """Count a small provider that patients can choose as a winner."""
        if notice.provider.sme:
            self.sme_wins += 1

    def bids_ranked(self, notice: BidsRanked) -> None:
        """Count a competitive award, with the price, margin and bidder of its best bid."""
        tender, ranked = notice
        procurement = tender.procurement
        best = ranked[0]
        self.price_to_budget += procurement.price / procurement.lot.budget if procurement.lot.budget else 0.0
        self.competitive_awards += 1
        if len(ranked) > 1:
            self.winner_margin += best.score - ranked[1].score
            self.margins += 1
        if tender.holders:
            self.incumbent_chances += 1
            self.incumbent_wins += best.bidder in tender.holders
        winner = self._model.provider(best.bidder)
        self.sme_wins += winner.sme
        self.entrant_wins += winner.entry_cost > 0

    def tender_closed(self, notice: TenderClosed) -> None:
        """Count a procurement that ended, and its outcome."""
        tender, outcome = notice
        procurement = tender.procurement
        if outcome == "awarded":
            self.awards += 1
        if not tender.on_market:
            return
        reached_tender = any(state in (State.NOTICE, State.TENDER) for _, state in procurement.history)
        if not reached_tender:
            return
        self.tenders += 1
        bids = len(procurement.bids)
        self.single_bids += bids == 1
        self.no_awards += outcome != "awarded"
        if procurement.attempt == 1:
            which = self.first_round if procurement.lot.round <= 1 else self.later_rounds
            which[0] += 1
            which[1] += bids

    # Contracts ------------------------------------------------------------------------------------------

    def contract_begun(self, notice: ContractBegun) -> None:
        """Count a contract, and an alliance if its members hold it jointly."""
        self.contracts_begun += 1
        if notice.in_force.contract.form.joint_holding:
            self.alliances += 1

    def subcontract_signed(self, notice: SubcontractSigned) -> None:
        """Count a sub-contract."""
        self.subcontracts_signed += 1

    def delivered(
        self, years: float, needed: float, done: float, acute_planned: float, acute_done: float, refused: float
    ) -> None:
        """Count activity under a contract: see :meth:`ActivityTally.delivered`."""
        self.activity.delivered(years, needed, done, acute_planned, acute_done, refused)

    def paid(self, amount: int, months: float) -> None:
        """Count a payment of ``amount`` pence to an SME, ``months`` after the work was done."""
        self.paid_pence += amount
        self.paid_pence_months += amount * months

    def subcontract_ended(self, notice: SubcontractEnded) -> None:
        """Add the promised and delivered value of a sub-contract that ended."""
        self.close_subcontract(notice.sub, notice.supplier)

    def close_subcontract(self, sub: SubContract, supplier: Provider) -> None:
        """Add the promised and delivered value of a sub-contract that ended or runs at the horizon, in pence."""
        self.all_promised += sub.promised_value
        if supplier.sme:
            self.sme_promised += sub.promised_value
            self.sme_delivered += sub.delivered_value

    def outcome_measured(self, notice: OutcomeMeasured) -> None:
        """Add a contract's outcome, weighted by its price."""
        contract = notice.in_force.contract
        self.outcome_pence += contract.price
        self.outcome_sum += contract.outcome * contract.price

    def damages_paid(self, notice: DamagesPaid) -> None:
        """Add damages paid, in pence."""
        self.damages += notice.amount

    def withheld_paid(self, notice: WithheldReleased) -> None:
        """Add withheld pay that is released, in pence."""
        self.withheld_released += notice.amount

    def notice_given(self, notice: NoticeGiven) -> None:
        """Count an early end by notice."""
        self.early_terminations += 1

    def ended_early(self, notice: EndedEarly) -> None:
        """Count an early end."""
        self.early_terminations += 1

    def work_lost(self, notice: WorkLost) -> None:
        """Remember a provider that lost work."""
        self.losing_incumbents[notice.loser.index] = notice.loser

    # Organisations --------------------------------------------------------------------------------------

    def provider_entered(self, notice: ProviderEntered) -> None:
        """Count an entry."""
        self.entries += 1

    def entry_considered(self, notice: EntryConsidered) -> None:
        """Count a potential entrant."""
        self.potential_entrants += 1

    def entrant_reviewed(self, notice: EntrantReviewed) -> None:
        """Add an entrant's cost of entry and discounted profit, in pence."""
        self.entrant_cost += notice.provider.entry_cost
        self.entrant_profit += notice.profit

    def provider_left(self, notice: ProviderLeft) -> None:
        """Count an exit."""
        self.exits += 1

    def practice_withdrew(self, notice: PracticeWithdrew) -> None:
        """Count a practice's withdrawal, and a cascade if it follows another withdrawal."""
        self.withdrawals += 1
        self.cascades += notice.cascade

    def distressed_incumbents(self) -> float | None:
        """Share of work lost at re-procurement whose loser was rescued or insolvent within two years, in [0, 1]."""
        lost = hit = 0
        for loser in self.losing_incumbents.values():
            bad = [*loser.rescues, loser.exited_at] if loser.exit_reason is ExitReason.INSOLVENT else loser.rescues
            for month, pence in loser.losses:
                lost += pence
                hit += pence * any(month <= trouble <= month + 24.0 for trouble in bad)
        return hit / lost if lost else None

    def public_cost(self) -> int:
        """Public payments for all purposes, in pence, less fines, damages, guarantees and the public share of gains."""
        totals = self._model.ledger.totals
        paid = sum([totals[reason] for reason in PAID]) + self.withheld_released
        return paid - sum([totals[reason] for reason in TAKEN_BACK]) - self.damages
