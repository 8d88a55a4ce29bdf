"""Numerical solution of the common-value tender: equilibrium bids and profits, by quadrature.

Errors are those of the model, ``c_hat = c exp(s z - s^2/2)``. The equilibrium is that of bidders who know only their
estimate of the cost, bid a multiple of it, and count profit as a share of the cost.
"""

from __future__ import annotations

from functools import cache
from math import exp, log, pi, sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def _integral(function: Callable[[float], float], low: float, high: float) -> float:
    from scipy.integrate import quad  # takes a second to import

    value, _ = quad(function, low, high, epsabs=1e-12, epsrel=1e-10, limit=400)
    return float(value)


@cache
def lowest_estimate(bidders: int, sigma: float) -> float:
    """Expected lowest of a number of estimates divided by true cost: ``E[min exp(s z - s^2/2)]``."""
    from scipy.special import ndtr

    def above(x: float) -> float:
        return float(ndtr(-(log(x) / sigma + 0.5 * sigma))) ** bidders if x > 0.0 else 1.0

    return _integral(above, 0.0, 1.0) + _integral(above, 1.0, exp(9.0 * sigma))


@cache
def equilibrium_multiple(bidders: int, sigma: float) -> float:
    """Multiple of its estimate that each bidder bids in the symmetric first-price equilibrium.

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
    """Expected profit per tender, divided by true cost, of a bidder at ``multiple`` against others at ``others``.

    ``integral (m e - 1) (1 - F(m e / k))^(n-1) f(e) de``.
    """
    from scipy.special import ndtr

    ahead = log(multiple / others) / sigma

    def at(z: float) -> float:
        won = float(ndtr(-z - ahead)) ** (bidders - 1)
        return (multiple * exp(sigma * z - 0.5 * sigma * sigma) - 1.0) * won * exp(-0.5 * z * z) / sqrt(2.0 * pi)

    return _integral(at, -9.0, 9.0)


def best_reply(others: float, bidders: int, sigma: float) -> float:
    """Multiple with the highest expected profit against others at ``others``."""
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(
        lambda m: -profit_of(m, others, bidders, sigma), bounds=(0.7, 2.0), method="bounded", options={"xatol": 1e-9}
    )
    return float(found.x)


def equilibrium_step(bidders: int, half_width: float) -> float:
    """Amount each adds to its estimate in equilibrium, if errors add to the cost, uniform within ``half_width``.

    ``t = (1/(n (n-1)) - B1) / B0``, ``Bj = integral u^j f(u)^2 (1 - F(u))^(n-2) du``.
    """
    n, w = bidders, half_width
    density = 1.0 / (2.0 * w)

    def moment(power: int) -> float:
        return _integral(lambda u: float(u**power * density**2 * ((w - u) * density) ** (n - 2)), -w, w)

    return (1.0 / (n * (n - 1)) - moment(1)) / moment(0)
