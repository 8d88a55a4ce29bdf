"""A check against theory: figures of the model beside the exact or numerical answer, with a tolerance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Comparison:
    """One figure beside what theory says it is.

    Attributes:
        name: what was compared.
        found: what the model gives.
        expected: what theory gives.
        tolerance: largest difference allowed, in the unit of the two.
    """

    name: str
    found: float
    expected: float
    tolerance: float

    @property
    def within(self) -> bool:
        """Whether the difference is at most the tolerance."""
        return abs(self.found - self.expected) <= self.tolerance


@dataclass(frozen=True, slots=True)
class Check:
    """A check against theory.

    Attributes:
        id: number in the list of checks of the model description, with a letter where one has several parts.
        name: short name.
        says: what theory says.
        source: where theory says it.
        tolerance: the tolerances, in words.
        run: makes the comparisons; ``quick`` takes fewer seeds or rounds, never a wider tolerance.
    """

    id: str
    name: str
    says: str
    source: str
    tolerance: str
    run: Callable[[bool], list[Comparison]]
