"""A report says in words what the table says in figures, and needs nothing but itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from caremarket.experiments.analysis.comparison import Comparison, compare
from caremarket.experiments.report import figures
from caremarket.experiments.report.comparison_figures import figures_of
from caremarket.experiments.report.findings import findings
from caremarket.experiments.report.html_report import lever_table, report
from caremarket.market.errors import ConfigurationError
from tests.experiments.conftest import MadeSweep, luck

POINTS = [
    ("separate", {"policy": "separate"}),
    ("prime", {"policy": "prime"}),
    ("<b>odd</b>", {"policy": "odd"}),
]
ARMS = dict(POINTS)


def measured(levers: Mapping[str, Any], replicate: int) -> dict[str, float | None]:
    chance = luck(replicate) / 1000
    prime = levers["policy"] == "prime"
    return {
        "sme_value_share_delivered": 0.168 + chance - (0.093 + 0.002 * (-1) ** replicate) * prime,
        "public_cost_pence": 5e9 * (1 + chance) + (1e7 * (-1) ** replicate) * prime,
        "outcome_index": 0.6,
        "sme_delivered_to_promised": None if levers["policy"] == "separate" else 0.9,
    }


@pytest.fixture
def comparison(sweep_of: MadeSweep) -> Comparison:
    sweep = sweep_of(POINTS, 10, measured, arms=ARMS)
    rows = [
        {"run": 10 * p + r, "point": p, "replicate": r, "year": year, "dimension": dimension, "key": "",
         "measure": "outcome_index", "value": 0.5 + 0.01 * year + 0.1 * p if dimension == "nation" else 99.0}
        for p in range(3) for r in range(10) for year in (1, 2, 3) for dimension in ("nation", "area")
    ]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows), sweep.folder / "yearly.parquet")
    return compare(sweep)


def test_findings_are_sentences_with_their_figures(comparison: Comparison) -> None:
    found = {(one.arm, one.measure): one for one in findings(comparison)}
    share = found["prime", "sme_value_share_delivered"]
    assert share.verdict == "lower"
    assert share.text.startswith(
        "prime lowers the SME share of delivered value by 9.3 points (95% interval 9.1 to 9.5)"
    )
    assert share.text.endswith("in 10 of 10 seeds.")
    assert "no clear difference" in found["prime", "public_cost_pence"].text
    assert found["prime", "outcome_index"].verdict == "same"
    assert "nothing to compare" in found["prime", "sme_delivered_to_promised"].text


class Reader(HTMLParser):
    """Collects what a page would ask others for, and checks that tags are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.asked: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.asked += [str(value) for name, value in attrs if name in {"src", "href", "srcset", "data"}]
        if tag not in {"meta", "img", "br", "link"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_asks_nobody_for_anything(comparison: Comparison) -> None:
    page = report(comparison).decode()
    reader = Reader()
    reader.feed(page)
    assert reader.open == []
    assert len(reader.asked) == 3
    assert all(asked.startswith("data:image/svg+xml;base64,") for asked in reader.asked)
    assert "script" not in reader.tags
    assert not re.search(r"@import|url\(", page)
    assert "&lt;b&gt;odd&lt;/b&gt;" in page
    assert "<b>odd" not in page
    for said in (
        "prime lowers the SME share of delivered value",
        "10, with the same seeds",
        "Caveats",
        "dark",
        "@media print",
    ):
        assert said in page


def test_the_same_comparison_gives_the_same_page(comparison: Comparison) -> None:
    assert report(comparison) == report(compare(comparison.sweep))


def test_the_lever_table_shows_what_differs(comparison: Comparison) -> None:
    assert lever_table(comparison, ["prime"]) == (["separate", "prime"], [("policy", ["separate", "prime"])])


def test_figures_draw_the_table_s_figures(comparison: Comparison) -> None:
    made = figures_of(comparison, ["outcome_index", "sme_value_share_delivered"])
    assert set(made) == {"differences", "years", "distributions"}
    (years,) = made["years"].axes
    line = years.lines[1]
    assert list(line.get_xdata()) == [1, 2, 3]
    assert np.allclose(np.asarray(line.get_ydata(), dtype=float), [0.61, 0.62, 0.63])
    assert line.get_label() == "prime"
    share = made["differences"].axes[1]
    assert share.get_title(loc="left") == "SME value share delivered (points)"
    assert made["differences"].axes[0].get_yticklabels()[0].get_text() == "prime"
    dots = [child for child in share.lines if child.get_marker() == figures.MARKERS[1]]
    assert float(np.asarray(dots[0].get_xdata(), dtype=float)[0]) == pytest.approx(-9.3, abs=0.01)
    assert figures.svg_bytes(made["years"]).startswith(b"<?xml")


def test_nothing_to_measure_is_drawn_as_such(comparison: Comparison) -> None:
    empty = figures.forest(comparison.table, ["sme_delivered_to_promised"])
    assert "nothing to measure" in {text.get_text() for axes in empty.axes for text in axes.texts}


def test_paired_differences_are_those_of_the_comparison(comparison: Comparison) -> None:
    data = figures.paired_differences_data(comparison.table, ["outcome_index", "sme_value_share_delivered"])
    rows = [r for r in comparison.table.to_pylist() if r["measure"] == "sme_value_share_delivered"]
    assert [r["difference"] for r in data["sme_value_share_delivered"]] == pytest.approx(
        [100.0 * r["difference"] for r in rows]
    )
    found = figures.paired_differences(comparison.table, ["outcome_index", "sme_value_share_delivered"]).to_dict()
    assert set(found["datasets"]) == {"outcome_index", "sme_value_share_delivered"}
    assert figures.specification(figures.paired_differences(comparison.table))["datasets"]
    with pytest.raises(ConfigurationError, match="no_such"):
        figures.paired_differences(comparison.table, ["no_such"])
