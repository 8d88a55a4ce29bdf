"""docs/howto-add-a-form.md, followed to the letter: module and policy as on the page, run from the command line."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import caremarket.market.forms
from caremarket.market.forms import FORMS, ContractForm
from caremarket.market.registry import variants
from caremarket.runners.cli import main

PAGE = Path(__file__).parents[1] / "docs" / "howto-add-a-form.md"
SMALL = (
    "horizon_years=6",
    "pathway=two",
    "market.synthetic.areas=1",
    "market.synthetic.ccgs=3",
    "market.synthetic.practices_per_ccg=4",
    "market.synthetic.third_sector=10",
    "tracking=none",
)


def block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```", PAGE.read_text(), re.S | re.M)
    assert found is not None
    return found[1]


@pytest.fixture
def followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The page's files, in place: the module where forms are looked for, the policy in a folder of one's own."""
    forms = tmp_path / "forms"
    forms.mkdir()
    (forms / "my_form.py").write_text(block("python"))
    policies = tmp_path / "my_configs" / "policy"
    policies.mkdir(parents=True)
    (policies / "lead_half.yaml").write_text(block("yaml"))
    path = [*caremarket.market.forms.__path__, str(forms)]
    monkeypatch.setattr(caremarket.market.forms, "__path__", path)
    found = variants("caremarket.market.forms", caremarket.market.forms.__path__, "FORM", ContractForm)
    assert set(found) == {*FORMS, "lead_half"}
    monkeypatch.setitem(FORMS, "lead_half", found["lead_half"])
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    sys.modules.pop("caremarket.market.forms.my_form", None)


def test_a_form_written_as_the_page_says_runs_and_keeps_its_rule(followed: Path) -> None:
    alone = ("policy.consortium_bids=false", "policy.vehicles=false")  # partners' work counts as the holder's own
    command = ["run", "policy=lead_half", "--config-dir", "my_configs", *SMALL, *alone]
    assert main([*command, "output_root=out", "seed=2"]) == 0
    (contracts,) = (followed / "out").rglob("contracts.parquet")
    rows = [r for r in pq.read_table(contracts).to_pylist() if r["form"] == "lead_half"]
    assert rows
    subcontracts = pq.read_table(contracts.with_name("subcontracts.parquet")).to_pylist()
    for row in rows:
        under = [s for s in subcontracts if s["head"] == row["id"]]
        for then in {s["start"] for s in under}:  # suppliers are replaced: only those in force at a time count
            in_force = [s for s in under if s["start"] <= then and (s["end"] < 0.0 or s["end"] > then)]
            # By price; the floor is by reference cost, and what a lead pays its suppliers is near it.
            assert sum(s["price"] * s["promised"] for s in in_force) <= 0.6 * row["price"]


def test_what_does_not_go_with_the_form_is_refused_with_its_own_reason(
    followed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = ["run", "policy=lead_half", "--config-dir", "my_configs", "policy.lot_scope=function", *SMALL]
    assert main([*wrong, "output_root=out"]) == 2
    said = capsys.readouterr().err
    assert "policy.lot_scope" in said
    assert "half of a single function is nothing to lead" in said
    assert not (followed / "out").exists()
