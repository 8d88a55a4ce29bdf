"""Clinical commissioning groups: population, budget, and costs of procurement and contract management."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.world.organisation import Organisation
from caremarket.market.payments import PAYMENTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from caremarket.agents.entities.budget_plan import BudgetPlan
    from caremarket.agents.entities.market import Market
    from caremarket.agents.world.blueprint import CommissionerSeed
    from caremarket.market.levers import PolicySpec
    from caremarket.market.pathways import ServiceItem
    from caremarket.market.procurement import Route


class Commissioner(Organisation):
    """A clinical commissioning group, which buys care pathways within its yearly allocation.

    Attributes:
        population: registered population, heads.
        skill: contracting skill, in [0, 1].
        data_quality: quality of its data, in [0, 1].
        items: items that it buys; ``by_pathway`` the same by pathway.
        first_allocation: allocation of the first year, pence.
        allocation: allocation of the present year, pence.
        allocated_at: month in which it was received.
        share_left: part of its allocation left by cuts, from 1 down.
        closing: surplus (deficit below 0) of all years so far at the end of last year, pence.
        carried: what of it was carried over into the present year, pence.
        beyond: last year's spending beyond what was planned under contracts, pence; None before the first year's end.
        plan: its plan for the present year; None with the mechanism off.
        put_off: new services that it does not buy, or has closed, until it can afford them.
    """

    model: Market

    def __init__(self, model: Market, seed: CommissionerSeed) -> None:
        super().__init__(model, id=seed.id, name=seed.name, kind="ccg", area=seed.area, region=seed.region)
        self.population = seed.population
        self.skill = seed.skill
        self.data_quality = seed.data_quality
        self.parameters = model.scenario_data.behaviour.procurement
        self.items: list[ServiceItem] = []
        self.by_pathway: dict[int, list[ServiceItem]] = {}
        self.first_allocation = 0
        self.allocation = 0
        self.allocated_at = 0.0
        self.share_left = 1.0
        self.closing = 0
        self.carried = 0
        self.beyond: float | None = None
        self.plan: BudgetPlan | None = None
        self.put_off: list[ServiceItem] = []

    # What to buy ----------------------------------------------------------------------------------------

    def growth(self) -> float:
        """Uplift of budgets and population since the start of the run, as a factor."""
        behaviour = self.model.scenario_data.behaviour
        return float(
            ((1.0 + behaviour.budget_growth) * (1.0 + behaviour.population_growth)) ** (self.model.time / 12.0)
        )

    def usual_price(self, items: Sequence[ServiceItem]) -> float:
        """Usual price of items for today's population, pence a year."""
        now = self.model.time
        ratio = self.model.beliefs.price_ratio
        return sum([ratio(i) * i.base_cost * i.need.population(now) for i in items])

    def least_price(self, items: Sequence[ServiceItem]) -> float:
        """Lowest price at which it believes that any provider could do the work, pence a year."""
        now = self.model.time
        low = self.model.scenario_data.behaviour.belief_low
        return low * sum([i.base_cost * i.need.population(now) for i in items])

    def budget_for(self, items: list[ServiceItem], policy: PolicySpec) -> int:
        """Budget for items, pence a year: historic cost with uplift, rebased, less the policy's discount (P 1.10).

        In deficit it offers less than the usual price, though not less than the lowest price it believes possible. With
        headroom it offers the usual price where that is above historic cost.
        """
        historic = sum(i.historic_price * self.rebased(i, policy) for i in items)
        budget = historic * self.growth() * (1.0 - policy.budget_discount)
        plan = self.plan
        if plan is None:
            return int(budget)
        usual = self.usual_price(items)
        if plan.in_deficit:
            return int(min(budget, max(usual * (1.0 - plan.cut), self.least_price(items))))
        if policy.budget_discount > 0.0:
            return int(budget)
        return int(max(budget, min(usual, budget + plan.headroom)))

    def rebased(self, item: ServiceItem, policy: PolicySpec) -> float:
        """Factor on an item's budget from what was done under the last contract; 1 unless the payment is rebased.

        It sees work not done as well as its data are good, and pays for every patient turned away elsewhere.
        """
        scenario = self.model.scenario_data
        if not (scenario.mechanisms.rebasing and PAYMENTS[policy.payment].rebased):
            return 1.0
        undone, refused = item.shortfalls()
        return max(0.0, 1.0 - self.data_quality * undone - scenario.behaviour.activity.elsewhere_multiple * refused)

    def most_for(self, budget: float) -> float:
        """Highest price it pays where no offer comes within ``budget``, pence a year: limited by what it has left."""
        line = budget * self.parameters.direct_award_line
        return line if self.plan is None else min(line, budget + self.plan.headroom)

    def commit(self, more: float) -> None:
        """Take ``more`` pence a year than planned out of its headroom."""
        if self.plan is not None:
            self.plan.headroom = max(0.0, self.plan.headroom - max(0.0, more))

    def cost_of_procuring(self, route: Route) -> float:
        """Cost of a procurement by ``route``, pence, if it buys alone; falls with its skill."""
        return self.cost_of_managing * route.commissioner_cost_multiple

    @property
    def cost_of_managing(self) -> float:
        """Yearly cost of managing one contract, pence, if it buys alone; falls with its skill (P 2.9)."""
        scenario = self.model.scenario_data
        if not scenario.mechanisms.management_cost:
            return 0.0
        return scenario.behaviour.contract_cost_commissioner_gbp * 100.0 * (1.5 - self.skill)
