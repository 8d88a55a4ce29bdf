"""General practice: enhanced services and quality."""

from __future__ import annotations

from caremarket.agents.records.measures.base import Measure
from caremarket.market.ledger import Reason
from caremarket.market.measures import ratio

MEASURE = (
    Measure(
        "enhanced_uptake",
        "Primary care",
        "share",
        "enhanced services provided over those offered, practices and years",
        lambda view: ratio(sum(view.primary_care.provided), sum(view.primary_care.offered)),
        null_when="none was offered",
    ),
    Measure(
        "enhanced_uptake_small",
        "Primary care",
        "share",
        "the same for practices with fewer patients than the median",
        lambda view: ratio(view.primary_care.provided[1], view.primary_care.offered[1]),
        null_when="none was offered",
    ),
    Measure(
        "quality_attainment",
        "Primary care",
        "0 to 1",
        "quality-framework attainment, mean over practices and years",
        lambda view: ratio(view.primary_care.attained, view.primary_care.returns),
        null_when="no practice was measured",
    ),
    Measure(
        "quality_premium_pence",
        "Primary care",
        "pence",
        "quality premium earned by commissioners",
        lambda view: view.totals[Reason.QUALITY_PREMIUM],
    ),
)
