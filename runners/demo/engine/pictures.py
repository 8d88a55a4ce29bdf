"""Pictures: the state of a session at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from caremarket.runners.demo.choices import Choice
from caremarket.runners.demo.engine.sides import Tables

Phase = Literal["building", "catching_up", "paused", "playing", "ended", "closed"]


@dataclass(frozen=True, slots=True)
class View:
    """The state of one side.

    Attributes:
        title: its policy, or the recording, in a few words.
        tables: its tables; None while it is being built, and if it cannot be built.
        problem: why it cannot be shown; empty if it can be.
        choice: the input of the simulation; None for a recording.
        command: the command that makes the same run.
        busy: whether it is being rebuilt, so that its tables are those of the earlier run.
    """

    title: str
    tables: Tables | None = None
    problem: str = ""
    choice: Choice | None = None
    command: str = ""
    busy: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """The state of both sides at a moment.

    Attributes:
        number: rises with every picture.
        phase: present activity of the engine.
        month: the month on view; the same on both sides.
        reached: the month up to which both sides are known.
        horizon: the last month.
        speed: requested months a second.
        pace: recently reached months a second; 0 while not playing.
        views: the two sides.
        replay: whether the sides are recordings.
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
