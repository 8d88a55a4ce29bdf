"""Measures of a market. One module per group of measures; each defines ``MEASURE``, one measure or several.

Summary, yearly table, MLflow's descriptions and ``docs/measures.md`` follow from :data:`MEASURES`.
"""

from __future__ import annotations

from caremarket.agents.records.measures.base import Measure
from caremarket.market.registry import Registry

GROUPS = (
    "Concentration, contracts in force",
    "SMEs and third sector, contracts in force",
    "SMEs, whole run",
    "Competition",
    "Public value",
    "Commissioners' budgets",
    "Failure",
    "Collaboration",
    "Primary care",
    "Regulation",
    "Counts",
    "Check",
)
"""Groups in the order in which they are shown; a group that is not here comes last."""


def _rank(measure: Measure) -> int:
    return GROUPS.index(measure.group) if measure.group in GROUPS else len(GROUPS)


MEASURES: Registry[Measure] = Registry(__name__, __path__, "MEASURE", Measure)
"""Every measure by name."""


def grouped() -> dict[str, tuple[str, ...]]:
    """Group -> names in ``summary.json``, in the order in which they are shown."""
    found: dict[str, tuple[str, ...]] = {}
    for measure in sorted(MEASURES.values(), key=_rank):
        if measure.in_summary:
            found[measure.group] = (*found.get(measure.group, ()), measure.name)
    return found


def summary_names() -> tuple[str, ...]:
    """Names in ``summary.json``, in order."""
    return tuple(name for names in grouped().values() for name in names)


def headline_names() -> tuple[str, ...]:
    """Names of the few measures that tables and MLflow's description show."""
    return tuple(name for name in summary_names() if MEASURES[name].headline)


def yearly_measures(*, everywhere: bool) -> list[Measure]:
    """Measures of ``yearly.parquet`` in order: those of contracts in force ``everywhere``, or the nation's others."""
    found = [m for m in MEASURES.values() if m.yearly != "no" and (m.yearly == "in_force") == everywhere]
    return sorted(found, key=lambda measure: (measure.place, _rank(measure)))


__all__ = ["MEASURES", "Measure", "grouped", "headline_names", "summary_names", "yearly_measures"]
