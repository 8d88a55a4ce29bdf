"""Results of a market: the summary, and the yearly measures by nation, area and pathway."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from caremarket.agents.records.measures import MEASURES, summary_names, yearly_measures
from caremarket.agents.records.measures.view import MarketView, Shares

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market
    from caremarket.agents.records.measured_market import MeasuredMarket
    from caremarket.agents.world.result import Number


def national_shares(model: Market) -> Shares:
    """Value of all contracts in force, by holder and by deliverer."""
    shares = Shares(model)
    for in_force in model.contracts.values():
        shares.add(in_force)
    return shares


def yearly_rows(model: MeasuredMarket, year: int) -> Iterable[tuple[int, str, str, str, float | None]]:
    """Measures at the end of a year, by nation, area and pathway."""
    nation = Shares(model)
    areas: dict[str, Shares] = {}
    pathways: dict[int, Shares] = {}
    for in_force in model.contracts.values():
        nation.add(in_force)
        area = in_force.commissioner.area
        if area not in areas:
            areas[area] = Shares(model)
        areas[area].add(in_force)
        for pathway in dict.fromkeys(i.pathway for i in in_force.contract.items):
            if pathway not in pathways:
                pathways[pathway] = Shares(model)
            pathways[pathway].add(in_force, pathway)
    of_contracts = yearly_measures(everywhere=True)
    view = MarketView(model, nation)
    for measure in (*of_contracts, *yearly_measures(everywhere=False)):
        yield year, "nation", "", measure.name, measure.value(view)
    for area in sorted(areas):
        view = MarketView(model, areas[area])
        for measure in of_contracts:
            yield year, "area", area, measure.name, measure.value(view)
    for pathway in sorted(pathways):
        view = MarketView(model, pathways[pathway])
        for measure in of_contracts:
            yield year, "pathway", model.pathways[pathway].name, measure.name, measure.value(view)


def summarise(model: MeasuredMarket) -> dict[str, Number]:
    """The flat summary at the horizon, in the order of :func:`summary_names`."""
    tally = model.tally
    for in_force in model.contracts.values():
        for sub in in_force.contract.subcontracts:
            if sub.end < 0:
                tally.close_subcontract(sub, model.provider(sub.supplier))
    view = MarketView(model, national_shares(model))
    return {name: MEASURES[name].value(view) for name in summary_names()}
