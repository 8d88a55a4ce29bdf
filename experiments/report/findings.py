"""A comparison as findings in plain English, as figures, and as one page of HTML to mail to someone."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from caremarket.experiments.analysis.comparison import Comparison
from caremarket.experiments.analysis.measures import ABSENT, formatted, formatted_change, is_percent, noun, readable
from caremarket.experiments.analysis.results import SweepResults
from caremarket.experiments.analysis.statistics import CONFIDENCE
from caremarket.experiments.design.levers import shown
from caremarket.market.errors import ConfigurationError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Row = Mapping[str, Any]
ARMS_IN_REPORT = 12
SIGNIFICANT = 1 - CONFIDENCE


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about one measure of one policy.

    Attributes:
        text: a sentence.
        verdict: ``higher`` or ``lower`` if the interval excludes zero, ``open`` if not, ``same`` if nothing moved,
            ``nothing`` if there was nothing to compare.
    """

    arm: str
    measure: str
    text: str
    verdict: str


def findings(comparison: Comparison, measures: Sequence[str] | None = None) -> list[Finding]:
    """A sentence for each policy and measure, the headline measures unless told otherwise."""
    wanted = set(comparison.headlines if measures is None else measures)
    tested = sum(value is not None for value in comparison.table.column("p_t").to_pylist())
    rows = [row for row in comparison.table.to_pylist() if row["measure"] in wanted]
    order = {name: number for number, name in enumerate(measures or comparison.headlines)}
    arms = {name: number for number, name in enumerate(comparison.arms.others)}
    rows.sort(key=lambda row: (arms[row["arm"]], order[row["measure"]]))
    return [_finding(row, tested) for row in rows]


def verdict(row: Row) -> str:
    """Which way a difference points, as :class:`Finding` names it."""
    if row["difference"] is None:
        return "nothing"
    if row["difference"] == 0 and row["sd"] in (0, None):
        return "same"
    low, high = row["t_low"], row["t_high"]
    if low is None or low <= 0 <= high:
        return "open"
    return "higher" if row["difference"] > 0 else "lower"


def _finding(row: Row, tested: int) -> Finding:
    name, found, moved = row["measure"], verdict(row), row["difference"]
    what = noun(name)
    if found == "nothing":
        text = f"{row['arm']}: nothing to compare for {what}: in no pair was it measured in both runs."
    elif found == "same":
        text = f"{row['arm']} makes no difference to {what}: it is the same in all {row['units']} {row['unit']}s."
    elif found == "open":
        interval = f"95% interval {interval_text(row)}" if row["t_low"] is not None else "one pair: no interval"
        text = f"{row['arm']} makes no clear difference to {what}: {formatted_change(name, moved)} ({interval})."
    else:
        verb = "raises" if moved > 0 else "lowers"
        size = formatted_change(name, moved, signed=False)
        text = (
            f"{row['arm']} {verb} {what} by {size} (95% interval {interval_text(row, as_size=True)}), from "
            f"{formatted(name, row['baseline_mean'])} to {formatted(name, row['arm_mean'])}; in {_agreeing(row)}."
        )
        if row["p_t_benjamini_hochberg"] is not None and row["p_t_benjamini_hochberg"] > SIGNIFICANT:
            text += f" Among the {tested} differences tested this may be chance."
    return Finding(row["arm"], name, text, found)


def _agreeing(row: Row) -> str:
    what = "seeds" if row["unit"] == "replicate" else "settings"
    return f"{round(row['sign_share'] * row['units'])} of {row['units']} {what}"


def interval_text(row: Row, kind: str = "t", as_size: bool = False) -> str:
    """The interval of a difference: ``7.1 to 11.5``; its size rather than its signs if wanted; a dash if none."""
    low, high = row[f"{kind}_low"], row[f"{kind}_high"]
    if low is None or high is None:
        return ABSENT
    name = row["measure"]
    if as_size and high < 0:
        low, high = -high, -low
    ends = [formatted_change(name, end, signed=not as_size) for end in (low, high)]
    if is_percent(name):
        ends = [end.removesuffix(" points") for end in ends]
    return " to ".join(ends)


