"""Clinical commissioning groups: who buys, what, how, and for how much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.appraisal import APPRAISE
from agents.bidding import prepare_bid
from agents.events import event_handler
from agents.organisation import Organisation
from agents.tendering import Response, TenderProcess, open_procurement
from market.ledger import WORLD, Reason
from market.procurement import ROUTES, State

if TYPE_CHECKING:
    from agents.model import CareMarket
    from agents.population.blueprint import CommissionerSeed
    from agents.provider import Provider
    from market.levers import PolicySpec
    from market.pathways import ServiceItem

MAX_ATTEMPTS = 2
"""Competitive attempts at a lot before the commissioner turns to a provider directly."""

DIRECT_AWARD_LINE = 1.10
"""Most a commissioner pays in a direct award, relative to budget, before it settles for bridging."""


class Commissioner(Organisation):
    """A clinical commissioning group: buys pathways again and again, within what it was allocated."""

    def __init__(self, model: CareMarket, seed: CommissionerSeed) -> None:
        super().__init__(model, id=seed.id, name=seed.name, kind="ccg", area=seed.area, region=seed.region)
        self.population = seed.population
        self.skill = seed.skill
        self.data_quality = seed.data_quality
        self.items: list[ServiceItem] = []
        self.by_pathway: dict[int, list[ServiceItem]] = {}
        self.allocation = 0

    def start(self) -> None:
        """Receive the first allocation; more come each year."""
        for item in self.items:
            self.by_pathway.setdefault(item.pathway, []).append(item)
        self.allocation = sum(i.historic_price for i in self.items)
        self.model.schedule(self.receive_allocation, after=0.0)

    @event_handler
    def receive_allocation(self) -> None:
        """Yearly allocation: historic cost of the pathways simulated, grown with population and uplift."""
        model = self.model
        behaviour = model.scenario_data.behaviour
        years = model.time / 12.0
        growth = ((1.0 + behaviour.budget_growth) * (1.0 + behaviour.population_growth)) ** years
        model.ledger.post(model.time, WORLD, self.account, int(self.allocation * growth), Reason.ALLOCATION)
        model.schedule(self.receive_allocation, after=12.0)

    # What to buy ----------------------------------------------------------------------------------------

    def choose_policy(self, items: list[ServiceItem]) -> PolicySpec:
        """The terms on which it will buy ``items``: the policy of the day, its form chosen where that is left open."""
        model = self.model
        if model.policy.form == APPRAISE and model.appraiser is not None:
            return model.appraiser.choose(self, items)
        return model.policy

    def lots_for(self, items: list[ServiceItem], policy: PolicySpec) -> list[list[ServiceItem]]:
        """Group items that are due into lots: one function each, or whole pathways, several to a lot."""
        if policy.lot_scope == "function":
            return [[i] for i in items if not i.procuring]
        lots: list[list[ServiceItem]] = []
        taken: set[int] = set()
        order = sorted(self.by_pathway)
        for item in items:
            if item.procuring or item.index in taken:
                continue
            start = order.index(item.pathway) // policy.pathways_per_lot * policy.pathways_per_lot
            wanted = order[start : start + policy.pathways_per_lot]
            lot = [i for p in wanted for i in self.by_pathway[p] if not i.procuring and i.index not in taken]
            taken.update(i.index for i in lot)
            lots.append(lot)
        return lots

    def budget_for(self, items: list[ServiceItem], policy: PolicySpec) -> int:
        """Affordability in pence a year: historic cost with uplift, less the discount asked for (P 1.10)."""
        model = self.model
        behaviour = model.scenario_data.behaviour
        years = model.time / 12.0
        growth = ((1.0 + behaviour.budget_growth) * (1.0 + behaviour.population_growth)) ** years
        historic = sum(i.historic_price for i in items)
        return int(historic * growth * (1.0 - policy.budget_discount))

    def procure(
        self,
        items: list[ServiceItem],
        *,
        attempt: int = 1,
        budget: int | None = None,
        chosen: PolicySpec | None = None,
    ) -> None:
        """Start procurements for items that are due and not already being procured.

        ``chosen`` are the terms of the attempt before: a form chosen by appraisal is kept until a contract is let.
        """
        model = self.model
        keep = chosen is not None and model.policy.form == APPRAISE
        policy = chosen if chosen is not None and keep else self.choose_policy(items)
        route = ROUTES[policy.route]
        if attempt > MAX_ATTEMPTS:
            route = ROUTES["direct_award"]
        lots = self.lots_for(items, policy) if attempt == 1 else [[i for i in items if not i.procuring]]
        for lot in lots:
            if not lot:
                continue
            for item in lot:
                item.procuring = True
                item.rounds += 1
            ceiling = self.budget_for(lot, policy) if budget is None else budget
            open_procurement(model, self, lot, policy=policy, route=route, attempt=attempt, budget=ceiling)

    def pay_for_procurement(self, tender: TenderProcess) -> None:
        """Transaction cost of running a procurement: a fixed part, dearer by route (P 4.7)."""
        model = self.model
        cost = model.scenario_data.behaviour.contract_cost_commissioner_gbp * 100.0
        cost *= tender.procurement.route.commissioner_cost_multiple * (1.5 - self.skill)
        model.ledger.post(model.time, self.account, WORLD, int(cost), Reason.TRANSACTION)

    # When a procurement fails ---------------------------------------------------------------------------

    def procurement_failed(self, tender: TenderProcess) -> None:
        """Keep the service going under the present contract and try again, with more money if that was why."""
        model = self.model
        procurement = tender.procurement
        lot = procurement.lot
        for item in lot.items:
            item.procuring = False
        if model.appraiser is not None:
            model.appraiser.failed(tender)
        budget = lot.budget
        if procurement.state is State.OVER_BUDGET:
            cheapest = min(b.price for b in procurement.bids)
            budget = int(min(cheapest * 1.02, lot.budget * DIRECT_AWARD_LINE))
        attempt = procurement.attempt + 1
        uncovered = [i for i in lot.items if not i.contracts]
        if attempt > MAX_ATTEMPTS + 1:
            # Nobody wants it at the price: whoever can must carry it on for a while, at cost.
            model.caretaker(self, lot.items)
            return
        if uncovered and attempt <= MAX_ATTEMPTS:
            model.caretaker(self, uncovered)
        self.procure(lot.items, attempt=attempt, budget=budget, chosen=tender.policy)

    def choose_directly(self, tender: TenderProcess) -> Response | None:
        """Direct award: the provider that does most of the work now, then others by trust and quality.

        The first whose price is affordable gets it.
        """
        model = self.model
        now = model.time
        lot = tender.procurement.lot
        trust = model.trust.between

        def liking(other: Provider) -> tuple[float, float, int]:
            held = tender.held_work(other)
            return (-held, -(trust(self.key, other.key, now) + other.quality), other.index)

        limit = lot.budget * DIRECT_AWARD_LINE
        for bidder in sorted(model.potential_bidders(lot, tender.form), key=liking)[:6]:
            decision = prepare_bid(model, bidder, tender)
            if decision is not None and decision[0].price <= limit:
                response = Response(model, tender, bidder)
                response.bid, response.plan = decision
                return response
        return None
