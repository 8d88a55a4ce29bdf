"""The measures in ``summary.json``, in groups, and the format in which readers see each."""

from __future__ import annotations

from dataclasses import dataclass

from caremarket.agents.records.measures import MEASURES
from caremarket.experiments.analysis.statistics import Estimate
from caremarket.experiments.calibration.targets import DISTANCE
from caremarket.experiments.calibration.targets import TARGETS as FIGURES

ABSENT = "–"
"""Shown if there was nothing to measure."""

INDEX = "0 to 10,000"
"""Unit of indices of concentration."""
_ENDINGS = {"_pence": "pence", "_rate": "share", "_margin": "share", "_days_to_paid": "days"}
"""Units by the end of a name, for measures of an extension that is not in use where its results are read."""


def kept_unit(name: str) -> str:
    """The unit of a measure in files and in MLflow: that of its record, if it is known here."""
    if name in MEASURES:
        return MEASURES[name].unit
    if name in FIGURES or name == DISTANCE or "_share" in name:
        return "share"
    return next((unit for ending, unit in _ENDINGS.items() if name.endswith(ending)), "number")


def readable(name: str) -> str:
    """A measure's readable name: ``public_cost_pence`` becomes ``public cost``."""
    words = name.removesuffix("_pence").split("_")
    return " ".join({"hhi": "HHI", "sme": "SME"}.get(w, w.upper() if w in {"cr1", "cr4"} else w) for w in words)


def noun(name: str) -> str:
    """A measure's name within a sentence."""
    return (MEASURES[name].noun if name in MEASURES else "") or readable(name)


@dataclass(frozen=True, slots=True)
class Unit:
    """Unit of a measure in figures: values are multiplied by ``factor``; ``text`` names the unit, empty for numbers."""

    factor: float
    text: str


def unit(name: str, largest: float = 0.0) -> Unit:
    """Unit to show a measure in; pounds, thousands, millions or billions, depending on ``largest`` (pence)."""
    kept = kept_unit(name)
    if kept == "pence":
        pounds_each, text = next(
            (size, text)
            for size, text in ((1e9, "£bn"), (1e6, "£m"), (1e3, "£ thousand"), (0.0, "£"))
            if abs(largest) / 100 >= size
        )
        return Unit(1 / (100 * (pounds_each or 1.0)), text)
    if kept == "share":
        return Unit(100.0, "%")
    return Unit(1.0, kept if kept in {"days", "months", INDEX} else "")


def is_percent(name: str) -> bool:
    """True if a measure is shown in percent, and its changes in percentage points."""
    return kept_unit(name) == "share"


def formatted_change(name: str, value: float | None, signed: bool = True) -> str:
    """A change of a measure as readable text: shares in percentage points, the rest as :func:`formatted`."""
    if value is None:
        return ABSENT
    sign = ("+" if value > 0 else "-" if value < 0 else "") if signed else ""
    kept = kept_unit(name)
    if kept == "share":
        return f"{sign}{100 * abs(value):.1f} points"
    size = abs(value)
    if size < 1 and kept not in {"pence", "count", INDEX}:
        return f"{sign}{size:.3f}"
    return f"{sign}{formatted(name, size)}"


def formatted(name: str, value: float | None) -> str:
    """A value as readable text: pence in pounds, shares in percent, counts whole, absent as an en dash."""
    if value is None:
        return ABSENT
    kept = kept_unit(name)
    if kept == "pence":
        return pounds(value)
    if kept == "count" and 0 < abs(value) < 1:
        return f"{value:.2f}"
    if kept in {"count", INDEX}:
        return f"{value:,.0f}" if abs(value) >= 100 or float(value).is_integer() else f"{value:,.1f}"
    if kept == "share":
        return f"{100 * value:.1f}%"
    # Indices and ratios change in the third digit.
    return f"{value:,.1f}" if abs(value) >= 10 else f"{value:.2f}" if abs(value) >= 1 else f"{value:.3f}"


def axis(name: str) -> tuple[str, float]:
    """Label of a figure's axis for a measure, with its unit, and the factor for its values: money is in £m."""
    if kept_unit(name) == "pence":
        return f"{readable(name)} (£m)", 1e-8
    return f"{readable(name)} ({kept_unit(name)})", 1.0


def with_half_width(name: str, found: Estimate | None) -> str:
    """An estimate as readable text: mean ± half the width of its 95% interval."""
    if found is None:
        return formatted(name, None)
    if found.half_width is None:
        return formatted(name, found.mean)
    return f"{formatted(name, found.mean)} ± {formatted(name, found.half_width)}"


def pounds(pence: float) -> str:
    """Pence as pounds with three or four leading digits: ``£1.234bn``, ``£56.7m``, ``£8,900``."""
    amount = pence / 100
    sign = "-" if amount < 0 else ""
    size = abs(amount)
    if size >= 1e9:
        return f"{sign}£{size / 1e9:,.3f}bn"
    if size >= 1e6:
        return f"{sign}£{size / 1e6:,.1f}m"
    return f"{sign}£{size:,.0f}" if size >= 100 or size == int(size) else f"{sign}£{size:,.2f}"
