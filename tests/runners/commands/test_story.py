"""``caremarket story``: a recorded run told in the shell."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from caremarket.runners.cli import main
from tests.runners.conftest import Command, result_folder


@pytest.fixture
def house(work: Path) -> Path:
    """The extension of a house, lived through once."""
    assert main(["run", "scenario=house", "seed=1", "tracking=none"]) == 0
    return result_folder(work / "outputs")


def test_a_run_is_told_by_its_months(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["story", "house", "from=12", "to=40"]) == 0
    shown = capsys.readouterr().out
    months = [int(m) for m in re.findall(r"\(month (\d+)\)$", shown, re.M)]
    assert months == sorted(months)
    assert 12 <= min(months) <= max(months) <= 40
    assert "because" in shown
    assert all(len(line) <= 110 and line == line.rstrip() for line in shown.splitlines())
    assert main(["story", str(house), "weight=3"]) == 0
    assert len(capsys.readouterr().out) < len(shown)


def test_an_organisation_is_told_by_name_or_number(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["story", "house", "organisation=builder"]) == 0
    by_name = capsys.readouterr().out
    assert by_name.startswith("Builder is a small independent provider")
    assert main(["story", "house", "organisation=2"]) == 0
    assert capsys.readouterr().out == by_name


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "name a run or its folder first"),
        (["organisation=Builder"], "name a run or its folder first"),
        (["nowhere"], "neither a folder of a run"),
        (["house", "organisation=Bilder"], "for instance: Builder"),
        (["house", "weight=4"], "from 0 to 3"),
        (["house", "from=soon"], "a number from 0"),
        (["house", "from=9", "to=3"], "is before from=9"),
        (["house", "until=3"], "allowed: organisation=, from="),
    ],
)
def test_a_wrong_request_is_told_in_one_line(
    house: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    capsys.readouterr()
    assert main(["story", *words]) == 2
    heard = capsys.readouterr()
    assert not heard.out
    assert len(heard.err.splitlines()) == 1
    assert said in heard.err


def test_what_cannot_be_told_is_said_in_one_line(
    house: Path, caremarket: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    assert caremarket("run", "record=yearly", "name=terse") == 0
    capsys.readouterr()
    assert main(["story", "terse"]) == 2
    assert "has no events.parquet; record it: caremarket run record=full" in capsys.readouterr().err
    events = house / "events.parquet"
    events.write_bytes(events.read_bytes()[:200])
    assert main(["story", "house"]) == 2
    assert "events.parquet: cannot be read" in capsys.readouterr().err
    events.write_bytes((house / "organisations.parquet").read_bytes())
    assert main(["story", "house"]) == 2
    assert "has no column time" in capsys.readouterr().err
