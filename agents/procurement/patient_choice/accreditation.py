"""Any qualified provider: the accreditation of providers, up to the first day on which patients choose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.contracts.ending import record_lost_work, release_from_all
from caremarket.agents.costs.estimates import estimate_cost
from caremarket.agents.costs.staff_transfer import present_shares
from caremarket.agents.entities.notices import AwardPublished, BiddingClosed, BidMade, PatientsChose, TenderEvaluated
from caremarket.agents.procurement.patient_choice.applications import qualified_applicants
from caremarket.agents.procurement.patient_choice.choice_scheme import ChoiceScheme
from caremarket.agents.procurement.tender_process import TenderProcess
from caremarket.agents.world.schedule import event_handler
from caremarket.market.procurement import Bid, State

if TYPE_CHECKING:
    from caremarket.agents.entities.provider import Provider


class Accreditation(TenderProcess):
    """A procurement that accredits every provider that qualifies and takes the fixed price."""

    __slots__ = ("accredited",)
    contested = False

    def publish_now(self) -> None:
        """Publish the price: providers that gain by it apply while the questionnaire is open."""
        model = self.model
        self.announce()
        notice = self.stay(State.NOTICE)
        self.accredited: list[Provider] = []
        model.schedule(self.open_questionnaire, after=notice)
        model.schedule(self.accredit, after=notice + self.stay(State.QUESTIONNAIRE))

    @event_handler
    def accredit(self) -> None:
        """Accredit the providers that qualify; there is no competition, and so no standstill."""
        model = self.model
        able = model.potential_bidders(self.procurement.lot, self.form)
        self.accredited = qualified_applicants(self, able)
        procurement = self.procurement
        for provider in self.accredited:
            procurement.bids.append(self._acceptance(provider))
            model.tell(BidMade(provider, provider.sme))
            model.log("accredited", provider.index, procurement=procurement.id, amount=procurement.lot.budget)
        model.tell(BiddingClosed(self))
        if not self.accredited:
            self.fail(State.NO_BIDS)
            return
        model.tell(TenderEvaluated(self))
        self.move(State.PREFERRED)
        procurement.price = procurement.lot.budget
        self.move(State.SIGNED)
        self.move(State.MOBILISATION)
        model.schedule(self.open_to_patients, after=self.stay(State.SIGNED) + self.stay(State.MOBILISATION))

    def _acceptance(self, provider: Provider) -> Bid:
        (item,) = self.procurement.lot.items
        estimate = estimate_cost(self.model, provider, item, self.engagement_months)[0]
        return Bid(
            bidder=provider.index,
            price=self.procurement.lot.budget,
            cost_estimate=round(estimate),
            quality=provider.quality,
            social_value=provider.social_value,
            integration=0.0,
            markup=0.0,
            risk_premium=0,
            believed_rivals=self.expected_bidders - 1.0,
            believed_chance=1.0,
            believed_affordable=self.procurement.lot.budget,
        )

    @event_handler
    def open_to_patients(self) -> None:
        """First day: patients choose, and each provider's contract begins with the patients that chose it."""
        model = self.model
        providers = [p for p in self.accredited if p.alive]
        if not providers:
            self.fail(State.WITHDRAWN)
            return
        self.move(State.LIVE)
        (item,) = self.procurement.lot.items
        present = present_shares(model, [item])
        release_from_all(model, item)
        scheme = ChoiceScheme(model, self)
        model.desk.schemes[item.index] = scheme
        shares = scheme.shares(providers, [0.0] * len(providers))
        for provider, share in sorted(zip(providers, shares, strict=True), key=lambda e: (-e[1], e[0].index)):
            provider.losses_in_row = 0
            scheme.sign(provider, share)
            model.tell(PatientsChose(provider))
        record_lost_work(model, present, [item])
        item.procuring = False
        model.tell(AwardPublished(self))
        self.procurement.winner = max(zip(shares, [-p.index for p in providers], strict=True))[1] * -1
        self.close("awarded")
