"""A service for which several providers are accredited, and patients' choice among them.

Shares of patients are a multinomial logit on quality, distance and waiting. Patients whom a full provider cannot take
choose again among the others, in the proportions of the same logit.
"""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING

from caremarket.agents.contracts.allocation import allocate, resize
from caremarket.agents.contracts.delivery import deliver
from caremarket.agents.contracts.ending import end_contract
from caremarket.agents.contracts.lifecycle import begin
from caremarket.agents.contracts.price_allocation import allocate_price
from caremarket.agents.entities.contract import ContractInForce
from caremarket.agents.procurement.patient_choice.applications import qualified_applicants, under_fixed_price
from caremarket.agents.world.reasons import Why
from caremarket.agents.world.schedule import event_handler
from caremarket.market.contracts import Contract, ContractState, EndReason
from caremarket.market.payments import PAYMENTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mesa.time import Event

    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.tender import Tender
    from caremarket.market.pathways import ServiceItem


class ChoiceScheme:
    """A service that several providers are accredited for; reviewed every year."""

    __slots__ = ("__weakref__", "budget", "end", "item", "model", "planned", "tender")

    def __init__(self, model: Market, tender: Tender) -> None:
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
            for provider in qualified_applicants(self.tender, [p for p in able if p.index not in here]):
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
