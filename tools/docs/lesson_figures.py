"""Calculates the figures of the lessons and inserts them: ``python -m tools.docs lessons [lesson ...]``.

A lesson has one or more places ``<!-- figures: NAME -->`` ... ``<!-- end of figures -->``. Each is filled with the
command, which is also run here, and a table of its results. All take about six minutes on one core; sweeps that already
exist in ``outputs/lessons`` are not repeated.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import caremarket as cm
from caremarket.experiments.analysis.measures import formatted, formatted_change, readable
from caremarket.experiments.analysis.statistics import estimate
from tools.docs.places import DOCS

LESSONS = DOCS / "lessons"
OUTPUT = "outputs/lessons"

OVERRUN = """
    WITH won AS (
        SELECT c.run, c.id, c.start, b.cost_estimate
        FROM bids b JOIN contracts c ON c.run = b.run AND c.procurement = b.procurement AND c.holder = b.bidder
        WHERE b.won
    ), many AS (
        SELECT run, procurement, count(*) AS n FROM bids WHERE compliant GROUP BY ALL
    ), care AS (
        SELECT run, contract, sum(amount)::DOUBLE AS spent, max(time) AS until
        FROM postings WHERE reason = 'care' GROUP BY ALL
    )
    SELECT runs.label, runs.run, avg(12 * spent / (until - won.start) / cost_estimate - 1) AS overrun
    FROM won JOIN care ON care.run = won.run AND care.contract = won.id
    JOIN contracts c ON c.run = won.run AND c.id = won.id
    JOIN many ON many.run = won.run AND many.procurement = c.procurement
    JOIN runs ON runs.run = won.run
    WHERE n BETWEEN {low} AND {high}
    GROUP BY ALL ORDER BY ALL
