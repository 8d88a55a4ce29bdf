"""Any qualified provider: accreditation of providers, and patients' choice among them.

Shares of patients are a multinomial logit on quality, distance and waiting. Patients whom a full provider cannot take
choose again among the others, in the proportions of the same logit.
"""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING

from caremarket.agents.bidding.bid_value import bid_cost
from caremarket.agents.bidding.supply_plan import delivery_variance
from caremarket.agents.contracts.allocation import allocate, resize
from caremarket.agents.contracts.delivery import deliver
from caremarket.agents.contracts.ending import end_contract, record_lost_work, release_from_all
from caremarket.agents.contracts.lifecycle import begin
from caremarket.agents.contracts.price_allocation import allocate_price
from caremarket.agents.costs.estimates import estimate_cost
from caremarket.agents.costs.management import reporting_cost
from caremarket.agents.costs.staff_transfer import present_shares
from caremarket.agents.entities.contract import ContractInForce
from caremarket.agents.entities.notices import AwardPublished, BiddingClosed, BidMade, PatientsChose, TenderEvaluated
from caremarket.agents.entities.submission import Submission
from caremarket.agents.procurement.evaluation import judged_quality, passes_selection
from caremarket.agents.procurement.tender_process import TenderProcess
from caremarket.agents.world.reasons import Why
from caremarket.agents.world.schedule import event_handler
from caremarket.market.contracts import Contract, ContractState, EndReason
from caremarket.market.ledger import WORLD, Reason
from caremarket.market.payments import PAYMENTS
from caremarket.market.procurement import Bid, State
from caremarket.market.risk import risk_premium

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mesa.time import Event

    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider
    from caremarket.market.pathways import ServiceItem


def logit_shares(utilities: Sequence[float], limits: Sequence[float]) -> list[float]:
    """Shares of patients: ``exp(u) / sum(exp(u))``; no provider is above its limit while others have capacity.

    Args:
        utilities: utility of each provider to a patient.
        limits: largest share that each has capacity for, in [0, 1]. If all are full, the rest is spread by the same
            logit: an oversubscribed service runs over capacity rather than turn patients away.
    """
    best = max(utilities)
    pull = [exp(u - best) for u in utilities]
    shares = [0.0] * len(pull)
    open_ = list(range(len(pull)))
    rest = 1.0
    while open_ and rest > 1e-12:
        total = sum(pull[i] for i in open_)
        full = [i for i in open_ if rest * pull[i] / total > limits[i] - shares[i] + 1e-12]
        if not full:
            for i in open_:
                shares[i] += rest * pull[i] / total
            return shares
        for i in full:
            taken = max(0.0, limits[i] - shares[i])
            shares[i] += taken
        rest = 1.0 - sum(shares)
        open_ = [i for i in open_ if i not in full]
    if rest > 1e-12:
        total = sum(pull)
        shares = [s + rest * p / total for s, p in zip(shares, pull, strict=True)]
    return shares


class ChoiceScheme:
    """A service that several providers are accredited for; reviewed every year."""

    __slots__ = ("__weakref__", "budget", "end", "item", "model", "planned", "tender")

    def __init__(self, model: Market, tender: Accreditation) -> None:
        self.model = model
        self.tender = tender
        (self.item,) = tender.procurement.lot.items
        self.budget = tender.procurement.lot.budget
        self.end = model.time + 12.0 * tender.policy.duration_years
        self.planned: Event | None = None
        self._plan_review()

    def _plan_review(self) -> None:
        later = self.model.time + 12.0
        self.planned = self.model.schedule(self.review, at=later) if later < self.end - 1e-9 else None

    def close(self) -> None:
        """Cancel the next review, once the last contract under the scheme is over."""
        if self.planned is not None:
            self.model.cancel(self.planned)
            self.planned = None

    def lives(self) -> list[ContractInForce]:
        """Contracts of the providers accredited now."""
        contracts = self.model.contracts
        return [contracts[n] for n in self.item.contracts if contracts[n].contract.form.patients_choose]

    # Patients -------------------------------------------------------------------------------------------

    def shares(self, providers: Sequence[Provider], present: Sequence[float]) -> list[float]:
        """Shares of patients, in [0, 1], that would choose each provider; ``present`` are the shares now."""
        if not self.model.scenario_data.mechanisms.patient_choice:
            return [1.0 / len(providers)] * len(providers)
        utilities = [utility(self.model, p, self.item, s) for p, s in zip(providers, present, strict=True)]
        return logit_shares(utilities, [self.limit(p, s) for p, s in zip(providers, present, strict=True)])

    def limit(self, provider: Provider, present: float) -> float:
        """Largest share a provider has capacity for, counting the staff that transfers with the work (P 3.19)."""
        transfer = self.model.scenario_data.behaviour.staff_transfer
        per_share = self.item.reference_cost * (1.0 - transfer)
        free = provider.spare(self.item.function)
        return max(0.0, present + free / per_share) if per_share > 0.0 else 1.0

    def rebalance(self) -> None:
        """Let patients choose again among the providers in the scheme."""
        lives = self.lives()
        if not lives:
            return
        present = [sum(a.share for a in in_force.allocations) for in_force in lives]
        wanted = self.shares([in_force.holder for in_force in lives], present)
        # Providers that lose patients come first, so that their capacity is free for the others.
        for in_force, share, before in sorted(zip(lives, wanted, present, strict=True), key=lambda e: e[1] - e[2]):
            if abs(share - before) > 1e-12:
                deliver(in_force)
                for allocation in in_force.allocations:
                    resize(in_force, allocation, share)
                allocate_price(in_force)

    # Providers ------------------------------------------------------------------------------------------

    def sign(self, provider: Provider, share: float) -> None:
        """Give an accredited provider its contract: the scheme's price for each patient it treats."""
        model = self.model
        tender = self.tender
        policy = tender.policy
        contract = Contract(
            id=model.next_id("contract"),
            procurement=tender.procurement.id,
            commissioner=tender.commissioner.index,
            holder=provider.index,
            form=tender.form,
            payment=PAYMENTS[policy.payment],
            items=[self.item],
            price=self.budget,
            start=model.time,
            end=self.end,
            outcome_share=policy.outcome_share,
            indicators=policy.indicators,
            round=tender.procurement.lot.round,
        )
        in_force = ContractInForce(model, contract, policy)
        allocate(in_force, self.item, provider, share, None)
        model.desk.scheme_of[contract.id] = self
        begin(in_force)

    @event_handler
    def review(self) -> None:
        """Yearly review: loss-making providers leave, newcomers are accredited, patients choose again."""
        model = self.model
        self.planned = None
        # Each provider now expects to share patients with the known number of accredited providers.
        self.tender.applicants.clear()
        self.tender.expected_bidders = float(len(self.lives()))
        for in_force in self.lives():
            margin, premium = under_fixed_price(model, in_force.holder, self.tender, known=True)
            gone = margin - premium <= 0.0 and len(self.lives()) > 1
            if gone and not in_force.holder.is_trust:
                deliver(in_force)
                why = Why("risk", round(premium)) if margin > 0.0 else Why("below_cost", round(-margin))
                number = in_force.contract.id
                model.log("leaves_scheme", in_force.holder.index, contract=number, amount=why.amount, detail=why.code)
                self.item.contracts.remove(in_force.contract.id)
                end_contract(in_force, ContractState.TERMINATED, EndReason.HOLDER_WITHDREW)
        if model.time < self.end - 12.0:
            here = {in_force.holder.index for in_force in self.lives()}
            able = [p for p in model.potential_bidders(self.tender.procurement.lot, self.tender.form) if p.alive]
            for provider in self.tender.applicants_among([p for p in able if p.index not in here]):
                model.log("accredited", provider.index, procurement=self.tender.procurement.id)
                self.sign(provider, 0.0)
        self.rebalance()
        self._plan_review()


