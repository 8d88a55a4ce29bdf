"""Common value: the work costs everybody the same, and each bidder knows that cost with an error of its own.

Who estimates lowest wins. A bidder that asks for its estimate loses money, more so the more bid (Capen, Clapp and
Campbell 1971; Wilson 1977). Errors here are the model's, ``c_hat = c exp(s z - s^2/2)``; the equilibrium is that of
bidders who know nothing of the cost but their estimate, bid a multiple of it, and count profit as a share of the cost.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from math import exp, log, pi, sqrt
from typing import TYPE_CHECKING

from caremarket.experiments.evidence.theory.base import Check, Comparison, Contest, mean, over_seeds, textbook_tender

if TYPE_CHECKING:
    from collections.abc import Callable

    from caremarket.market.scenario import Scenario

BIDDERS = (2, 3, 5, 10)
SIGMA = 0.15
"""Log standard deviation of an estimate."""
PROFIT_TOLERANCE = 0.006
"""Of a mean profit over 1,200 lots or more, as a share of cost: about two standard errors with two bidders."""
EXACT = 1e-6
"""Of what quadrature gives."""
NEXT_TO_NONE = 1e-9
"""Markup of a bidder that asks for its estimate: one that hopes for nothing does not answer a notice."""
STEPS = (-0.05, 0.05)
"""Changes of its multiple that a bidder tries for itself."""
GAIN_TOLERANCE = 0.003
"""Of the change that makes in its mean profit, as a share of cost: about three standard errors."""


REPLY_TOLERANCE = 1e-5
"""Of the multiple that scipy's search finds best."""
DEVIANT_AMONG = 3


def _integral(function: Callable[[float], float], low: float, high: float) -> float:
    from scipy.integrate import quad  # takes a second to import

    value, _ = quad(function, low, high, epsabs=1e-12, epsrel=1e-10, limit=400)
    return float(value)


@cache
def lowest_estimate(bidders: int, sigma: float) -> float:
    """Expected lowest of so many estimates over true cost: ``E[min exp(s z - s^2/2)]``."""
    from scipy.special import ndtr

    def above(x: float) -> float:
        return float(ndtr(-(log(x) / sigma + 0.5 * sigma))) ** bidders if x > 0.0 else 1.0

    return _integral(above, 0.0, 1.0) + _integral(above, 1.0, exp(9.0 * sigma))


@cache
def equilibrium_multiple(bidders: int, sigma: float) -> float:
    """Multiple of its estimate that each bids in the symmetric first-price equilibrium.

    A bidder with multiple ``m`` against others with ``k`` earns :func:`profit_of`. The first-order condition at
    ``m = k`` gives ``k = A1 / (A2 - E[min e] / (n (n-1)))``, ``Aj = integral e^j f(e)^2 (1 - F(e))^(n-2) de`` over the
    error ratio ``e`` with density ``f`` and distribution ``F``.
    """
    from scipy.special import ndtr

    n, s = bidders, sigma

    def moment(power: int) -> float:
        def at(z: float) -> float:
            return exp(-z * z + (power - 1) * (s * z - 0.5 * s * s)) / (2.0 * pi * s) * float(ndtr(-z)) ** (n - 2)

        return _integral(at, -9.0, 9.0)

    return moment(1) / (moment(2) - lowest_estimate(n, s) / (n * (n - 1)))


def profit_of(multiple: float, others: float, bidders: int, sigma: float) -> float:
    """Expected profit a tender, over true cost, of one who bids ``multiple`` against others who bid ``others``.

    ``integral (m e - 1) (1 - F(m e / k))^(n-1) f(e) de``.
    """
    from scipy.special import ndtr

    ahead = log(multiple / others) / sigma

    def at(z: float) -> float:
        won = float(ndtr(-z - ahead)) ** (bidders - 1)
        return (multiple * exp(sigma * z - 0.5 * sigma * sigma) - 1.0) * won * exp(-0.5 * z * z) / sqrt(2.0 * pi)

    return _integral(at, -9.0, 9.0)


def best_reply(others: float, bidders: int, sigma: float) -> float:
    """Multiple with the highest expected profit against others who bid ``others``."""
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(
        lambda m: -profit_of(m, others, bidders, sigma), bounds=(0.7, 2.0), method="bounded", options={"xatol": 1e-9}
    )
    return float(found.x)


def equilibrium_step(bidders: int, half_width: float) -> float:
    """The same for errors added to the cost, uniform within ``half_width``: what each adds to its estimate.

    ``t = (1/(n (n-1)) - B1) / B0``, ``Bj = integral u^j f(u)^2 (1 - F(u))^(n-2) du``.
    """
    n, w = bidders, half_width
    density = 1.0 / (2.0 * w)

    def moment(power: int) -> float:
        return _integral(lambda u: float(u**power * density**2 * ((w - u) * density) ** (n - 2)), -w, w)

    return (1.0 / (n * (n - 1)) - moment(1)) / moment(0)


def _market(markups: tuple[float, ...]) -> Scenario:
    """Bidders who all have the reference cost, estimate it with error, and add a markup each."""
    return textbook_tender(
        (1.0,) * len(markups),
        # So that hardly any estimate lies above the budget, which is told.
        policy={"budget_discount": -0.5, "publish_budget": True},
        behaviour={
            "strategy": "cost_plus",
            "local_fit": "lognormal",
            "local_fit_sigma": 0.0,
            "estimate_sigma": SIGMA,
            "estimate_sigma_floor": 0.0,
            "track_record_contracts": 1e12,
            # Nobody is put off by an estimate above the usual price.
            "procurement": {"reluctance": 1.0},
        },
        mechanisms=frozenset({"estimate_error"}),
        own=[{"markup": m} for m in markups],
    )


def _seeds(quick: bool) -> int:
    return 3 if quick else 30


def _profit(held: list[Contest]) -> float:
    """Mean profit of winners over true cost."""
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
    """Mean profit a tender of the first bidder over true cost."""
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
