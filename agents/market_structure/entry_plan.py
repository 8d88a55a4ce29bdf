"""A potential entrant's plan: the tenders it would answer, the capacity it would build, and what entry is worth.

The surplus that a newcomer expects to the horizon is compared with a cost that is sunk: registration, and fixed cost of
the capacity before any income.
"""

from __future__ import annotations

from dataclasses import replace
from math import exp, log
from typing import TYPE_CHECKING, NamedTuple

from caremarket.agents.market_structure.entry_openings import Newcomer, entry_cost
from caremarket.agents.market_structure.entry_prospects import prospect
from caremarket.agents.population.draws import demand_per_head, draw_provider
from caremarket.market.pathways import FUNCTION_INDEX, FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from caremarket.agents.entities.market import Market
    from caremarket.agents.market_structure.entry_prospects import Prospect
    from caremarket.agents.market_structure.published_tenders import PublishedTenders
    from caremarket.agents.world.blueprint import ProviderSeed
    from caremarket.market.provider_kinds import ProviderKindSpec


class EntryPlan(NamedTuple):
    """What a potential entrant makes of one function. Money is in pence.

    Attributes:
        seed: its traits, with the capacity that it would build.
        worth: discounted surplus that it expects to the horizon.
        cost: cost of entry, sunk.
        against: code of the reason to stay out; empty if it enters.
    """

    seed: ProviderSeed
    worth: float
    cost: float
    against: str

    @property
    def net(self) -> float:
        """Discounted surplus less cost of entry."""
        return self.worth - self.cost


def best_plan(
    model: Market, tenders: PublishedTenders, kind: str, identity: str, place: tuple[str, str], error: float
) -> EntryPlan:
    """Best of the plans of a potential entrant, one for each function that it can deliver.

    Args:
        model: the market.
        tenders: tenders published in the last year.
        kind: its kind.
        identity: its stable identifier, the key of every draw.
        place: its area and region.
        error: its error in judging its cost, a standard normal.
    """
    able = _drawn(model, kind, identity, place, None)
    plans = []
    for name in able.unit_cost:
        seed = _drawn(model, kind, identity, place, name)
        spec = model.scenario_data.market.kinds[kind]
        sigma = model.scenario_data.behaviour.entry.cost_error if model.scenario_data.mechanisms.estimate_error else 0.0
        cost = believed_cost(spec, seed.unit_cost[name], sigma, error)
        plans.append(plan_for(model, tenders, Newcomer(seed, FUNCTION_INDEX[name], cost)))
    return max(plans, key=lambda plan: (not plan.against, plan.net))


def _drawn(model: Market, kind: str, identity: str, place: tuple[str, str], function: str | None) -> ProviderSeed:
    """Traits of a potential entrant, with the functions that its kind draws or one of them.

    All its turnover is from elsewhere.
    """
    market = model.scenario_data.market
    seed = draw_provider(
        market.kinds[kind],
        kind,
        identity,
        f"New {kind.replace('_', ' ')} {identity}",
        *place,
        model.streams,
        functions=None if function is None else (function,),
        demand=demand_per_head(model.pathways),
        fit=market.fit,
    )
    return replace(seed, outside_turnover=seed.turnover)


def believed_cost(spec: ProviderKindSpec, unit_cost: float, sigma: float, error: float) -> float:
    """Expected unit cost given an estimate of it, multiple of reference cost.

    It knows the spread of unit costs of its kind, so that it distrusts an estimate that is far from usual (Bayes' rule
    for normal logarithms). Those who enter are then no more disappointed in their cost than those who stay out.

    Args:
        spec: distributions of its kind.
        unit_cost: true unit cost.
        sigma: log standard deviation of the estimate.
        error: error of the estimate, a standard normal.
    """
    prior = spec.unit_cost.sigma**2
    trusted = prior / (prior + sigma * sigma) if sigma else 1.0
    usual = log(spec.unit_cost.median)
    seen = log(unit_cost) + sigma * error
    return exp(usual + trusted * (seen - usual) + 0.5 * prior * (1.0 - trusted))


def plan_for(model: Market, tenders: PublishedTenders, newcomer: Newcomer) -> EntryPlan:
    """Plan of a newcomer for one function: tenders in order of surplus for each unit of capacity, as far as it pays."""
    seed = newcomer.seed
    published = [prospect(t, newcomer, tenders) for t in tenders.recent(seed.area)]
    open_to_it = [p for p in published if p is not None]
    if not open_to_it:
        return EntryPlan(seed, 0.0, entry_cost(model, newcomer, 0.0), "no_tenders")
    worth = [p for p in open_to_it if p.gain > 0.0]
    if not worth:
        return EntryPlan(seed, 0.0, entry_cost(model, newcomer, 0.0), "no_surplus")
    sizes = list(_sizes(worth, max(seed.capacity.values()), _bid_months(model, seed)))
    found = [(gain, entry_cost(model, newcomer, capacity), capacity) for gain, capacity in sizes]
    gain, cost, capacity = max(found, key=lambda size: size[0] - size[1])
    if gain <= cost:
        return EntryPlan(seed, gain, cost, "entry_cost")
    paid = [size for size in found if size[1] <= seed.reserves and size[0] > size[1]]
    if not paid:
        return EntryPlan(seed, gain, cost, "no_funds")
    gain, cost, capacity = max(paid, key=lambda size: size[0] - size[1])
    built = replace(seed, capacity={FUNCTIONS[newcomer.function]: round(capacity)})
    return EntryPlan(built, gain, cost, "")


def _sizes(prospects: list[Prospect], capacity: float, months: float) -> Iterable[tuple[float, float]]:
    """Expected surplus and the capacity that it needs, with one tender more each time, within capacity and bid writers.

    Args:
        prospects: tenders in a year that are worth a bid.
        capacity: most capacity that it can build, pence a year of reference cost.
        months: months of bids that its staff can write in a year.
    """
    gain = work = largest = 0.0
    for found in sorted(prospects, key=lambda p: -p.gain / max(p.work, 1.0)):
        part = min(1.0, (capacity - work) / max(found.work, 1.0), months / found.months if found.months else 1.0)
        if part <= 0.0:
            return
        gain += part * found.gain
        work += part * found.work
        months -= part * found.months
        largest = max(largest, found.room)
        yield gain, max(work, largest)


def _bid_months(model: Market, seed: ProviderSeed) -> float:
    """Months of bids in a year that it can have in hand; see ``Provider.bid_limit``."""
    if not model.scenario_data.mechanisms.bid_cost:
        return 12e6
    behaviour = model.scenario_data.behaviour
    hands = behaviour.bids_in_hand_skilled + behaviour.bids_in_hand_per_million_gbp * seed.turnover / 1e8
    return 12.0 * (1 + int(hands * seed.skill))
