"""Measures of concentration compared with cases calculated by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.model import CareMarket
from caremarket.experiments.evidence.theory.check import Check, Comparison
from caremarket.experiments.evidence.theory.contests import contests
from caremarket.experiments.evidence.theory.textbook_tender import textbook_tender
from caremarket.market.measures import concentration_ratio, gini, herfindahl_hirschman_index

if TYPE_CHECKING:
    pass

HAND_WORKED: tuple[tuple[tuple[float, ...], float, float, float], ...] = (
    ((7.0,), 10_000.0, 1.0, 0.0),
    ((25.0,) * 4, 2_500.0, 0.25, 0.0),
    # 0.5^2 + 0.3^2 + 0.2^2 = 0.38; Gini 2 (1*20 + 2*30 + 3*50) / (3*100) - 4/3 = 0.2
    ((50.0, 30.0, 20.0), 3_800.0, 0.5, 0.2),
    # 0.25^2 + 0.75^2 = 0.625; Gini 2 (1*1 + 2*3) / (2*4) - 3/2 = 0.25
    ((1.0, 3.0), 6_250.0, 0.75, 0.25),
)
"""Yearly values, then HHI, CR1 and Gini as calculated by hand."""


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
