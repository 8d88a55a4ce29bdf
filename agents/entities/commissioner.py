"""Clinical commissioning groups: who buys, what, how, and for how much."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from caremarket.agents.bidding.bid_decision import prepare_bid
from caremarket.agents.money.pooled_budget import joint_cost_multiple
from caremarket.agents.procurement.fallback import fall_back
from caremarket.agents.procurement.lots import lead_of, lots_of_one, lots_of_several, taken_apart
from caremarket.agents.procurement.opened_services import choice_terms, set_apart
from caremarket.agents.procurement.opening import open_procurement
from caremarket.agents.procurement.options_appraisal import APPRAISE
from caremarket.agents.procurement.overarching_agreement import phase
from caremarket.agents.procurement.renewal import DIRECT, route_for
from caremarket.agents.procurement.submission import Response
from caremarket.agents.world.organisation import Organisation
from caremarket.agents.world.schedule import event_handler
from caremarket.market.ledger import WORLD, Reason
from caremarket.market.procurement import ROUTES, State

if TYPE_CHECKING:
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.model import CareMarket
    from caremarket.agents.procurement.tender_process import TenderProcess
    from caremarket.agents.world.blueprint import CommissionerSeed
    from caremarket.market.levers import PolicySpec
    from caremarket.market.pathways import ServiceItem
    from caremarket.market.procurement import Route


class Commissioner(Organisation):
    """A clinical commissioning group: buys pathways again and again, within what it was allocated."""

    def __init__(self, model: CareMarket, seed: CommissionerSeed) -> None:
        super().__init__(model, id=seed.id, name=seed.name, kind="ccg", area=seed.area, region=seed.region)
        self.population = seed.population
        self.skill = seed.skill
        self.data_quality = seed.data_quality
        self.parameters = model.scenario_data.behaviour.procurement
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
        model.primary_care.close_year(self)
        model.schedule(self.receive_allocation, after=12.0)

    # What to buy ----------------------------------------------------------------------------------------

    def choose_policy(self, items: list[ServiceItem]) -> PolicySpec:
        """The terms on which it will buy ``items``: the policy of the day, its form chosen where that is left open."""
        model = self.model
        if model.policy.form == APPRAISE and model.appraiser is not None:
            return model.appraiser.choose(self, items)
        return model.policy

    def lots_for(self, items: list[ServiceItem], policy: PolicySpec) -> list[list[ServiceItem]]:
        """Group items that are due into lots: functions or pathways, its own or with its neighbours'."""
        if policy.ccgs_per_lot > 1:
            return lots_of_several(self.model, items, policy)
        return lots_of_one(self, items, policy)

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
        policy: PolicySpec | None = None,
        budget_known: bool = False,
    ) -> None:
        """Start procurements for items that are due and not already being procured.

        A later attempt is made on the terms of the first, ``policy``; ``budget_known`` if bidders have been told why
        the one before failed. Who is asked directly is told what there is to spend.
        """
        model = self.model
        if policy is None:
            if attempt == 1:
                opened, items = set_apart(model, items, model.policy)
                for item in opened:
                    model.commissioners[item.commissioner].procure([item], policy=choice_terms(model.policy))
                if not items:
                    return
            policy = self.choose_policy(items)
        if attempt == 1 and policy.ccgs_per_lot == 1 and any(i.commissioner != self.index for i in items):
            # They bought together before and do so no more.
            for index in dict.fromkeys(i.commissioner for i in items):
                model.commissioners[index].procure([i for i in items if i.commissioner == index])
            return
        lots = self.lots_for(items, policy) if attempt == 1 else [[i for i in items if not i.procuring]]
        for lot in lots:
            if not lot or (attempt == 1 and phase(self, lot, policy)):
                continue
            for item in lot:
                item.procuring = True
                item.next_round()
            ceiling = self.budget_for(lot, policy) if budget is None else budget
            buyer = lead_of(model, lot)
            if attempt == 1:
                route = route_for(buyer, lot, policy)
            else:
                route = ROUTES[policy.route] if attempt <= self.parameters.max_attempts else DIRECT
            told = budget_known or (model.scenario_data.mechanisms.budget_binds and not route.competitive)
            open_procurement(
                model, buyer, lot, policy=policy, route=route, attempt=attempt, budget=ceiling, budget_known=told
            )

    def pay_for_procurement(self, tender: TenderProcess) -> None:
        """Transaction cost of running a procurement: a fixed part, dearer by route and by who must agree (P 4.7)."""
        cost = self.cost_of_procuring(tender.procurement.route) * joint_cost_multiple(self.model, tender.purse)
        tender.charge(int(cost), Reason.TRANSACTION)

    def cost_of_procuring(self, route: Route) -> float:
        """Pence that buying something by ``route`` costs it alone: less, the more skilled it is."""
        return self.cost_of_managing * route.commissioner_cost_multiple

    @property
    def cost_of_managing(self) -> float:
        """Pence that a year of running one contract costs it alone: less, the more skilled it is (P 2.9)."""
        scenario = self.model.scenario_data
        if not scenario.mechanisms.management_cost:
            return 0.0
        return scenario.behaviour.contract_cost_commissioner_gbp * 100.0 * (1.5 - self.skill)

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
        if tender.setback == "impact":
            self._after_impact_assessment(lot.items)
            return
        most = self.parameters.max_attempts
        attempt = procurement.attempt + 1
        if tender.setback == "challenge":
            # The award fell, not the competition: it is held again.
            attempt = min(attempt, most)
        budget = lot.budget
        beyond = told = False
        if procurement.state is State.OVER_BUDGET:
            cheapest = min(b.price for b in procurement.bids)
            line = lot.budget * self.parameters.direct_award_line
            beyond = cheapest > line
            # Bidders hear what there is to spend; more is found only if nobody can do it for that.
            told = model.scenario_data.mechanisms.budget_binds
            if tender.budget_known or not told:
                budget = int(min(cheapest * (1.0 + self.parameters.over_budget_raise), line))
        if fall_back(self, tender):
            return
        uncovered = [i for i in lot.items if not i.contracts]
        if attempt > most + 1:
            # Nobody wants it at the price: whoever can must carry it on for a while, at cost.
            model.caretaker(self, lot.items, at_most=self._affordable)
            return
        if uncovered and attempt <= most:
            model.caretaker(self, uncovered)
        if beyond or procurement.state is State.NO_BIDS:
            parts = taken_apart(lot.items)
            if len(parts) > 1:
                # Nobody could take it on as one, or not for the money.
                why = "too_dear" if beyond else "nobody"
                model.log("unbundled", self.index, procurement=procurement.id, detail=why)
                for part in parts:
                    self.procure(part, attempt=min(attempt, most), policy=tender.policy, budget_known=told)
                return
        self.procure(lot.items, attempt=attempt, budget=budget, policy=tender.policy, budget_known=told)

    def _affordable(self, items: list[ServiceItem]) -> float:
        """Pence a year it pays at most for care that nobody offered to do for less; infinite if budgets do not bind."""
        if not self.model.scenario_data.mechanisms.budget_binds:
            return inf
        return self.budget_for(items, self.model.policy) * self.parameters.direct_award_line

    def _after_impact_assessment(self, items: list[ServiceItem]) -> None:
        """Buy a bundle in parts, of which each moves less; else buy again later, under the present contract."""
        model = self.model
        model.procurement.spared.update(i.index for i in items)
        parts = taken_apart(items)
        if len(parts) == 1:
            model.caretaker(self, items)
            return
        for part in parts:
            self.procure(part, attempt=self.parameters.max_attempts)

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

        limit = lot.budget * self.parameters.direct_award_line
        asked = self.parameters.direct_award_asked
        for bidder in sorted(model.potential_bidders(lot, tender.form), key=liking)[:asked]:
            decision = prepare_bid(model, bidder, tender)
            if decision is not None and decision[0].price <= limit:
                response = Response(model, tender, bidder)
                response.bid, response.plan = decision
                response.bid.compliant = response.bid.price <= lot.budget
                return response
        return None
