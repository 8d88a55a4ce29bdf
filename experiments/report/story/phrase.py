"""The form of a phrase for an event and of a phrase for a reason, and how much a line of the story weighs."""

from __future__ import annotations

from dataclasses import dataclass

HIDDEN, QUIET, NOTABLE, HEADLINE = range(4)
"""Weights of a line: routine; of interest to who follows one organisation; part of the story; turns of the story."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """How a kind of event is told.

    Attributes:
        text: what is said of it.
        weight: of its lines, unless the reason weighs more or less.
        own: what is said where both organisations are the same; ``text`` if empty.
        fold: columns that must agree, besides the calendar month, for several events to be told as one line; None
            where each is told by itself.
        many: what is said of several; ``text`` if empty. ``{count}`` is their number, ``{total}`` the sum of amounts,
            ``{who_money}`` names with their amounts, ``{others}`` the other organisations, ``{lots}`` what is bought.
        noun: what several of those who act are called.
    """

    text: str
    weight: int
    own: str = ""
    fold: tuple[str, ...] | None = None
    many: str = ""
    noun: str = "organisations"


@dataclass(frozen=True, slots=True)
class Cause:
    """A reason: ``because`` in a sentence on one, ``tag`` in a list of what several had; a weight of its own if any."""

    because: str
    tag: str
    weight: int | None = None
