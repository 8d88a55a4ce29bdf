"""Entry of new providers: more likely in areas where contracts pay more than care costs and tenders are published."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

from caremarket.agents.entities.notices import ProviderEntered
from caremarket.agents.population.draws import demand_per_head, draw_provider
from caremarket.agents.world.schedule import event_handler
from caremarket.market.pathways import FUNCTIONS
from caremarket.market.provider_kinds import lasting_kinds
from caremarket.market.randomness import Purpose

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market


class EntryWatch:
    """Yearly draw of the providers that enter one area."""

    __slots__ = ("__weakref__", "_seen", "_years", "area", "key", "model", "region")

    def __init__(self, model: Market, area: str, region: str, key: int) -> None:
        self.model = model
        self.area = area
        self.region = region
        self.key = key
        self._seen = 0
        self._years = 0

    @event_handler
    def draw_entrants(self) -> None:
        """Draw the number of entrants for the coming year: rises with margins and tenders, zero without tenders."""
        model = self.model
        if not model.scenario_data.mechanisms.entry:
            return
        behaviour = model.scenario_data.behaviour
        self._years += 1
        total = model.beliefs.tenders.get(self.area, 0)
        tenders, self._seen = total - self._seen, total
        if tenders:
            margin, function = max((model.beliefs.margins.get((self.area, f), 0.0), -f) for f in range(len(FUNCTIONS)))
            appeal = 1.0 + behaviour.entry_margin_sensitivity * margin
            openness = min(1.0, tenders / 10.0)
            rate = behaviour.entry_rate_per_area * max(0.0, appeal) * openness
            count = model.streams.poisson(rate, Purpose.ENTRY, self.key, 0, self._years)
            for number in range(count):
                self._enter(-function, number)
        model.schedule(self.draw_entrants, after=12.0)

    def _enter(self, function: int, number: int) -> None:
        """Add one entrant that can deliver the function with the highest margin."""
        model = self.model
        kinds = model.scenario_data.market.kinds
        name = FUNCTIONS[function]
        newcomers = [k.name for k in lasting_kinds() if k.enters and kinds[k.name].functions.get(name, 0.0) > 0.0]
        if not newcomers:
            return
        weights = list(accumulate(kinds[k].functions[name] for k in newcomers))
        u = model.streams.uniform(Purpose.ENTRANT, self.key, number, self._years) * weights[-1]
        kind = newcomers[bisect_right(weights, u, hi=len(weights) - 1)]
        identity = f"{self.area}-entrant-{self._years}-{number}"
        seed = draw_provider(
            kinds[kind],
            kind,
            identity,
            f"New {kind.replace('_', ' ')} {identity}",
            self.area,
            self.region,
            model.streams,
            functions=(name,),
            demand=demand_per_head(model.pathways),
            fit=model.scenario_data.market.fit,
        )
        provider = model.add_provider(seed)
        model.tell(ProviderEntered(provider))
        model.log("entry", provider.index, detail=kind)
