"""The commands of README, start page, tutorials and some guides are typed here, page by page, in the order of the page.

Each page is followed in a folder of its own, so that a command finds what those above it left. The rule by which
commands are made short, and those that are not carried out, stand below: nothing else is left out.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from caremarket.runners.cli import main

ROOT = Path(__file__).resolve().parent.parent
PAGES = (
    "README.md",
    "docs/index.md",
    "docs/tutorials/researcher.md",
    "docs/tutorials/analyst.md",
    "docs/tutorials/teacher.md",
    "docs/howto-set-levers.md",
    "docs/howto-choose-a-market.md",
)
QUICK = ("README.md", "docs/howto-set-levers.md", "docs/howto-choose-a-market.md")
"""Pages whose commands take seconds; the others are followed in `make test-all`."""

ONE_YEAR = {"horizon_years": "1"}
SMALLEST = {**ONE_YEAR, "market": "tiny", "pathway": "two"}
"""In place of what the page says; a scenario or a roster keeps its market and is cut short."""
FEW = {"replicates": "2", "runner": "local"}
OF_AN_EXPERIMENT = {
    "screening": {"design.levers.sample.samples": "2", "replicates": "1"},
    "indices": {"design.levers.sample.samples": "2", "replicates": "1"},
    "random_policies": {"design.levers.sample.samples": "4", "replicates": "1"},
}
OF_A_COMPARISON = ("--measures", "hhi_direct,sme_subcontract_acceptance_rate")
"""Where the page names no measures: a report of all takes most of its time on figures."""

NOT_CARRIED_OUT = {
    "ui": "serves until it is stopped: tests/runners",
    "demo": "serves until it is stopped: tests/runners/demo",
    "validate": "takes minutes at its quickest: tests/runners/commands/test_validate.py",
    "calibrate": "needs the registers: tests/runners/commands/test_calibrate.py",
    "search": "takes generations of sweeps: tests/runners/commands/test_search.py",
    "discover": "needs a sweep of hundreds: tests/experiments/analysis/test_discovery.py",
    "scenarios": "composes every scenario: tests/test_scenarios.py",
    "sync": "needs results that MLflow has not: tests/runners/tracking/test_tracking.py",
}
"""Command -> why, and which tests carry it out. tests/test_docs.py checks that what is written is allowed."""
REGISTERS = "market.ods_dir="


def commands(page: str) -> list[list[str]]:
    """Words of each ``caremarket`` command in blocks of the page, in order."""
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```", (ROOT / page).read_text(encoding="utf-8"), re.S | re.M)
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    return [shlex.split(line)[1:] for line in lines if line.startswith("caremarket ")]


def shortened(words: list[str]) -> list[str] | None:
    """The command as it is typed here; None if it is not."""
    name, *rest = words
    if name in NOT_CARRIED_OUT or REGISTERS in " ".join(rest):
        return None
    if name == "compare" and "--measures" not in rest:
        return [*words, *OF_A_COMPARISON]
    if "--cfg" in rest or name not in {"run", "sweep"}:
        return words
    given = {word.partition("=")[0]: word.partition("=")[2] for word in rest}
    place = "scenario" in given or given.get("market") == "roster"
    changed = dict(ONE_YEAR if place else SMALLEST) | {"tracking": "none"}
    changed |= FEW if name == "sweep" else {}
    changed |= OF_AN_EXPERIMENT.get(given.get("experiment", ""), {})
    kept = [word for word in rest if word.partition("=")[0] not in changed]
    return [name, *kept, *(f"{key}={value}" for key, value in changed.items())]


@pytest.mark.parametrize("page", [pytest.param(p, marks=() if p in QUICK else pytest.mark.slow) for p in PAGES])
def test_a_page_can_be_followed(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tests").symlink_to(ROOT / "tests")  # the roster that howto-choose-a-market.md names
    monkeypatch.chdir(tmp_path)
    done = 0
    for words in commands(page):
        short = shortened(words)
        if short is not None:
            assert main(short) == 0, shlex.join(short)
            done += 1
    assert done
    for block in re.findall(r"^```python\n(.*?)^```", (ROOT / page).read_text(encoding="utf-8"), re.S | re.M):
        space: dict[str, Any] = {}
        exec(compile(block, page, "exec", dont_inherit=True), space)
    if page.endswith("researcher.md"):
        assert (tmp_path / "flow_down.pdf").stat().st_size > 1000
        assert list(tmp_path.glob("outputs/screening/*/sensitivity.parquet"))


def test_what_is_not_carried_out_here_is_elsewhere() -> None:
    named = {name for page in PAGES for name, *_ in commands(page)}
    for name, reason in NOT_CARRIED_OUT.items():
        where = ROOT / reason.rpartition(": ")[2]
        assert where.exists(), where
        files = [where] if where.is_file() else [*where.rglob("test_*.py")]
        assert any(re.search(rf"\b{name}\b", path.read_text(encoding="utf-8")) for path in files), name
    assert {"run", "sweep", "compare", "sensitivity"} <= named - set(NOT_CARRIED_OUT)


@pytest.mark.slow
def test_the_first_commands_of_the_readme_show_the_difference_it_promises(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import caremarket as cm

    monkeypatch.chdir(tmp_path)
    separate, bundled, kept, passed = (
        cm.run(*words[1:], "tracking=none").summary for words in commands("README.md")[:4]
    )
    assert bundled["hhi_direct"] > 1000 > separate["hhi_direct"]
    assert bundled["sme_value_share_direct"] < separate["sme_value_share_direct"] / 2
    assert abs(bundled["sme_value_share_delivered"] - separate["sme_value_share_delivered"]) < 0.06
    assert passed["sme_subcontract_acceptance_rate"] < kept["sme_subcontract_acceptance_rate"] - 0.02
