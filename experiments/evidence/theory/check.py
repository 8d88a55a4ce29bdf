"""A check against theory: figures of the model beside the exact or numerical answer, with a tolerance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Comparison:
    """One figure beside its theoretical value.

    Attributes:
        name: the figure compared.
        found: value in the model.
        expected: value in theory.
        tolerance: largest difference allowed, in the unit of both.
    """

    name: str
    found: float
    expected: float
    tolerance: float

    @property
    def within(self) -> bool:
        """True if the difference is at most the tolerance."""
        return abs(self.found - self.expected) <= self.tolerance


@dataclass(frozen=True, slots=True)
class Check:
    """A check against theory.

    Attributes:
        id: number in the list of checks of the model description, with a letter if a check has several parts.
        name: short name.
        says: the statement of theory.
        source: source of the statement.
        tolerance: the tolerances, in words.
        run: makes the comparisons; ``quick`` uses fewer seeds or rounds, never a wider tolerance.
    """

    id: str
    name: str
    says: str
    source: str
    tolerance: str
    run: Callable[[bool], list[Comparison]]
