"""The parts of ``docs/validation.md`` generated from files: verdicts, smallest changes that matter, market figures."""

from __future__ import annotations

import json

import yaml

from caremarket.experiments.analysis.measures import formatted_change
from caremarket.experiments.report.market_table import market_page
from caremarket.experiments.report.verdict_table import verdict_page
from caremarket.runners.compose.experiment_files import stated_hypotheses
from tools.docs.places import CONFIGS, DOCS


def _market() -> str:
    """The figures of the market, from a copy of the ``market.json`` of a run, if there is one."""
    path = DOCS / "market.json"
    return market_page(json.loads(path.read_bytes())) if path.exists() else "There is no run yet.\n"


def validation_page() -> str:
    """``validation.md`` with the generated parts between its marks."""
    page = (DOCS / "validation.md").read_text(encoding="utf-8")
    rows = json.loads((DOCS / "verdicts.json").read_bytes())
    notes = {file.hypothesis.id: file.hypothesis.note for file in stated_hypotheses()}
    rule = yaml.safe_load((CONFIGS / "validate/full.yaml").read_text(encoding="utf-8"))["validate"]["rule"]
    made = max(max(row["runs"], row["ablation_runs"]) for row in rows)
    quick = (
        f"**A quick result: {made} paired seeds, one look.** Intervals are wide, and hypotheses undecided here may be "
        "decided by the full run.\n\n"
    )
    verdicts = (quick if made < rule["looks"][0] else "") + verdict_page(rows, notes)
    matters = ["| measure | smallest change that matters | why |", "| --- | --- | --- |"]
    for name, least in rule["matters"].items():
        amount = f"{100 * least['share']:g}%" if "share" in least else formatted_change(name, least["amount"], False)
        matters.append(f"| `{name}` | {amount} | {least['why']} |")
    for mark, text in (("verdicts", verdicts), ("matters", "\n".join(matters) + "\n"), ("market", _market())):
        begin, end = f"<!-- {mark}: written by tools/docs -->\n", f"<!-- end of {mark} -->"
        before, _, rest = page.partition(begin)
        page = f"{before}{begin}\n{text}\n{end}{rest.partition(end)[2]}"
    return page
