"""The price of risk: the model's risk premium compared with the certainty equivalent."""

from __future__ import annotations

from math import exp, log, pi, sqrt
from typing import TYPE_CHECKING

from caremarket.experiments.evidence.theory.check import Check, Comparison
from caremarket.experiments.evidence.theory.contests import contests
from caremarket.experiments.evidence.theory.textbook_tender import RESERVES_GBP, textbook_tender
from caremarket.market.risk import risk_premium

if TYPE_CHECKING:
    pass

AVERSION_AND_SPREAD = ((0.1, 1.0), (0.5, 2.0), (0.8, 1.2), (2.0, 0.5), (3.0, 1.5))
"""CARA coefficient per unit of money, and standard deviation of the risk in that unit."""


def certainty_equivalent_cost(aversion: float, sd: float) -> float:
    """Mean minus certainty equivalent of a normal risk under exponential utility, by quadrature."""
    from scipy.integrate import quad

    def utility(z: float) -> float:
        return exp(-aversion * sd * z - 0.5 * z * z) / sqrt(2.0 * pi)

    centre = -aversion * sd
    expected, _ = quad(utility, centre - 12.0, centre + 12.0, epsabs=0.0, epsrel=1e-12)
    return log(expected) / aversion


def _risk_premium(quick: bool) -> list[Comparison]:
    found = [
        Comparison(
            f"premium at aversion {a:g}, deviation {sd:g}",
            risk_premium(a, sd * sd),
            certainty_equivalent_cost(a, sd),
            1e-8,
        )
        for a, sd in AVERSION_AND_SPREAD
    ]
    sigma, relative = 0.15, 1000.0
    market = textbook_tender(
        (1.0,) * 3,
        pathways=4 if quick else 40,
        behaviour={
            "strategy": "cost_plus",
            "estimate_sigma": sigma,
            "estimate_sigma_floor": 0.0,
            "track_record_contracts": 1e12,
            "liability_cv": 0.0,
        },
        mechanisms=frozenset({"estimate_error", "risk_aversion"}),
        own=({"relative_risk_aversion": relative},) * 3,
    )
    aversion = relative / (RESERVES_GBP * 100.0)
    worst = 0.0
    bids = 0
    for contest in contests(market, 0):
        for offer in contest.offers:
            spread = sigma * offer.cost * contest.reference_cost
            worst = max(worst, abs(offer.risk_premium - 0.5 * aversion * spread * spread))
            bids += 1
    found.append(Comparison("bids looked at, none if 0", float(bids > 0), 1.0, 0.0))
    found.append(Comparison("bids: largest distance from a/2 (s c)^2, pence", worst, 0.0, 1.0))
    return found


RISK_PREMIUM = Check(
    id="4",
    name="price of risk",
    says="a normal risk costs a/2 times its variance under constant absolute risk aversion",
    source="Pratt 1964; certainty equivalent by quadrature (scipy)",
    tolerance="1e-8 of the unit of money against quadrature; one penny in the model's bids",
    run=_risk_premium,
)
