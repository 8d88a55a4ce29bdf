"""Entry of new providers: a potential entrant enters an area if it expects more surplus than entry costs."""

from __future__ import annotations

from math import exp, log
from typing import TYPE_CHECKING

from caremarket.agents.entities.notices import EntrantReviewed, EntryConsidered, ProviderEntered
from caremarket.agents.market_structure.entry_plan import best_plan
from caremarket.agents.world.schedule import event_handler
from caremarket.market.ledger import WORLD, Reason
from caremarket.market.provider_kinds import lasting_kinds
from caremarket.market.randomness import Purpose

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.market_structure.entry_plan import EntryPlan
    from caremarket.agents.market_structure.published_tenders import PublishedTenders

_KIND, _ERROR = 0, 1


class EntryWatch:
    """Potential entrants of one area: they look at its market one by one, at random times."""

    __slots__ = ("__weakref__", "_looked", "area", "key", "model", "region", "tenders")

    def __init__(self, model: Market, area: str, region: str, key: int, tenders: PublishedTenders) -> None:
        self.model = model
        self.area = area
        self.region = region
        self.key = key
        self.tenders = tenders
        self._looked = 0

    def await_next(self) -> None:
        """Draw the time at which the next potential entrant looks (exponential)."""
        rate = self.model.scenario_data.behaviour.entry.potential_entrants_per_area
        if rate > 0.0:
            u = self.model.streams.uniform(Purpose.ENTRY, self.key, 0, self._looked)
            self.model.schedule(self.consider, after=-12.0 * log(u) / rate)

    @event_handler
    def consider(self) -> None:
        """Have a potential entrant compare what it expects with the cost of entry, and enter or stay out."""
        model = self.model
        number = self._looked
        self._looked += 1
        kinds = model.scenario_data.market.kinds
        newcomers = [k.name for k in lasting_kinds() if k.enters and any(kinds[k.name].functions.values())]
        if newcomers:
            u = model.streams.uniform(Purpose.ENTRANT, self.key, number, _KIND)
            kind = newcomers[int(u * len(newcomers))]
            error = model.streams.normal(Purpose.ENTRANT, self.key, number, _ERROR)
            identity = f"{self.area}-entrant-{number}"
            plan = best_plan(model, self.tenders, kind, identity, (self.area, self.region), error)
            model.tell(EntryConsidered(self.area))
            if plan.against:
                amount = plan.cost - plan.seed.reserves if plan.against == "no_funds" else -plan.net
                model.log("no_entry", amount=round(amount), detail=plan.against)
            else:
                enter(model, plan)
        self.await_next()


def enter(model: Market, plan: EntryPlan) -> Provider:
    """Add an entrant, which pays the cost of entry."""
    provider = model.add_provider(plan.seed)
    cost = provider.entry_cost = int(plan.cost)
    model.ledger.post(model.time, provider.account, WORLD, cost, Reason.ENTRY_COST)
    provider.market_cost += cost
    model.tell(ProviderEntered(provider))
    model.log("entry", provider.index, amount=cost, detail=provider.kind)
    Entrant(model, provider)
    return provider


class Entrant:
    """An entrant's result: its profit since it entered, discounted, until the horizon of its plan."""

    __slots__ = ("__weakref__", "_profit", "_seen", "_step", "_years", "model", "provider")

    def __init__(self, model: Market, provider: Provider) -> None:
        self.model = model
        self.provider = provider
        self._seen = _earned(provider)
        self._profit = 0.0
        self._years = 0.0
        self._await()

    def _await(self) -> None:
        self._step = min(1.0, self.model.scenario_data.behaviour.entry.horizon_years - self._years)
        self._years += self._step
        self.model.schedule(self.review, after=12.0 * self._step)

    @event_handler
    def review(self) -> None:
        """Add the profit of the year past; at the horizon of the plan, report the result."""
        behaviour = self.model.scenario_data.behaviour.entry
        earned = _earned(self.provider)
        # Profit is discounted from the middle of its year.
        self._profit += (earned - self._seen) * exp(-behaviour.discount_rate * (self._years - 0.5 * self._step))
        self._seen = earned
        if self._years < behaviour.horizon_years:
            self._await()
        else:
            self.model.tell(EntrantReviewed(self.provider, self._profit))


def _earned(provider: Provider) -> int:
    """Profit in the market so far, pence; invoiced work counts as earned."""
    return provider.market_income - provider.market_cost + (provider.receivable if provider.alive else 0)
