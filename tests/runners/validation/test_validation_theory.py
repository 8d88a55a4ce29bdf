"""``caremarket validate part=theory``: checks are made once, kept, and told with what they missed."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from caremarket.experiments.evidence.theory import CHECKS, Check, Comparison
from caremarket.runners.validation import PARTS, Workplace, theory

CHEAP = tuple(check for check in CHECKS if check.id in {"4", "5a"})


def job(quick: bool = True) -> Any:
    asked: Any = SimpleNamespace(spec=SimpleNamespace(theory=SimpleNamespace(quick=quick)))
    return PARTS["theory"].prepare(asked)


def place(folder: Path) -> Workplace:
    runner: Any = None
    return Workplace(folder, None, runner)


def test_every_figure_of_a_check_is_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert {check.id for check in CHEAP} == {"4", "5a"}
    monkeypatch.setattr(theory, "CHECKS", CHEAP)
    rows, failures = job().run(place(tmp_path))
    assert not failures
    assert {row["id"] for row in rows} == {"4", "5a"}
    assert all(row["verdict"] == "within" for row in rows)
    assert f"{len(rows)} of {len(rows)} figures" in str(job().table(rows).title)


def test_a_check_is_made_once_and_a_miss_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[bool] = []

    def run(quick: bool) -> list[Comparison]:
        made.append(quick)
        return [Comparison("price", 0.5, 0.4, 0.01), Comparison("bid", 0.5, 0.505, 0.01)]

    check = Check("1", "a check", "that so it is", "nobody", "a hundredth", run)
    monkeypatch.setattr(theory, "CHECKS", (check,))
    first, _ = job(quick=False).run(place(tmp_path))
    again, _ = job(quick=False).run(place(tmp_path))
    assert made == [False]
    assert again == first == json.loads((tmp_path / "1.json").read_bytes())
    assert [row["verdict"] for row in first] == ["outside", "within"]
    assert "1 of 2 figures" in str(job().table(first).title)


def test_quick_and_full_checks_are_kept_apart() -> None:
    assert job(quick=True).identity != job(quick=False).identity