# --- figures ----------------------------------------------------------------------------------------------


def figures_of(comparison: Comparison, measures: Sequence[str] | None = None) -> dict[str, Figure]:
    """The figures of a comparison by name: ``differences``, ``years`` if years were recorded, ``distributions``."""
    from caremarket.experiments.report import figures

    wanted = list(measures or comparison.headlines)
    arms, others = _points(comparison)
    runs = _both(comparison, others, lambda sweep: sweep.table("runs", ["point", *wanted]))
    made = {"differences": figures.forest(comparison.table, wanted)}
    try:
        yearly = _both(comparison, others, lambda sweep: _national(sweep, wanted))
    except ConfigurationError:  # a sweep may keep the summaries alone
        yearly = None
    if yearly is not None and yearly.num_rows:
        made["years"] = figures.over_years(yearly, arms, wanted)
    made["distributions"] = figures.distributions(runs, arms, wanted)
    return made


def _national(sweep: SweepResults, measures: Sequence[str]) -> pa.Table:
    wanted = [("dimension", "=", "nation"), ("measure", "in", list(measures))]
    return sweep.table("yearly", ["point", "year", "dimension", "measure", "value"], wanted)


def _points(comparison: Comparison) -> tuple[dict[str, list[int]], int]:
    """Policy -> its points, the baseline first; points of another sweep count from the second value on."""
    arms = {name: list(points.values()) for name, points in comparison.arms.members.items()}
    offset = len(comparison.sweep.points)
    own = arms.pop(comparison.arms.baseline)
    if comparison.against is not None:
        named = [
            point for point in comparison.against.points if comparison.arms.baseline.startswith(f"{point.label} (")
        ]
        own = [offset + point.index for point in named or comparison.against.points]
    return {comparison.arms.baseline: own, **arms}, offset


def _both(comparison: Comparison, offset: int, read: Any) -> pa.Table:
    """A table of the sweep, with that of the one it is compared against beneath it."""
    table: pa.Table = read(comparison.sweep)
    if comparison.against is None:
        return table
    other = read(comparison.against)
    position = other.column_names.index("point")
    moved = pc.add(other.column("point"), pa.scalar(offset, other.schema.field("point").type))
    return pa.concat_tables([table, other.set_column(position, table.schema.field("point"), moved)])


# --- the page ---------------------------------------------------------------------------------------------

CAPTIONS = {
    "differences": "Difference of each policy from the baseline: the mean over pairs of runs with the same seed, and "
    "its 95% interval. An interval that stays clear of the line at zero is a difference that chance hardly explains.",
    "years": "The same measures at the end of every year. Lines are means of runs; nine runs in ten are below the "
    "upper edge of a band, one in ten below its lower edge.",
    "distributions": "Every run as a point. Runs of two policies with the same seed belong together, so two clouds may "
    "overlap although one policy is higher in every pair.",
}
HEADINGS = {"differences": "Differences from the baseline", "years": "Over the years", "distributions": "All runs"}


