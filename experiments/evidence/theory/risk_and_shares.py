"""The price of risk, shares of patients, and measures of concentration."""

from __future__ import annotations

from math import exp, log, pi, sqrt
from typing import TYPE_CHECKING

import numpy as np

from caremarket.agents.model import CareMarket
from caremarket.agents.procurement.choice_scheme import ChoiceScheme, logit_shares
from caremarket.experiments.evidence.theory.base import RESERVES_GBP, Check, Comparison, contests, textbook_tender
from caremarket.market.measures import concentration_ratio, gini, herfindahl_hirschman_index
from caremarket.market.risk import risk_premium

if TYPE_CHECKING:
    from collections.abc import Iterable

    from caremarket.market.scenario import Scenario

# The price of risk ----------------------------------------------------------------------------------------

AVERSION_AND_SPREAD = ((0.1, 1.0), (0.5, 2.0), (0.8, 1.2), (2.0, 0.5), (3.0, 1.5))
"""CARA coefficient per unit of money, and standard deviation of the risk in that unit."""


def certainty_equivalent_cost(aversion: float, sd: float) -> float:
    """Mean less certainty equivalent of a normal risk under exponential utility, by quadrature."""
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


# Shares of patients ---------------------------------------------------------------------------------------


def _logit(worth: Iterable[float]) -> list[float]:
    """The logit formula, by scipy."""
    from scipy.special import softmax

    return [float(s) for s in softmax(np.asarray(list(worth)))]


def _choice_market() -> Scenario:
    """One service that four providers of different quality and place are accredited for, with room for all."""
    qualities = ({"quality": q} for q in (0.9, 0.75, 0.6))
    return textbook_tender(
        (0.7,) * 4,
        commissioners=1,
        pathways=1,
        horizon_years=3.0,
        policy={"form": "any_qualified_provider", "route": "any_qualified_provider", "payment": "tariff"},
        behaviour={"local_fit": "lognormal", "local_fit_sigma": 0.0},
        mechanisms=frozenset({"patient_choice"}),
        own=(*qualities, {"quality": 0.75, "area": "area-2", "reach": "region"}),
    )


def _choice_shares(quick: bool) -> list[Comparison]:
    rng = np.random.default_rng(5)
    worst = 0.0
    for _ in range(100 if quick else 1000):
        worth = [float(u) for u in rng.normal(0.0, 3.0, rng.integers(1, 12))]
        shares = logit_shares(worth, [1.0] * len(worth))
        worst = max(worst, *(abs(a - b) for a, b in zip(shares, _logit(worth), strict=True)))
    found = [Comparison("drawn utilities: largest distance from the formula", worst, 0.0, 1e-12)]
    scenario = _choice_market()
    model = CareMarket(scenario, 1)
    model.run_until(30.0)
    (scheme,) = model.desk.schemes.values()
    assert isinstance(scheme, ChoiceScheme)
    found += _shares_in(scheme, scenario)
    return found


def _shares_in(scheme: ChoiceScheme, scenario: Scenario) -> list[Comparison]:
    """Shares by contract of a scheme in force beside the formula for quality and distance, nobody having other work."""
    tastes = scenario.behaviour.collaboration
    lives = scheme.lives()
    worth = []
    for life in lives:
        away = life.holder.area != life.commissioner.area
        worth.append(tastes.choice_quality * life.holder.quality - (tastes.choice_near if away else 0.0))
    found = [Comparison("providers accredited", float(len(lives)), 4.0, 0.0)]
    for life, share in zip(lives, _logit(worth), strict=True):
        held = sum(a.share for a in life.allocations)
        found.append(Comparison(f"share of {life.holder.id} in the market", held, share, 1e-12))
    return found


CHOICE_SHARES = Check(
    id="5",
    name="choice shares",
    says="shares of patients are exp(u) over the sum of exp(u)",
    source="McFadden 1974; scipy's softmax",
    tolerance="1e-12",
    run=_choice_shares,
)


# Concentration --------------------------------------------------------------------------------------------

HAND_WORKED: tuple[tuple[tuple[float, ...], float, float, float], ...] = (
    ((7.0,), 10_000.0, 1.0, 0.0),
    ((25.0,) * 4, 2_500.0, 0.25, 0.0),
    # 0.5^2 + 0.3^2 + 0.2^2 = 0.38; Gini 2 (1*20 + 2*30 + 3*50) / (3*100) - 4/3 = 0.2
    ((50.0, 30.0, 20.0), 3_800.0, 0.5, 0.2),
    # 0.25^2 + 0.75^2 = 0.625; Gini 2 (1*1 + 2*3) / (2*4) - 3/2 = 0.25
    ((1.0, 3.0), 6_250.0, 0.75, 0.25),
)
"""Yearly values, then HHI, CR1 and Gini as worked by hand."""


def _concentration(quick: bool) -> list[Comparison]:
    found = []
    for values, *expected in HAND_WORKED:
        measured = (herfindahl_hirschman_index(values), concentration_ratio(values, 1), gini(values))
        for name, have, want in zip(("HHI", "CR1", "Gini"), measured, expected, strict=True):
            listed = ", ".join(f"{v:g}" for v in values)
            found.append(Comparison(f"{name} of {listed}", float(have or 0.0), want, 1e-9))
    scenario = textbook_tender((1.0,) * 4, commissioners=2, pathways=5 if quick else 20)
    value = [0.0] * 4
    for contest in contests(scenario, 3):
        value[contest.winner] += contest.price * contest.reference_cost
    summary = CareMarket(scenario, 3).run().summary
    shares = sorted((v / sum(value) for v in value), reverse=True)
    unequal = sum(abs(a - b) for a in shares if a for b in shares if b) / (2.0 * sum(s > 0.0 for s in shares))
    expected_of = {
        "hhi_direct": sum((100.0 * s) ** 2 for s in shares),
        "cr1_direct": shares[0],
        "gini_delivered": unequal,
    }
    for name, want in expected_of.items():
        found.append(Comparison(f"{name} of a run", float(summary[name] or 0.0), want, 1e-6 * max(1.0, want)))
    return found


CONCENTRATION = Check(
    id="5a",
    name="concentration",
    says="HHI, CR and Gini agree with cases worked by hand, and those of a run with its contracts",
    source="worked by hand; Gini of a run as the mean absolute difference over twice the mean",
    tolerance="1e-9 by hand, one part in a million of a run",
    run=_concentration,
)
