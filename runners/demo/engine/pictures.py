"""Pictures: how a session stands at a moment, for whoever shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from caremarket.runners.demo.choices import Choice
from caremarket.runners.demo.engine.sides import Tables

Phase = Literal["building", "catching_up", "paused", "playing", "ended", "closed"]


@dataclass(frozen=True, slots=True)
class View:
    """One side as it stands.

    Attributes:
        title: what it shows, in a few words.
        tables: what is known about it; None while it is being built, and if it cannot be.
        problem: why it cannot be shown; empty if it can.
        choice: what is simulated; None for a recording.
        command: the command that makes the same run.
        busy: whether it is being made anew, and what is seen is from before.
    """

    title: str
    tables: Tables | None = None
    problem: str = ""
    choice: Choice | None = None
    command: str = ""
    busy: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """What there is to see at a moment.

    Attributes:
        number: rises with every picture.
        phase: what the engine is doing.
        month: the month looked at; the same on both sides.
        reached: the month up to which both sides are known.
        horizon: the last month.
        speed: months a second asked for.
        pace: months a second made lately; 0 while not playing.
        views: the two sides.
        replay: whether these are recordings.
    """

    number: int = 0
    phase: Phase = "building"
    month: float = 0.0
    reached: float = 0.0
    horizon: float = 120.0
    speed: float = 12.0
    pace: float = 0.0
    views: tuple[View, ...] = ()
    replay: bool = False
