"""Services that commissioners buy, created at the start of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.market.pathways import FUNCTION_INDEX, FUNCTIONS, Need, ServiceItem
from caremarket.market.randomness import entity_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from caremarket.agents.entities.commissioner import Commissioner
    from caremarket.agents.entities.market import Market


def lay_out_services(model: Market, commissioners: Iterable[Commissioner]) -> None:
    """Create an item for each commissioner, pathway and function with a share of the cost."""
    behaviour = model.scenario_data.behaviour
    risky = model.scenario_data.mechanisms.demand_risk
    for commissioner in commissioners:
        for p, pathway in enumerate(model.pathways):
            need = Need(
                model.streams,
                entity_key("need", commissioner.id, pathway.name),
                pathway.demand_cv if risky else 0.0,
                pathway.case_cost_cv if risky else 0.0,
                behaviour.population_growth,
            )
            for function in FUNCTIONS:
                share = pathway.function_shares.get(function, 0.0)
                base = round(commissioner.population * pathway.cost_per_head_gbp * 100.0 * share)
                if base <= 0:
                    continue
                item = ServiceItem(
                    index=len(model.items),
                    key=entity_key("item", commissioner.id, pathway.name, function),
                    commissioner=commissioner.index,
                    pathway=p,
                    function=FUNCTION_INDEX[function],
                    base_cost=base,
                    historic_price=base,
                    need=need,
                    reference_cost=base,
                )
                model.items.append(item)
                commissioner.items.append(item)
