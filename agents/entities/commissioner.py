"""Clinical commissioning groups: population, budget, and costs of procurement and contract management."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.world.organisation import Organisation
from caremarket.agents.world.schedule import event_handler
from caremarket.market.ledger import WORLD, Reason

if TYPE_CHECKING:
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
        allocation: pence a year at the start of the run.
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
        self.allocation = 0

    def start(self) -> None:
        """Receive the first allocation, and schedule the next ones."""
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

    def budget_for(self, items: list[ServiceItem], policy: PolicySpec) -> int:
        """Budget for items, pence a year: historic cost with uplift, less the policy's discount (P 1.10)."""
        model = self.model
        behaviour = model.scenario_data.behaviour
        years = model.time / 12.0
        growth = ((1.0 + behaviour.budget_growth) * (1.0 + behaviour.population_growth)) ** years
        historic = sum(i.historic_price for i in items)
        return int(historic * growth * (1.0 - policy.budget_discount))

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
