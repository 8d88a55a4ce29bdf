"""Bidders that learn, over 5,000 tenders of the textbook case, beside the equilibrium.

Each lot is bought once and lots come one after another, so that a bidder knows how one ended before it bids for the
next but one. Its options are shares of the room between its cost and the highest, in steps of a twentieth, and to stay
out; the equilibrium is one of them, or between two.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.theory.base import Check, Comparison, contests, mean, textbook_tender

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

ROUNDS = 5_000
LAST = 500
"""Tenders at the end over which the price is averaged."""
TOLERANCE = 0.1
"""Of that price, relative."""
STEPS = 20
SEEDS = 3
LONG_MEMORY: Mapping[str, float] = {
    "attraction_decay": 0.001,
    "foregone_weight": 1.0,
    "attraction_sensitivity": 1000.0,
}
"""Ten bidders share so little that who remembers a hundred tenders, as by default, cannot tell options apart."""
_MOMENT = 0.0005
SHORT_STAGES = {
    f"{stage}_{end}_months": _MOMENT
    for stage in ("notice", "tender", "evaluation", "signed", "mobilisation")
    for end in ("min", "max")
}


@cache
def _last_price(strategy: str, bidders: int, seeds: int, learning: tuple[tuple[str, float], ...] = ()) -> float:
    """Mean price over reference cost of the last tenders, over seeds."""
    market = textbook_tender(
        (1.0,) * bidders,
        commissioners=50,
        pathways=ROUNDS // 50,
        horizon_years=1.01,
        policy={"duration_years": 10.0, "publish_budget": True},
        behaviour={
            "strategy": strategy,
            # Lots come on the market over a year; deciding takes no time.
            "procurement": {
                "appraisal_min_months": 0.0,
                "appraisal_max_months": 12.0,
                "standstill_days": 0.0,
                **SHORT_STAGES,
            },
            "learning": _options() | dict(learning),
        },
    )
    return mean([c.price for seed in range(seeds) for c in contests(market, seed)[ROUNDS - LAST : ROUNDS]])


def _options() -> dict[str, Any]:
    return {"markup_scale": "room", "markup_grid": [n / STEPS for n in range(STEPS + 1)]}


def logit_equilibrium_price(bidders: int, sensitivity: float) -> float:
    """Mean price where all choose by the logit of what each option truly earns them (McKelvey and Palfrey 1995).

    A bidder of surplus ``s = 1 - c`` that takes the share ``m`` of it offers the buyer ``(1 - m) s`` off the highest
    price; the largest offer wins. Mixed strategies over the learners' own options, by damped iteration.
    """
    steps = np.linspace(0.0, 1.0, STEPS + 1)
    surplus = (np.arange(400) + 0.5) / 400.0
    chosen = np.full(STEPS + 2, 1.0 / (STEPS + 2))
    offers = np.outer(1.0 - steps, surplus)
    for _ in range(4_000):
        beaten = _below(chosen, steps, offers) ** (bidders - 1)
        earned = np.append(steps * (beaten * surplus).mean(axis=1), 0.0)
        weight = np.exp(sensitivity * (earned - earned.max()))
        chosen = 0.95 * chosen + 0.05 * weight / weight.sum()
    grid = np.linspace(0.0, 1.0, 2_001)
    return float(1.0 - np.trapezoid(1.0 - _below(chosen, steps, grid) ** bidders, grid))


def _below(chosen: NDArray[np.float64], steps: NDArray[np.float64], offers: NDArray[np.float64]) -> Any:
    """Chance that another's offer is below each of these; the last option, to stay out, always is."""
    total = np.full(offers.shape, chosen[-1] + chosen[-2])
    for share, step in zip(chosen[:-2], steps[:-1], strict=True):
        total = total + share * np.minimum(1.0, offers / (1.0 - step))
    return total


def _learning(quick: bool) -> list[Comparison]:
    found = []
    for n in (3,) if quick else (2, 3, 5):
        expected = 2.0 / (n + 1.0)
        for strategy in ("roth_erev", "experience_weighted"):
            price = _last_price(strategy, n, SEEDS)
            found.append(Comparison(f"{strategy}, {n} bidders: last price", price, expected, TOLERANCE * expected))
    if not quick:
        n = 10
        expected = 2.0 / (n + 1.0)
        price = _last_price("experience_weighted", n, SEEDS, tuple(LONG_MEMORY.items()))
        name = f"experience_weighted with a long memory, {n} bidders: last price"
        found.append(Comparison(name, price, expected, TOLERANCE * expected))
        logit = logit_equilibrium_price(n, 300.0)
        price = _last_price("experience_weighted", n, SEEDS)
        name = f"experience_weighted, {n} bidders: last price beside the logit equilibrium"
        found.append(Comparison(name, price, logit, TOLERANCE * logit))
    return found


LEARNING = Check(
    id="1a",
    name="learning",
    says="bidders who learn come to pay what those who know the equilibrium do, 2/(n + 1), within 5,000 tenders",
    source="Roth and Erev 1995; Camerer and Ho 1999; for the logit equilibrium McKelvey and Palfrey 1995",
    tolerance="10% for the mean price of the last 500 tenders over three seeds",
    run=_learning,
)
