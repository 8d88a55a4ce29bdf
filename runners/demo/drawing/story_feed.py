"""Text beside the charts: the story of each side, and the description, actions and reasons of one organisation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from caremarket.experiments.report.story import Line, describe, feed, history

if TYPE_CHECKING:
    import pyarrow as pa


MOST_LINES = 40
MOST_NAMED = 3
PART_OF_THE_STORY = 2
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October")
MONTH_NAMES = (*MONTHS, "November", "December")


@dataclass(frozen=True, slots=True)
class Said:
    """A line of the feed, in the form that the browser takes."""

    key: str
    when: str
    text: str
    weight: int
    who: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Telling:
    """The feed of a side, the latest line first."""

    lines: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """An organisation that was clicked: description, and the lines about it."""

    side: int
    organisation: int
    name: str
    about: tuple[str, ...]
    lines: tuple[Said, ...]


def when(month: float) -> str:
    """A month of the run as a date: ``June 2015, month 26``."""
    whole = int(month + 1e-9)
    return f"{MONTH_NAMES[(whole + 3) % 12]} {2013 + (whole + 3) // 12}, month {whole}"


class Storyteller:
    """Writes the feed of one side; lines already written are kept, so that only new rows cost time.

    Whole months are written once and kept. The current month is written again with every picture, since lines of the
    same month may be joined.
    """

    def __init__(self) -> None:
        self._run: object = None
        self._rows = 0
        self._kept: list[Line] = []

    def tell(self, tables: Mapping[str, pa.Table] | None, month: float, run: object = None) -> Telling:
        """The feed up to a month, the latest line first.

        Args:
            tables: tables of the run; None if there is none yet.
            month: later events are left out.
            run: identifies the run; another run is written from its beginning.
        """
        if tables is None:
            return Telling()
        if run != self._run:
            self._run, self._rows, self._kept = run, 0, []
        begun = math.floor(month + 1e-9)
        times = tables["events"]["time"].to_numpy()
        whole, known = int(np.searchsorted(times, begun, "left")), int(np.searchsorted(times, month, "right"))
        if whole > self._rows:
            self._kept += feed(tables, self._rows, whole, weight=PART_OF_THE_STORY)
            self._rows = whole
        running = feed(tables, whole, known, weight=PART_OF_THE_STORY)
        past = [line for line in self._kept[-10 * MOST_LINES :] if line.time < begun]
        if len(past) < MOST_LINES:
            past = [line for line in self._kept if line.time < begun]
        names = tables["organisations"]["name"]
        latest = (past[-MOST_LINES:] + running)[-MOST_LINES:]
        return Telling(tuple(_said(line, names, number) for number, line in enumerate(reversed(latest))))

    def person(self, tables: Mapping[str, pa.Table], side: int, organisation: int, month: float) -> Person | None:
        """Description and lines of an organisation up to a month; None if there is no such organisation."""
        names = tables["organisations"]["name"]
        if not 0 <= organisation < len(names):
            return None
        about = describe(tables, organisation, month)
        lines = history(tables, organisation, month)[-MOST_LINES:]
        said = tuple(_said(line, names, number, people=False) for number, line in enumerate(reversed(lines)))
        return Person(side, organisation, str(names[organisation]), _paragraphs(about), said)


def _said(line: Line, names: pa.ChunkedArray[Any], number: int, people: bool = True) -> Said:
    """A line in the form that the browser takes, with the few organisations in it that can be clicked."""
    who = [(index, str(names[index])) for index in line.organisations[:MOST_NAMED]] if people else []
    key = f"{line.time:.4f}-{line.kind}-{line.procurement}-{line.contract}-{hash(line.text) & 0xFFFFFF:x}-{number}"
    return Said(key, _short(line.time), line.text, line.weight, tuple(who))


def _short(month: float) -> str:
    whole = int(month + 1e-9)
    return f"{MONTH_NAMES[(whole + 3) % 12][:3]} {2013 + (whole + 3) // 12}"


def _paragraphs(about: object) -> tuple[str, ...]:
    if isinstance(about, str):
        return tuple(part for part in about.splitlines() if part.strip())
    return tuple(str(getattr(part, "text", part)) for part in about)  # type: ignore[attr-defined]
