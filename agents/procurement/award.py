"""From preferred bidder to the first day of the contract: standstill, challenge, signature, mobilisation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.bidding.capacity_check import bind, unbind
from caremarket.agents.bidding.joint_bid import mark_agreed_parts
from caremarket.agents.contracts.ending import record_lost_work
from caremarket.agents.contracts.lifecycle import begin
from caremarket.agents.contracts.signing import sign_contract
from caremarket.agents.contracts.volume_split import replace_exited_suppliers
from caremarket.agents.costs.staff_transfer import present_shares
from caremarket.agents.entities.notices import AwardPublished
from caremarket.agents.procurement.challenge import challenger, is_upheld, suspend
from caremarket.agents.procurement.impact import endangered
from caremarket.agents.world.schedule import event_handler
from caremarket.market.procurement import State, price_paid

if TYPE_CHECKING:
    from caremarket.agents.entities.plan import SupplyPlan
    from caremarket.agents.entities.submission import Submission
    from caremarket.agents.procurement.stages import StagedTender
    from caremarket.market.procurement import Bid


class Award:
    """An award that is to become a contract; its capacity is reserved from now on."""

    __slots__ = ("__weakref__", "bid", "challenger", "model", "plan", "tender", "winner")

    def __init__(self, tender: StagedTender, winner: Submission, bid: Bid, plan: SupplyPlan) -> None:
        self.model = tender.model
        self.tender = tender
        self.winner = winner
        self.bid = bid
        self.plan = plan
        self.challenger: Submission | None = None
        procurement = tender.procurement
        procurement.winner = bid.bidder
        rivals = [b.price for b in tender.ranked if b is not bid]
        second = tender.policy.award_price == "second" and tender.on_market
        procurement.price = price_paid(bid.price, rivals, procurement.lot.budget, second=second)
        tender.move(State.PREFERRED)
        bind(tender, plan)

    def stand_still(self) -> None:
        """Start the standstill of ten days, in which losers can challenge."""
        self.tender.move(State.STANDSTILL)
        self.model.schedule(self.end_standstill, after=self.tender.stay(State.STANDSTILL))

    def agree(self) -> None:
        """Schedule the signature of a direct award, without standstill."""
        self.model.schedule(self.sign, after=self.tender.stay(State.PREFERRED))

    @event_handler
    def end_standstill(self) -> None:
        """End the standstill of ten days: sign, unless a loser challenges, which suspends the award."""
        tender = self.tender
        self.challenger = challenger(tender)
        if self.challenger is None:
            self._sign()
            return
        tender.move(State.CHALLENGED)
        self.model.schedule(self.decide_challenge, after=suspend(tender, self.challenger))

    @event_handler
    def decide_challenge(self) -> None:
        """Decide the challenge: if upheld, withdraw the award and buy the lot again; if dismissed, sign."""
        if self.challenger is not None and is_upheld(self.tender, self.challenger):
            self.tender.withdraw("challenge")
        else:
            self._sign()

    @event_handler
    def sign(self) -> None:
        """Sign a direct award."""
        self._sign()

    def _sign(self) -> None:
        """Sign the contract and its supply chain, then mobilise.

        The award is withdrawn if the winner has exited, or if the impact on a loser would be too great.
        """
        tender = self.tender
        bidder = self.winner.bidder
        if not bidder.alive:
            tender.fail(State.WITHDRAWN)
            return
        loser = endangered(tender, self.plan) if tender.on_market else None
        if loser is not None:
            why = "assessment" if self.model.policy.impact_assessment else "extreme"
            number = tender.procurement.id
            self.model.log("impact_too_great", loser.index, bidder.index, procurement=number, detail=why)
            tender.withdraw("impact")
            return
        tender.move(State.SIGNED)
        tender.move(State.MOBILISATION)
        self.model.schedule(self.go_live, after=tender.stay(State.SIGNED) + self._mobilisation())

    def _mobilisation(self) -> float:
        """Months of mobilisation: fewer if the winner already does part of the work."""
        tender = self.tender
        lot = tender.procurement.lot
        saved = self.model.scenario_data.behaviour.procurement.mobilisation_saved_by_incumbent
        held = tender.held_together(self.winner.members)
        kept = min(1.0, held / lot.reference_cost) if lot.reference_cost else 0.0
        return tender.stay(State.MOBILISATION) * (1.0 - saved * kept)

    @event_handler
    def go_live(self) -> None:
        """First day of the contract: items move from the old contracts to the new one.

        A provider that has signed is bound: if it has lost capacity since, it hires.
        """
        model = self.model
        tender = self.tender
        bidder = self.winner.bidder
        unbind(tender)
        if not bidder.alive or not replace_exited_suppliers(model, bidder, tender.commissioner, self.plan):
            tender.fail(State.WITHDRAWN)
            return
        tender.move(State.LIVE)
        if tender.dialogue_months:
            self._know_each_other()
        model.desk.spared.difference_update(i.index for i in tender.procurement.lot.items)
        items = list(tender.procurement.lot.items)
        present = present_shares(model, items)
        in_force = sign_contract(model, tender, self.bid, self.plan, present)
        mark_agreed_parts(in_force, self.plan)
        for item in in_force.contract.items:
            item.procuring = False
        begin(in_force)
        model.tell(AwardPublished(tender))
        record_lost_work(model, present, items)
        tender.close("awarded")

    def _know_each_other(self) -> None:
        """Count months of dialogue over a common plan as promises kept between lead and suppliers (P 5.3)."""
        lead = self.winner.bidder
        for part in self.plan.parts:
            if part.deliverer is not lead:
                weight = self.tender.dialogue_months / 12.0
                self.model.trust.kept(lead.key, part.deliverer.key, self.model.time, weight)
