"""Shares of patients: the model's choice among providers compared with the logit formula."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from caremarket.agents.model import CareMarket
from caremarket.agents.procurement.patient_choice.choice_scheme import ChoiceScheme, logit_shares
from caremarket.experiments.evidence.theory.check import Check, Comparison
from caremarket.experiments.evidence.theory.textbook_tender import textbook_tender

if TYPE_CHECKING:
    from collections.abc import Iterable

    from caremarket.market.scenario import Scenario


def _logit(worth: Iterable[float]) -> list[float]:
    """The logit formula, by scipy."""
    from scipy.special import softmax

    return [float(s) for s in softmax(np.asarray(list(worth)))]


def _choice_market() -> Scenario:
    """One service with four accredited providers of different quality and location, each with enough capacity."""
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
    """Shares by contract of a scheme in force, and by formula from quality and distance; no provider has other work."""
    tastes = scenario.behaviour.collaboration
    lives = scheme.lives()
    worth = []
    for in_force in lives:
        away = in_force.holder.area != in_force.commissioner.area
        worth.append(tastes.choice_quality * in_force.holder.quality - (tastes.choice_near if away else 0.0))
    found = [Comparison("providers accredited", float(len(lives)), 4.0, 0.0)]
    for in_force, share in zip(lives, _logit(worth), strict=True):
        held = sum(a.share for a in in_force.allocations)
        found.append(Comparison(f"share of {in_force.holder.id} in the market", held, share, 1e-12))
    return found


CHOICE_SHARES = Check(
    id="5",
    name="choice shares",
    says="shares of patients are exp(u) over the sum of exp(u)",
    source="McFadden 1974; scipy's softmax",
    tolerance="1e-12",
    run=_choice_shares,
)
