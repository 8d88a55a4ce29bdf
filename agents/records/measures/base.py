"""A measure: its name, unit, meaning, aggregation and computation in one place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from caremarket.agents.records.measures.view import MarketView
    from caremarket.agents.world.result import Number

LAST = 1_000
"""Default place of a measure."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A pluggable measure.

    Attributes:
        name: name in files and in MLflow. Money ends in ``_pence``.
        group: heading under which it appears.
        unit: unit in files: ``share``, ``ratio``, ``number``, ``pence``, ``days``, ``months`` or a range.
        meaning: definition, as a phrase.
        value: function that computes it from the current market; returns None if there is nothing to measure.
        null_when: condition under which there is nothing to measure.
        yearly: ``in_force``: at the end of every year, by nation, area and pathway, from ``view.shares``; ``now`` and
            ``so_far``: for the nation, at that time or over the run so far; ``no``: at the horizon only.
        in_summary: True if it is in ``summary.json``.
        headline: True if it is among the few that tables and MLflow's description show.
        noun: name in a sentence; derived from ``name`` if empty.
        place: position in the order of yearly measures.
    """

    name: str
    group: str
    unit: str
    meaning: str
    value: Callable[[MarketView], Number]
    null_when: str = "never"
    yearly: Literal["in_force", "now", "so_far", "no"] = "no"
    in_summary: bool = True
    headline: bool = False
    noun: str = ""
    place: int = LAST
