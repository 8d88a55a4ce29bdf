"""The measures in ``summary.json``, in groups, and the format in which readers see each."""

from __future__ import annotations

from dataclasses import dataclass

from caremarket.agents.records.measures import MEASURES, grouped
from caremarket.experiments.analysis.statistics import Estimate
from caremarket.experiments.calibration.targets import DISTANCE
from caremarket.experiments.calibration.targets import TARGETS as FIGURES

ABSENT = "–"
"""Shown if there was nothing to measure."""

_WHOLE = frozenset(grouped()["Counts"]) | {"alliances_formed", "federations_alive", "withdrawals"}
_PERCENT = frozenset({"cr1_direct", "cr1_delivered", "cr4_direct", "cr4_delivered", "sme_margin", "winner_margin"})


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
    if name.endswith("_pence"):
        pounds_each, text = next(
            (size, text)
            for size, text in ((1e9, "£bn"), (1e6, "£m"), (1e3, "£ thousand"), (0.0, "£"))
            if abs(largest) / 100 >= size
        )
        return Unit(1 / (100 * (pounds_each or 1.0)), text)
    if is_percent(name):
        return Unit(100.0, "%")
    for ending, text in (("_days_to_paid", "days"), ("months_to_detect_failure", "months")):
        if name.endswith(ending):
            return Unit(1.0, text)
    return Unit(1.0, "0 to 10,000" if name.startswith("hhi") else "")


def is_percent(name: str) -> bool:
    """True if a measure is shown in percent, and its changes in percentage points."""
    return "_share" in name or name.endswith("_rate") or name in _PERCENT or _is_share(name)


def _is_share(name: str) -> bool:
    return name in FIGURES or name == DISTANCE or (name in MEASURES and MEASURES[name].unit == "share")


def formatted_change(name: str, value: float | None, signed: bool = True) -> str:
    """A change of a measure as readable text: shares in percentage points, the rest as :func:`formatted`."""
    if value is None:
        return ABSENT
    sign = ("+" if value > 0 else "-" if value < 0 else "") if signed else ""
    if is_percent(name):
        return f"{sign}{100 * abs(value):.1f} points"
    size = abs(value)
    if size < 1 and not (name.endswith("_pence") or name.startswith("hhi") or name in _WHOLE):
        return f"{sign}{size:.3f}"
    return f"{sign}{formatted(name, size)}"


def formatted(name: str, value: float | None) -> str:
    """A value as readable text: pence in pounds, shares in percent, counts whole, absent as an en dash."""
    if value is None:
        return ABSENT
    if name.endswith("_pence"):
        return pounds(value)
    if name.startswith("hhi") or name in _WHOLE:
        return f"{value:,.0f}" if abs(value) >= 100 or float(value).is_integer() else f"{value:,.1f}"
    if is_percent(name):
        return f"{100 * value:.1f}%"
    # Indices and ratios change in the third digit.
    return f"{value:,.1f}" if abs(value) >= 10 else f"{value:.2f}" if abs(value) >= 1 else f"{value:.3f}"


def kept_unit(name: str) -> str:
    """The unit of a measure in files and in MLflow."""
    if name in MEASURES:
        return MEASURES[name].unit
    if name.endswith("_pence"):
        return "pence"
    if name.startswith("hhi"):
        return "0 to 10,000"
    if name == "outcome_index":
        return "0 to 1"
    if is_percent(name):
        return "share"
    if "days_" in name or name.startswith("months_"):
        return "days" if "days_" in name else "months"
    return "ratio" if "_to_" in name else "number"


def axis(name: str) -> tuple[str, float]:
    """Label of a figure's axis for a measure, with its unit, and the factor for its values: money is in £m."""
    if name.endswith("_pence"):
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
