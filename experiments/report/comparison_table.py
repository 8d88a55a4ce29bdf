"""Rows of a comparison as text, for tables on page and screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.experiments.analysis.measures import ABSENT, formatted, formatted_change, readable

if TYPE_CHECKING:
    pass
from caremarket.experiments.report.findings import Row, interval_text, verdict


def cells(row: Row) -> dict[str, str]:
    """A row of the comparison as text, for tables on page and screen."""
    name = row["measure"]
    share, change = row["sign_share"], row["relative_change"]
    return {
        "arm": row["arm"],
        "measure": readable(name),
        "baseline": formatted(name, row["baseline_mean"]),
        "value": formatted(name, row["arm_mean"]),
        "difference": formatted_change(name, row["difference"]),
        "interval": interval_text(row),
        "bootstrap": interval_text(row, "bca"),
        "relative": ABSENT if change is None else f"{100 * change:+.1f}%",
        "effect": ABSENT if row["d_z"] is None else f"{row['d_z']:+.2f}",
        "agreeing": ABSENT if share is None else f"{round(share * row['units'])} of {row['units']}",
        "p": p_text(row["p_t"]),
        "p_wilcoxon": p_text(row["p_wilcoxon"]),
        "p_holm": p_text(row["p_t_holm"]),
        "p_bh": p_text(row["p_t_benjamini_hochberg"]),
        "pairs": f"{row['pairs']}" + (f" ({row['missing']} missing)" if row["missing"] else ""),
        "verdict": verdict(row),
    }


def p_text(value: float | None) -> str:
    """A p value as readable text."""
    if value is None:
        return ABSENT
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