"""
"""Yearly cost of care to the winner of a tender over its estimate, less 1: the mean for each run."""


@dataclass(frozen=True, slots=True)
class Figures:
    """A command, and the results of it that a lesson shows.

    Attributes:
        command: a ``caremarket sweep``, as the reader types it.
        baseline: point with which the others are compared.
        measures: rows of the table.
        names: arm -> its name in the table, the baseline first.
        overrun: True to show winners' overrun by number of bids instead of measures.
    """

    command: str
    baseline: str
    measures: Sequence[str]
    names: Mapping[str, str]
    overrun: bool = False


FIGURES: Mapping[str, Figures] = {
    "holders": Figures(
        "caremarket sweep name=holders market=small horizon_years=6 policy=separate,prime_contractor replicates=20",
        "separate",
        (
            "hhi_direct",
            "hhi_delivered",
            "sme_value_share_direct",
            "sme_value_share_delivered",
            "contracts",
            "bids_per_tender",
            "exits",
        ),
        {"separate": "separate", "prime_contractor": "prime contractor"},
    ),
    "losers": Figures(
        "caremarket sweep experiment=h02 replicates=20",
        "narrow_2y",
        ("distressed_incumbent_rate",),
        {
            "narrow_2y": "narrow, 2 years",
            "narrow_10y": "narrow, 10 years",
            "wide_2y": "wide, 2 years",
            "wide_10y": "wide, 10 years",
        },
    ),
    "promises": Figures(
        "caremarket sweep experiment=h05 replicates=20",
        "unprotected",
        ("sme_delivered_to_promised", "sme_promised_share", "sme_value_share_delivered", "price_to_reference"),
        {"unprotected": "no guarantee", "protected": "full guarantee"},
    ),
    "trust": Figures(
        "caremarket sweep experiment=h12 replicates=20",
        "strangers",
        ("alliances_formed", "outcome_index", "hhi_delivered", "sme_value_share_delivered"),
        {"strangers": "trust 0.2", "acquaintances": "trust 0.5", "friends": "trust 0.8"},
    ),
    "curse": Figures(
        "caremarket sweep name=curse market=small pathway=two horizon_years=6 policy=separate "
        "mechanisms.estimate_error=true,false policy.engagement_months=0,12 record=full record.postings=true "
        "replicates=20",
        "estimate_error=true engagement_months=0",
        (),
        {
            "estimate_error=true engagement_months=0": "cost misjudged, no engagement",
            "estimate_error=true engagement_months=12": "cost misjudged, 12 months of engagement",
            "estimate_error=false engagement_months=0": "cost known, no engagement",
            "estimate_error=false engagement_months=12": "cost known, 12 months of engagement",
        },
        overrun=True,
    ),
    "squeeze": Figures(
        "caremarket sweep name=squeeze market=small pathway=two horizon_years=8 policy=prime_contractor "
        "policy.duration_years=5 policy.budget_discount=0,0.1,0.2 replicates=20",
        "budget_discount=0",
        ("no_award_share", "early_termination_rate", "hand_back_rate", "outcome_index", "price_to_reference"),
        {"budget_discount=0": "no cut", "budget_discount=0.1": "10% less", "budget_discount=0.2": "20% less"},
    ),
    "fall": Figures(
        "caremarket sweep name=fall market=small pathway=two horizon_years=6 policy=prime_contractor "
        "'+shocks.fall={month: 600, kind: provider_fails, who: prime}' shocks.fall.month=600,40 replicates=20",
        "month=600",
        ("early_termination_rate", "sme_margin", "commissioner_transaction_cost_pence", "outcome_index", "exits"),
        {"month=600": "the prime stays", "month=40": "the prime falls"},
    ),
}
"""Name of a place in a lesson -> its content."""


def sweep_of(figures: Figures) -> cm.Sweep:
    """The sweep of a command, run if it does not exist yet."""
    return cm.sweep(*shlex.split(figures.command)[2:], f"output_root={OUTPUT}", runner="local", tracking="none")


def table_of(figures: Figures) -> list[str]:
    """Lines of the table: one row per measure, means by arm, and paired differences with their 95% interval."""
    sweep = sweep_of(figures)
    if figures.overrun:
        return _overruns(sweep, figures)
    found = {(r["arm"], r["measure"]): r for r in sweep.compare(figures.baseline, figures.measures).table.to_pylist()}
    base, *others = figures.names
    heads = ["measure", figures.names[base]]
    for label in others:
        heads += [figures.names[label], "difference (95% interval)"]
    lines = ["| " + " | ".join(heads) + " |", "| " + " | ".join("---" for _ in heads) + " |"]
    for measure in figures.measures:
        cells = [readable(measure), formatted(measure, found[others[0], measure]["baseline_mean"])]
        for label in others:
            row = found[label, measure]
            ends = (formatted_change(measure, row[end]).removesuffix(" points") for end in ("t_low", "t_high"))
            cells.append(formatted(measure, row["arm_mean"]))
            cells.append(f"{formatted_change(measure, row['difference'])} ({' to '.join(ends)})")
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def _overruns(sweep: cm.Sweep, figures: Figures) -> list[str]:
    groups = {"all tenders": (1, 999), "one bid": (1, 1), "two bids": (2, 2), "three or more": (3, 999)}
    lines = ["| winners' cost over their estimate | " + " | ".join(groups) + " |", "| --- |" + " --- |" * len(groups)]
    found: dict[str, list[str]] = {label: [] for label in figures.names}
    for low, high in groups.values():
        rows = sweep.sql(OVERRUN.format(low=low, high=high)).to_pylist()
        for label, cells in found.items():
            told = estimate([row["overrun"] for row in rows if row["label"] == label])
            assert told is not None
            assert told.half_width is not None
            cells.append(f"{100 * told.mean:+.1f}% ± {100 * told.half_width:.1f}%")
    return lines + [f"| {figures.names[label]} | " + " | ".join(cells) + " |" for label, cells in found.items()]


def block(name: str) -> str:
    """Content of a place between its marks, calculated."""
    figures = FIGURES[name]
    replicates = re.findall(r"replicates=(\d+)", figures.command)[0]
    told = f"One version of the model gave these means, of {replicates} runs each with seeds drawn from root seed 1:"
    return "\n".join(["", "```sh", figures.command, "```", "", told, "", *table_of(figures), "", ""])


def write(wanted: Sequence[str]) -> None:
    """Write the figures of the named lessons, or of all."""
    for page in sorted(LESSONS.glob("*.md")):
        if wanted and page.stem not in wanted:
            continue
        text = page.read_text(encoding="utf-8")
        for name in re.findall(r"<!-- figures: ([\w-]+) -->", text):
            start, end = f"<!-- figures: {name} -->", "<!-- end of figures -->"
            before, _, rest = text.partition(start)
            _, _, after = rest.partition(end)
            text = before + start + "\n" + block(name) + end + after
        page.write_text(text, encoding="utf-8")
