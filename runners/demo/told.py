"""What the page tells in words: the feed of each side, and who an organisation is and why it did what it did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

MOST_LINES = 40
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October")
MONTH_NAMES = (*MONTHS, "November", "December")


@dataclass(frozen=True, slots=True)
class Said:
    """A line of the feed, as the browser takes it."""

    key: str
    when: str
    text: str
    weight: int
    who: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Telling:
    """What is told beside a side: the latest first."""

    lines: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """An organisation that is looked at."""

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
    """Tells one side's story; keeps what it has told, so that only new rows are told anew."""

    def tell(self, tables: Mapping[str, pa.Table] | None, month: float) -> Telling:
        return Telling()

    def person(self, tables: Mapping[str, pa.Table], side: int, organisation: int, month: float) -> Person:
        names = tables["organisations"]["name"]
        return Person(side, organisation, str(names[organisation]), (), ())
