"""Form of phrases for events and for reasons, and weights of lines of the story."""

from __future__ import annotations

from dataclasses import dataclass

HIDDEN, QUIET, NOTABLE, HEADLINE = range(4)
"""Weights of a line: routine; relevant to one organisation's history; part of the story; turning point."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Wording of a kind of event.

    Attributes:
        text: wording of one event.
        weight: weight of its lines, unless the reason has its own.
        own: wording if both organisations are the same; ``text`` if empty.
        fold: columns that must agree, besides the calendar month, for several events to share one line;
            None if each has its own line.
        many: wording for several events; ``text`` if empty. ``{count}`` is their number, ``{total}`` the sum of
            amounts, ``{who_money}`` names with their amounts, ``{others}`` the other organisations,
            ``{lots}`` the care bought.
        noun: noun for several of the organisations that act.
    """

    text: str
    weight: int
    own: str = ""
    fold: tuple[str, ...] | None = None
    many: str = ""
    noun: str = "organisations"


@dataclass(frozen=True, slots=True)
class Cause:
    """A reason: ``because`` in a sentence on one event, ``tag`` in a list for several; optionally its own weight."""

    because: str
    tag: str
    weight: int | None = None
