"""Counts what happens over a run, for the rates in the summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.records.activity_tally import ActivityTally
from caremarket.agents.world.organisation import ExitReason
from caremarket.market.ledger import Reason
from caremarket.market.procurement import State

if TYPE_CHECKING:
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.model import CareMarket
    from caremarket.agents.procurement.tender_process import TenderProcess
    from caremarket.market.contracts import SubContract
    from caremarket.market.procurement import Bid, Procurement

PAID = (
    Reason.CONTRACT_PAYMENT,
    Reason.OUTCOME_PAYMENT,
    Reason.SAME_OUTCOME_TWICE,
    Reason.PAIN_SHARE,
    Reason.CARE_ELSEWHERE,
    Reason.TRANSACTION,
    Reason.RESCUE,
)
"""What the public pays for care. Holders of population budgets pay for some care elsewhere themselves: also cost."""

TAKEN_BACK = (Reason.FINE, Reason.GAIN_SHARE, Reason.CLAWBACK, Reason.GUARANTEE)
"""What comes back to commissioners."""


class Tally:
    """Running counts. SME figures count organisations classed as SMEs when they came into being."""

    def __init__(self, model: CareMarket) -> None:
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
        self.withdrawals = 0
        self.cascades = 0
        self.early_terminations = 0
        self.contracts_begun = 0
        self.subcontracts_signed = 0
        self.withheld_released = 0
        self.damages = 0
        self.losing_incumbents: dict[int, Provider] = {}
        self.activity = ActivityTally(model.scenario_data.behaviour.activity.severe_cost)

    def bids_closed(self, tender: TenderProcess) -> None:
        """No more bids can come in for a tender: so many small providers could have bid, so many did."""
        self.sme_opportunities += tender.small_able
        provider = self._model.provider
        self.sme_bids_closed += sum([provider(b.bidder).sme for b in tender.procurement.bids])

    def selected(self, bidder: Provider, qualified: bool) -> None:
        """A provider was put to the selection tests."""
        if bidder.sme:
            self.sme_applications += 1
            self.sme_qualified += qualified

    def bid(self, bidder: Provider) -> None:
        """A provider submitted a bid."""
        self.bids += 1
        if bidder.sme:
            self.sme_bids += 1

    def offer(self, candidate: Provider, accepted: bool) -> None:
        """A candidate sub-contractor gave its final answer to an offer."""
        if candidate.sme:
            self.sme_offers += 1
            self.sme_acceptances += accepted

    def competition(self, procurement: Procurement, ranked: list[Bid], tender: TenderProcess) -> None:
        """A tender has a best bid."""
        best = ranked[0]
        self.price_to_budget += procurement.price / procurement.lot.budget if procurement.lot.budget else 0.0
        self.competitive_awards += 1
        if len(ranked) > 1:
            self.winner_margin += best.score - ranked[1].score
            self.margins += 1
        held = tender.held
        if held:
            self.incumbent_chances += 1
            self.incumbent_wins += best.bidder in held
        self.sme_wins += self._model.provider(best.bidder).sme

    def procurement_closed(self, tender: TenderProcess, outcome: str) -> None:
        """A procurement ended."""
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

    def paid(self, amount: int, months: float) -> None:
        """An SME was paid ``amount`` pence, ``months`` after the work was done."""
        self.paid_pence += amount
        self.paid_pence_months += amount * months

    def subcontract_ended(self, sub: SubContract, supplier: Provider) -> None:
        """A sub-contract ended, or the horizon came."""
        self.all_promised += sub.promised_value
        if supplier.sme:
            self.sme_promised += sub.promised_value
            self.sme_delivered += sub.delivered_value

    def outcome(self, index: float, price: int) -> None:
        """A contract's outcome was measured."""
        self.outcome_pence += price
        self.outcome_sum += index * price

    def exited(self, provider: Provider) -> None:
        """An organisation left the market."""
        self.exits += 1

    def distressed_incumbents(self) -> float | None:
        """Of work lost when it was bought anew, the share whose loser was rescued or insolvent within two years."""
        lost = hit = 0
        for loser in self.losing_incumbents.values():
            bad = [*loser.rescues, loser.exited_at] if loser.exit_reason is ExitReason.INSOLVENT else loser.rescues
            for month, pence in loser.losses:
                lost += pence
                hit += pence * any(month <= trouble <= month + 24.0 for trouble in bad)
        return hit / lost if lost else None

    def public_cost(self) -> int:
        """Pence the public paid, whatever for, less fines, damages, guarantees and its share of gains."""
        totals = self._model.ledger.totals
        paid = sum([totals[reason] for reason in PAID]) + self.withheld_released
        return paid - sum([totals[reason] for reason in TAKEN_BACK]) - self.damages
