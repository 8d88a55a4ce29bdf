"""Contests: the tenders of a textbook market that led to a contract, with every bid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from caremarket.agents.entities.provider import Provider
from caremarket.agents.model import CareMarket
from caremarket.agents.strategies import PricingStrategy
from caremarket.market.scenario import (
    Scenario,
)


@dataclass(frozen=True, slots=True)
class Offer:
    """A bid: the bidder, its estimated cost and price over reference cost, and its risk premium in pence a year."""

    bidder: int
    cost: float
    price: float
    risk_premium: int


@dataclass(frozen=True, slots=True)
class Contest:
    """A tender that ended in a contract; money as a ratio to the lot's yearly reference cost.

    Attributes:
        offers: the bids, the winner's among them.
        winner: position of the winner in the roster, from 0.
        price: price paid to the winner.
        cost: true cost of the work to the winner.
        reference_cost: pence a year.
    """

    offers: tuple[Offer, ...]
    winner: int
    price: float
    cost: float
    reference_cost: int


def contests(scenario: Scenario, seed: int, strategies: Mapping[int, PricingStrategy] | None = None) -> list[Contest]:
    """Run a textbook market; return first-attempt tenders that led to a contract, in order of contract start.

    Args:
        scenario: the market.
        seed: run seed.
        strategies: pricing strategy by position of the bidder in the roster, instead of the scenario's.
    """
    model = CareMarket(scenario, seed)
    bidders = [o for o in model.organisations if isinstance(o, Provider)]
    for number, strategy in (strategies or {}).items():
        bidders[number].strategy = strategy
    position = {b.index: n for n, b in enumerate(bidders)}
    names = {p.name: n for n, p in enumerate(model.pathways)}
    items = {(i.commissioner, i.pathway): i for i in model.items}
    tables = model.run().tables
    offers: dict[int, list[dict[str, Any]]] = {}
    for bid in tables["bids"].to_pylist():
        offers.setdefault(bid["procurement"], []).append(bid)
    found = []
    for row in tables["procurements"].to_pylist():
        if row["outcome"] != "awarded" or row["attempt"] != 1:
            continue
        reference = row["reference_cost"]
        item = items[row["commissioner"], names[row["pathways"]]]
        winner = model.provider(row["winner"])
        found.append(
            Contest(
                offers=tuple(
                    Offer(
                        position[b["bidder"]], b["cost_estimate"] / reference, b["price"] / reference, b["risk_premium"]
                    )
                    for b in offers[row["id"]]
                ),
                winner=position[row["winner"]],
                price=row["price"] / reference,
                cost=winner.true_cost(item) / item.reference_cost,
                reference_cost=reference,
            )
        )
    return found


def over_seeds(
    scenario: Scenario, seeds: int, strategies: Mapping[int, PricingStrategy] | None = None
) -> Iterator[Contest]:
    """Contests of seeds 0, 1, ... one after another."""
    for seed in range(seeds):
        yield from contests(scenario, seed, strategies)


def mean(values: list[float]) -> float:
    """Arithmetic mean."""
    return sum(values) / len(values)
