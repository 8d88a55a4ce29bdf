"""Report on a comparison: one HTML page with findings, figures and tables, and no links to other files."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from caremarket.experiments.analysis.comparison import Comparison
from caremarket.experiments.analysis.measures import ABSENT
from caremarket.experiments.design.levers import shown

if TYPE_CHECKING:
    pass
from caremarket.experiments.report.comparison_figures import CAPTIONS, HEADINGS, figures_of
from caremarket.experiments.report.comparison_table import cells
from caremarket.experiments.report.findings import findings

ARMS_IN_REPORT = 12


def report(comparison: Comparison) -> bytes:
    """The comparison as one self-contained HTML page: no script, no other file, no other host."""
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
    most = "up to " if "stopping" in manifest else ""  # then each point has as many replicates as its means needed
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
    """Differences between the policies: column names, and one row per lever.

    A lever that takes several values within a policy (it is crossed with it) is in the second kind of row,
    which lists its values.
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
