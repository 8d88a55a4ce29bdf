"""The pages docs/howto-add-a-*.md, followed to the letter from a folder of one's own, by the command line."""

from __future__ import annotations

import json
import re
import shlex
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml

from caremarket.runners.cli import main

DOCS = Path(__file__).parents[1] / "docs"
PAGES = {page.stem.removeprefix("howto-add-a-"): page for page in sorted(DOCS.glob("howto-add-a-*.md"))}
SMALL = (
    "horizon_years=6",
    "pathway=two",
    "market.synthetic.areas=1",
    "market.synthetic.ccgs=3",
    "market.synthetic.practices_per_ccg=4",
    "market.synthetic.third_sector=10",
    "tracking=none",
    "seed=2",
)
SHOWN = {
    "measure": ("yearly", "measure", "two_largest_share"),
    "form": ("contracts", "form", "lead_half"),
    "payment": ("contracts", "payment", "blended"),
    "provider-kind": ("organisations", "kind", "social_enterprise"),
    "route": ("procurements", "route", "light_touch"),
}
"""Page -> table, column and value in which a run shows that the variant is in use. Others change the summary."""
FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.S | re.M)


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def follow(page: str, folder: Path) -> None:
    """Write the page's files: each block of Python or YAML into the file that was named last before it."""
    text = PAGES[page].read_text()
    for block in FENCE.finditer(text):
        if block[1] in {"python", "yaml"}:
            name = re.findall(r"`(my_\w+(?:/\w+)*\.(?:py|yaml))`", text[: block.start()])[-1]
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block[2])


def commands(page: str, name: str) -> list[list[str]]:
    """The page's commands of that name, as arguments."""
    lines = [
        line for block in FENCE.finditer(PAGES[page].read_text()) if block[1] == "sh" for line in block[2].split("\n")
    ]
    return [shlex.split(line)[1:] for line in lines if line.startswith(f"caremarket {name} ")]


def one_result(folder: Path, name: str) -> Path:
    """The only file of that name below a folder."""
    (found,) = folder.glob(f"*/*/{name}")
    return found


def test_every_page_is_followed() -> None:
    assert set(SHOWN) < set(PAGES)
    assert all(commands(page, "run") for page in PAGES)
    outside = (DOCS / "howto-extend-from-outside.md").read_text()
    assert all(f"({path.name})" in outside for path in PAGES.values())


def test_sample_rows_of_the_coverage_table_name_what_is_there() -> None:
    sampled = {page: re.findall(r"^ +- (\{what: .*\})$", text.read_text(), re.M) for page, text in PAGES.items()}
    assert {page for page, found in sampled.items() if found} == {"form", "measure", "payment", "route"}
    for page, (found,) in ((page, found) for page, found in sampled.items() if found):
        row = yaml.safe_load(found)
        path, test = row["test"].split("::")
        assert row["kind"] == page
        assert set(row) == {"what", "kind", "file", "test", "source"}
        assert (DOCS.parent / row["file"]).parent.is_dir()
        assert f"def {test}(" in (DOCS.parent / path).read_text()


@pytest.mark.parametrize("page", PAGES)
def test_a_module_written_as_the_page_says_runs_from_one_s_own_folder(work: Path, page: str) -> None:
    follow(page, work)
    (asked,) = commands(page, "run")
    assert main([*asked, *SMALL, "output_root=out"]) == 0
    ((name, _),) = json.loads(one_result(work / "out", "manifest.json").read_bytes())["extensions"]
    assert f"`{name}.py`" in PAGES[page].read_text()
    if page in SHOWN:
        table, column, value = SHOWN[page]
        assert value in pq.read_table(one_result(work / "out", f"{table}.parquet")).column(column).to_pylist()
        return
    plain = [word for word in asked if not word.startswith(("extensions=", "behaviour."))]
    assert main([*plain, *SMALL, "output_root=plain"]) == 0
    assert (
        one_result(work / "out", "summary.json").read_bytes() != one_result(work / "plain", "summary.json").read_bytes()
    )


def test_a_payment_by_another_rule_bears_the_risk_of_its_own_income(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow("payment", work)
    monkeypatch.syspath_prepend(work)
    payment = import_module("my_prevention").PAYMENT
    sys.modules.pop("my_prevention")
    price, cost = 120.0, 100.0
    assert payment.factor(1.0, 1.0) == 1.0
    for cv in (0.05, 0.2):
        assert payment.demand_exposure(price, cost, cv) == pytest.approx(
            cost * cv - price * (payment.factor(1.0 + cv, 1.0) - 1.0)
        )
    assert payment.factor(np.array([0.5, 1.0, 2.0]), 1.0).tolist() == pytest.approx([1.1, 1.0, 0.8])


def test_a_strategy_that_sets_the_price_runs_as_the_page_says(work: Path) -> None:
    follow("pricing-strategy", work)
    (asked,) = re.findall(r"`(extensions=my_price [^`]+)`", PAGES["pricing-strategy"].read_text())
    margins = []
    for name, words in (("modest", asked.split()), ("default", [])):
        assert main(["run", *words, *SMALL, f"output_root={name}"]) == 0
        margins.append(json.loads(one_result(work / name, "summary.json").read_bytes())["winner_margin"])
    assert margins[0] != margins[1]


@pytest.mark.parametrize("runner", ["local", pytest.param("ray", marks=pytest.mark.ray)])
@pytest.mark.parametrize("page", ["measure", "supplier-choice"])
def test_the_page_s_sweep_runs_in_other_processes(work: Path, page: str, runner: str) -> None:
    follow(page, work)
    (asked,) = commands(page, "sweep")
    asked = [word for word in asked if not word.startswith("replicates=")]
    more = ("replicates=2", f"runner={runner}", "runner.workers=2", "output_root=out", "horizon_years=3")
    assert main([*asked, *SMALL[1:], *more]) == 0
    runs = pq.read_table(one_result(work / "out", "runs.parquet"))
    assert runs.num_rows == 4
    assert pq.read_table(one_result(work / "out", "failures.parquet")).num_rows == 0
    measured = runs.drop_columns(
        [c for c in runs.column_names if c in {"run", "point", "label"} or "." in c]
    ).to_pylist()
    assert measured[:2] != measured[2:]
    if page == "measure":
        assert all(0.0 < share <= 1.0 for share in runs.column("two_largest_share").to_pylist())


def test_a_form_written_as_the_page_says_keeps_its_rule(work: Path) -> None:
    follow("form", work)
    (asked,) = commands("form", "run")
    alone = ("policy.consortium_bids=false", "policy.vehicles=false")  # partners' work counts as the holder's own
    assert main([*asked, *SMALL, *alone, "output_root=out"]) == 0
    contracts = one_result(work / "out", "contracts.parquet")
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
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    follow("form", work)
    (asked,) = commands("form", "run")
    assert main([*asked, "policy.lot_scope=function", *SMALL, "output_root=out"]) == 2
    said = capsys.readouterr().err
    assert "policy.lot_scope" in said
    assert "half of a single function is nothing to lead" in said
    assert not (work / "out").exists()
