"""Common value: the work costs every bidder the same, and each estimates that cost with its own error.

The lowest estimate wins. A bidder that bids its estimate loses money, and more with more rivals (Capen, Clapp and
Campbell 1971; Wilson 1977): the winner's curse.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from caremarket.experiments.evidence.theory.check import Check, Comparison
from caremarket.experiments.evidence.theory.contests import Contest, mean, over_seeds
from caremarket.experiments.evidence.theory.textbook_tender import textbook_tender

if TYPE_CHECKING:
    from caremarket.market.scenario import Scenario
from caremarket.experiments.evidence.theory.common_value_solution import (
    best_reply,
    equilibrium_multiple,
    equilibrium_step,
    lowest_estimate,
    profit_of,
)

BIDDERS = (2, 3, 5, 10)
SIGMA = 0.15
"""Log standard deviation of an estimate."""
PROFIT_TOLERANCE = 0.006
"""Tolerance of mean profit over 1,200 lots or more, as a share of cost: about two standard errors with two bidders."""
EXACT = 1e-6
"""Tolerance of results from quadrature."""
NEXT_TO_NONE = 1e-9
"""Markup of a bidder that bids its estimate: with no expected profit it would not answer a notice."""
STEPS = (-0.05, 0.05)
"""Changes of its multiple that one bidder tries as deviations."""
GAIN_TOLERANCE = 0.003
"""Tolerance of the resulting change in its mean profit, as a share of cost: about three standard errors."""
REPLY_TOLERANCE = 1e-5
"""Tolerance of the best multiple found by scipy's search."""
DEVIANT_AMONG = 3


def _market(markups: tuple[float, ...]) -> Scenario:
    """Market of bidders that all have the reference cost, estimate it with error, and add a markup."""
    return textbook_tender(
        (1.0,) * len(markups),
        # So that hardly any estimate lies above the published budget.
        policy={"budget_discount": -0.5, "publish_budget": True},
        behaviour={
            "strategy": "cost_plus",
            "local_fit": "lognormal",
            "local_fit_sigma": 0.0,
            "estimate_sigma": SIGMA,
            "estimate_sigma_floor": 0.0,
            "track_record_contracts": 1e12,
            # An estimate above the usual price deters no bidder.
            "procurement": {"reluctance": 1.0},
        },
        mechanisms=frozenset({"estimate_error"}),
        own=[{"markup": m} for m in markups],
    )


def _seeds(quick: bool) -> int:
    return 3 if quick else 30


def _profit(held: list[Contest]) -> float:
    """Mean profit of winners divided by true cost."""
    return mean([c.price / c.cost - 1.0 for c in held])


def _common_value(quick: bool) -> list[Comparison]:
    found = []
    profits = []
    for n in BIDDERS:
        held = list(over_seeds(_market((NEXT_TO_NONE,) * n), _seeds(quick)))
        profits.append(_profit(held))
        expected = lowest_estimate(n, SIGMA) - 1.0
        found.append(Comparison(f"profit of {n} who do not shade", profits[-1], expected, PROFIT_TOLERANCE))
    rises = max(0.0, profits[0], *(b - a for a, b in pairwise(profits)))
    found.append(Comparison("largest rise of profit with more bidders, or profit of two", rises, 0.0, 0.0))
    return found


COMMON_VALUE = Check(
    id="3",
    name="winner's curse",
    says="bidders who share one cost and ask for their estimate lose money, more so the more they are",
    source="Capen, Clapp and Campbell 1971; expected lowest of n estimates by quadrature (scipy)",
    tolerance="0.006 of cost for a mean profit; losses and their order hold without tolerance",
    run=_common_value,
)


def _shading(quick: bool) -> list[Comparison]:
    found = []
    for n in BIDDERS:
        step = equilibrium_step(n, 1.0)
        found.append(Comparison(f"uniform errors, {n}: added to the estimate, in half-widths", step, 1.0, EXACT))
    for n in BIDDERS:
        multiple = equilibrium_multiple(n, SIGMA)
        reply = best_reply(multiple, n, SIGMA)
        found.append(Comparison(f"best reply to {n - 1} who bid the multiple", reply, multiple, REPLY_TOLERANCE))
        held = list(over_seeds(_market((multiple - 1.0,) * n), _seeds(quick)))
        expected = multiple * lowest_estimate(n, SIGMA) - 1.0
        found.append(Comparison(f"profit of {n} who shade", _profit(held), expected, PROFIT_TOLERANCE))
        if n == DEVIANT_AMONG:
            before, alike = _share(held), profit_of(multiple, multiple, n, SIGMA)
            for change in STEPS:
                markups = (multiple + change - 1.0, *((multiple - 1.0,) * (n - 1)))
                held = list(over_seeds(_market(markups), _seeds(quick)))
                gain = profit_of(multiple + change, multiple, n, SIGMA) - alike
                name = f"one of {n}: change of its profit with its multiple {change:+g}"
                found.append(Comparison(name, _share(held) - before, gain, GAIN_TOLERANCE))
                found.append(Comparison(f"the same, in theory above 0: {change:+g}", max(0.0, gain), 0.0, 0.0))
    return found


def _share(held: list[Contest]) -> float:
    """Mean profit of the first bidder per tender, divided by true cost."""
    return mean([c.price / c.cost - 1.0 if c.winner == 0 else 0.0 for c in held])


SHADING = Check(
    id="3a",
    name="common-value equilibrium",
    says="bidders who ask for the equilibrium multiple of their estimate earn what theory says, and none gains by "
    "another; for uniform errors the shading is the closed form of Kagel and Levin",
    source="Wilson 1977; Kagel and Levin 1986; quadrature and search by scipy",
    tolerance="1e-6 for the closed form, 1e-5 for the best reply, 0.006 of cost for a mean profit, 0.003 for a change",
    run=_shading,
)
