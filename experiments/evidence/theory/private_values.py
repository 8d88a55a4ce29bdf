"""Independent private costs: the first-price equilibrium, and revenue equivalence."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from caremarket.experiments.evidence.theory.check import Check, Comparison
from caremarket.experiments.evidence.theory.contests import Contest, mean, over_seeds
from caremarket.experiments.evidence.theory.textbook_tender import textbook_tender
from caremarket.market.risk import first_price_bid

if TYPE_CHECKING:
    pass

BIDDERS = (2, 3, 5, 10)
MEAN_TOLERANCE = 0.03
"""Relative tolerance of mean price over 1,200 lots or more: about two standard errors of the second of ten costs."""
EXACT = 1e-6
"""Tolerance of price over reference cost: bids are whole pence, and a lot costs millions of pounds."""


def seeds_of(quick: bool) -> int:
    """Number of seeds of a check."""
    return 3 if quick else 30


@cache
def _contests(bidders: int, award_price: str, seeds: int) -> tuple[Contest, ...]:
    return tuple(over_seeds(textbook_tender((1.0,) * bidders, policy={"award_price": award_price}), seeds))


def _first_price(quick: bool) -> list[Comparison]:
    found = []
    for n in BIDDERS:
        held = _contests(n, "first", seeds_of(quick))
        off = max(abs(o.price - first_price_bid(o.cost, 0.0, 1.0, n)) for c in held for o in c.offers)
        found.append(Comparison(f"bids of {n}: largest distance from c + (1 - c)/n", off, 0.0, EXACT))
        least = max(abs(c.price - min(o.price for o in c.offers)) for c in held)
        found.append(Comparison(f"price of {n}: largest distance from the lowest bid", least, 0.0, 0.0))
        expected = 2.0 / (n + 1.0)
        price = mean([c.price for c in held])
        found.append(Comparison(f"mean price of {n} bidders", price, expected, MEAN_TOLERANCE * expected))
    return found


FIRST_PRICE = Check(
    id="1",
    name="first-price equilibrium",
    says="costs uniform on [0, 1], n risk-neutral bidders: each bids c + (1 - c)/n, the mean price is 2/(n + 1)",
    source="Vickrey 1961",
    tolerance="1e-6 for each bid, 3% for the mean price",
    run=_first_price,
)


def _revenue_equivalence(quick: bool) -> list[Comparison]:
    found = []
    for n in BIDDERS:
        first, second = (_contests(n, rule, seeds_of(quick)) for rule in ("first", "second"))
        expected = 2.0 / (n + 1.0)
        off = max(abs(o.price - o.cost) for c in second for o in c.offers)
        found.append(Comparison(f"second price, bids of {n}: largest distance from cost", off, 0.0, EXACT))
        paid = max(abs(c.price - sorted(o.price for o in c.offers)[1]) for c in second)
        found.append(Comparison(f"second price, {n}: largest distance from the next best bid", paid, 0.0, 0.0))
        second_mean = mean([c.price for c in second])
        found.append(Comparison(f"second price, mean of {n} bidders", second_mean, expected, MEAN_TOLERANCE * expected))
        difference = mean([c.price for c in first]) - second_mean
        found.append(Comparison(f"first less second price, {n}", difference, 0.0, MEAN_TOLERANCE * expected))
    return found


REVENUE_EQUIVALENCE = Check(
    id="2",
    name="revenue equivalence",
    says="first- and second-price tenders have the same expected price; in the second all bid their cost",
    source="Vickrey 1961; Myerson 1981",
    tolerance="1e-6 for each bid, 3% of 2/(n + 1) for means and their difference",
    run=_revenue_equivalence,
)