def report(comparison: Comparison) -> bytes:
    """The comparison as one page of HTML that needs nothing else: no script, no other file, no other host."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("caremarket.experiments.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("report.html.j2").render(**_content(comparison))
    return page.encode()


def _content(comparison: Comparison) -> dict[str, Any]:
    from caremarket.experiments.report.figures import alternative_text, svg_bytes

    headlines = comparison.headlines
    arms = comparison.arms.others[:ARMS_IN_REPORT]
    found = [one for one in findings(comparison) if one.arm in arms]
    rows = [row for row in comparison.table.to_pylist() if row["arm"] in arms]
    pictures = [
        {
            "heading": HEADINGS[name],
            "caption": CAPTIONS[name],
            "alternative": alternative_text(HEADINGS[name], headlines),
            "uri": "data:image/svg+xml;base64," + base64.b64encode(svg_bytes(figure)).decode(),
        }
        for name, figure in figures_of(comparison).items()
    ]
    return {
        "name": comparison.sweep.name,
        "baseline": comparison.arms.baseline,
        "arms": [(arm, [one for one in found if one.arm == arm]) for arm in arms],
        "left_out": len(comparison.arms.others) - len(arms),
        "facts": _facts(comparison),
        "levers": lever_table(comparison, arms),
        "headline_rows": [cells(row) for row in rows if row["measure"] in headlines],
        "all_rows": [cells(row) for row in rows],
        "pictures": pictures,
        "unit": "replicate" if all(row["unit"] == "replicate" for row in rows) else "setting",
        "crossed": any(len(points) > 1 for points in comparison.arms.members.values()),
        "tests": sum(row["p_t"] is not None for row in rows),
        "missing": sum(row["missing"] for row in rows),
        "not_run": max((row["not_run"] for row in rows), default=0),
        "few": min((row["units"] for row in rows if row["units"]), default=0),
    }


def _facts(comparison: Comparison) -> list[tuple[str, str]]:
    manifest = comparison.sweep.manifest
    runs, code, choices = manifest["runs"], manifest["code"], manifest["choices"]
    commit = str(code.get("commit") or "")[:12] + (", modified" if code.get("modified") else "")
    most = "up to " if "stopping" in manifest else ""  # then a point has as many as its means needed
    facts = [
        ("Experiment", f"{comparison.sweep.name} ({comparison.sweep.folder.name})"),
        ("Market", str(choices.get("scenario") or choices.get("market") or "")),
        ("Years simulated", f"{manifest['params'].get('horizon_years', 0):g}"),
        ("Runs", f"{runs['done']} done of {runs['asked']}, {runs['failed']} failed"),
        ("Design points", str(len(comparison.sweep.points))),
        (
            "Replicates of a point",
            f"{most}{manifest['replicates']}, with the same seeds at every point (root seed {manifest['seed']})",
        ),
        ("Version", f"caremarket {code.get('release')} ({commit or 'no commit known'})"),
        ("Results written", str(manifest.get("written", ""))),
    ]
    if comparison.against is not None:
        facts.insert(1, ("Compared against", f"{comparison.against.name} ({comparison.against.folder.name})"))
    if not comparison.sweep.finished:
        facts.append(("Status", "the sweep is not finished: this is what there was when the page was made"))
    return facts


def lever_table(comparison: Comparison, arms: Sequence[str]) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """What differs between the policies: names of the columns, and a row for each lever.

    A lever that takes several values within a policy (it is crossed with it) is left to the second kind of row,
    which lists them.
    """
    names = [arm for arm in (comparison.arms.baseline, *arms) if comparison.arms.members[arm]]
    points = comparison.sweep.manifest["points"]
    values: dict[str, list[list[str]]] = {}
    for column, arm in enumerate(names):
        for index in comparison.arms.members[arm].values():
            own = {**points[index].get("params", {}), **points[index]["levers"]}
            for key, value in own.items():
                seen = values.setdefault(key, [[] for _ in names])[column]
                text = shown(value) if isinstance(value, bool | int | float | str | None) else str(value)
                if text not in seen:
                    seen.append(text)
    rows = [(key, [_listed(column) for column in columns]) for key, columns in values.items()]
    return names, [(key, cells) for key, cells in rows if len(set(cells)) > 1 or "," in cells[0]]


def _listed(values: Sequence[str]) -> str:
    if len(values) <= 4:
        return ", ".join(values) or ABSENT
    return f"{values[0]}, {values[1]}, ... ({len(values)} values)"


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
    """A p value as people read it."""
    if value is None:
        return ABSENT
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