def utility(model: Market, provider: Provider, item: ServiceItem, present: float) -> float:
    """Utility of a provider to a patient: quality, less distance and waiting.

    Waiting is the share of the provider's capacity used by other work, in [0, 1].
    """
    tastes = model.scenario_data.behaviour.collaboration
    home = model.commissioners[item.commissioner]
    worth = tastes.choice_quality * provider.quality
    if not provider.at_home(home):
        worth -= tastes.choice_near if provider.region == home.region else tastes.choice_far
    capacity = provider.capacity[item.function]
    if capacity > 0:
        other = provider.committed[item.function] - present * item.reference_cost
        worth -= tastes.choice_waiting * min(1.0, max(0.0, other / capacity))
    return worth


def takes_fixed_price(model: Market, provider: Provider, tender: Accreditation) -> float:
    """Certainty equivalent, pence a year, of treating the share of patients it expects, at the fixed price."""
    margin, premium = under_fixed_price(model, provider, tender)
    return margin - premium


def under_fixed_price(
    model: Market, provider: Provider, tender: Accreditation, *, known: bool = False
) -> tuple[float, float]:
    """Margin of the fixed price over cost for the share of patients expected, and risk premium, both pence a year.

    Args:
        model: the market.
        provider: the provider that decides.
        tender: the accreditation.
        known: whether it has done the work and knows its cost.
    """
    policy = tender.policy
    lot = tender.procurement.lot
    (item,) = lot.items
    if known:
        cost, sigma = provider.true_cost(item), 0.0
    else:
        cost, sigma = estimate_cost(model, provider, item, tender.engagement_months)
    share = 1.0 / max(1.0, tender.expected_bidders)
    income = share * lot.budget * (1.0 - policy.outcome_share * (1.0 - model.expected_achievement))
    cost *= share
    variance = delivery_variance(model, policy, [(item, cost, sigma)], income)
    cost += reporting_cost(model, provider, policy.indicators, item.reference_cost * share)
    return income - cost, risk_premium(provider.risk_aversion(), variance)


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

    def applicants_among(self, able: list[Provider]) -> list[Provider]:
        """Providers that apply and qualify. Applying costs money; quality, turnover and reserves are tested (P 2.5)."""
        model = self.model
        settings = model.scenario_data.behaviour.collaboration
        least = settings.accreditation_quality
        found: list[Provider] = []
        for provider in able:
            cost = bid_cost(provider, self)
            years = self.policy.duration_years
            (item,) = self.procurement.lot.items
            if not provider.alive or not (
                self.room_for(provider, item, settings.accreditation_room) or self.held_work(provider)
            ):
                continue
            if takes_fixed_price(model, provider, self) * years <= cost:
                continue
            model.ledger.post(model.time, provider.account, WORLD, cost, Reason.BID_COST)
            provider.market_cost += cost
            response = Submission(model, self, provider)
            self.applicants.append(response)
            if (
                passes_selection(self, response)
                and judged_quality(self, provider, provider.quality, self.commissioner.skill) >= least
            ):
                found.append(provider)
        return found

    @event_handler
    def accredit(self) -> None:
        """Accredit the providers that qualify; there is no competition, and so no standstill."""
        model = self.model
        able = model.potential_bidders(self.procurement.lot, self.form)
        self.accredited = self.applicants_among(able)
        procurement = self.procurement
        for provider in self.accredited:
            procurement.bids.append(self._acceptance(provider))
            model.tell(BidMade(provider))
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
