"""The coverage table has a row for everything there is, and what the rows name is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from caremarket.agents.records.measures import summary_names
from caremarket.market.forms import FORMS
from caremarket.market.levers import PolicySpec
from caremarket.market.mechanisms import MechanismSpec
from caremarket.market.payments import PAYMENTS
from caremarket.market.procurement import ROUTES
from tools.docs.coverage import rows

ROOT = Path(__file__).resolve().parent.parent


ROWS = rows()


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("form", set(FORMS)),
        ("payment", set(PAYMENTS)),
        ("route", set(ROUTES)),
        ("lever", set(PolicySpec.model_fields)),
        ("mechanism", set(MechanismSpec.model_fields)),
        ("measure", set(summary_names())),
        ("scenario", {p.stem for p in (ROOT / "configs" / "scenario").glob("*.yaml")}),
    ],
)
def test_every_variant_has_a_row_and_no_row_is_of_nothing(kind: str, names: set[str]) -> None:
    found = {row["what"] for row in ROWS if row["kind"] == kind}
    do = "in docs/coverage/*.yaml, then call `make docs-tables`"
    assert not names - found, f"add a row of kind {kind} for {', '.join(sorted(names - found))} {do}"
    assert not found - names, f"no {kind} is called {', '.join(sorted(found - names))}: correct its row {do}"


@pytest.mark.parametrize("row", [row for row in ROWS if row["kind"] == "lever"], ids=lambda row: row["what"])
def test_the_files_of_a_lever_name_it(row: dict[str, str]) -> None:
    for name in re.split(r",\s*", row["file"]):
        assert re.search(rf"\b{row['what']}\b", (ROOT / name).read_text(encoding="utf-8")), name


def test_files_and_tests_named_are_there() -> None:
    text = {path: path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")}
    for row in ROWS:
        for name in re.split(r",\s*", row["file"]):
            assert (ROOT / name).exists(), row
        for name in re.split(r",\s*", row["test"]):
            path, _, test = name.partition("::")
            assert ROOT / path in text, row
            assert test, row
            assert re.search(rf"^def {re.escape(test)}\(", text[ROOT / path], re.M), row
