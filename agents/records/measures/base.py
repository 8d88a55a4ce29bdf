"""A measure: its name, unit, meaning, aggregation and computation in one place."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from caremarket.market.validation import check_record, wrong_field

if TYPE_CHECKING:
    from caremarket.agents.records.measures.view import MarketView
    from caremarket.agents.world.result import Number

LAST = 1_000
"""Default place of a measure."""
UNITS = ("share", "ratio", "number", "count", "pence", "days", "months")
"""Units of measures, apart from ranges. A ``count`` is a whole number in each run."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A pluggable measure.

    Attributes:
        name: name in files and in MLflow. Money ends in ``_pence``.
        group: heading under which it appears.
        unit: unit in files, from which its format follows: one of :data:`UNITS`, or a range such as ``0 to 1``.
        meaning: definition, as a phrase.
        value: function that computes it from the current market; returns None if there is nothing to measure.
        null_when: condition under which there is nothing to measure.
        yearly: ``in_force``: at the end of every year, by nation, area and pathway, from ``view.shares``; ``now`` and
            ``so_far``: for the nation, at that time or over the run so far; ``no``: at the horizon only.
        in_summary: True if it is in ``summary.json``.
        headline: True if it is among the few that tables and MLflow's description show.
        noun: name in a sentence; derived from ``name`` if empty.
        place: position in the order of yearly measures.

    Raises:
        ValueError: a field is of the wrong type, or is none of the allowed values.
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

    def __post_init__(self) -> None:
        check_record(Measure, self, type_names=("MarketView", "Number"))
        if self.unit not in UNITS and not re.fullmatch(r"(score, )?-?[\d.,]+ (to -?[\d.,]+|or more)", self.unit):
            raise wrong_field(self, "unit", self.unit, f"{', '.join(UNITS)}, or a range such as 0 to 1")
        if (self.unit == "pence") != self.name.endswith("_pence"):
            raise wrong_field(self, "unit", self.unit, "pence if, and only if, the name ends in _pence")
