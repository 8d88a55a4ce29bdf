"""Sequential stopping: replicates are added to a point until its means are precise enough.

A point is tested after ``min_replicates``, then after every further ``batch``, with its first n replicates in order
of their number. It ends at the first look at which half the 95% interval (Student's t) of each named measure is at
most its target, or at ``max_replicates``. With ``against``, the interval is that of the paired differences to the point
of that arm which shares everything else; that point gets as many replicates as the comparison that needs most.

A decision depends only on the values of the first n replicates: results do not depend on
the number of workers or the order in which runs arrive, and a sweep that was killed ends with the same runs. A run
that fails delays its point, since a decision without it could differ from the one made after it is repeated.

Looking often and stopping when the interval happens to be narrow makes the interval cover the true mean less often than
95% (Chow and Robbins, Annals of Mathematical Statistics 36 (1965) 457-462, doi 10.1214/aoms/1177700156): it is right
only as the target goes to zero. ``docs/howto-design-an-experiment.md`` gives measured coverage.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from caremarket.experiments.analysis.statistics import Estimate, change, estimate
from caremarket.experiments.design.plan import Design, RunSpec
from caremarket.experiments.design.section import StoppingSpec

Values = tuple[float | None, ...]
"""A run's measures, in the order of the specification; None if there was nothing to measure."""
Rows = Callable[[int, int], list[Values]]
"""Function that returns the first n replicates of a point, in order."""


@dataclass(frozen=True, slots=True)
class Ended:
    """Final state of a point, or of its comparison with the baseline.

    Attributes:
        replicates: number of replicates used.
        found: mean (of differences) and its interval, one per measure; None if there was nothing to measure.
        reached: whether every target was reached.
    """

    point: int
    replicates: int
    found: tuple[Estimate | None, ...]
    reached: bool


def look(rows: Sequence[Values], spec: StoppingSpec) -> tuple[tuple[Estimate | None, ...], bool]:
    """Estimates of each measure from the replicates in ``rows``, and whether all targets are reached."""
    found = tuple(estimate(row[column] for row in rows) for column in range(len(spec.measures)))
    targets = spec.measures.values()
    reached = all(_within(one, target) for one, target in zip(found, targets, strict=True))
    return found, reached


def _within(found: Estimate | None, target: float) -> bool:
    return found is not None and found.half_width is not None and found.half_width <= target


def next_look(replicates: int, spec: StoppingSpec) -> int:
    """Number of replicates in the look after the one at ``replicates``."""
    return min(replicates + spec.batch, spec.max_replicates)


class Subject(Protocol):
    """A question decided from the first replicates of some points, look after look.

    Attributes:
        points: all points that it may need.
    """

    points: frozenset[int]

    def needs(self) -> Mapping[int, int]:
        """Point -> number of its replicates needed for the next decision; empty when all is decided."""

    def decide(self, rows: Rows) -> None:
        """Take the next decision, from the replicates it needs."""


class Looks:
    """List, round by round, the runs that some subjects still need.

    Args:
        design: the design the points belong to.
        subjects: the questions to decide.

    Values are kept for points that a subject may still ask for, and dropped after that.
    """

    def __init__(self, design: Design, subjects: Sequence[Subject]) -> None:
        self._design = design
        self._seeds = design.seeds()
        self._open = list(subjects)
        self._values: dict[int, dict[int, Values]] = {}
        self._failed: set[tuple[int, int]] = set()

    def add(self, point: int, replicate: int, values: Values) -> None:
        """Add a finished run, in any order."""
        self._values.setdefault(point, {})[replicate] = values

    def fail(self, point: int, replicate: int) -> None:
        """Record a failed run: subjects that need it wait."""
        self._failed.add((point, replicate))

    def next_round(self) -> list[RunSpec]:
        """Decide all that can be decided; return the runs needed for the next decisions, in order.

        Empty when everything is decided, or waits for a run that failed.
        """
        needed: set[tuple[int, int]] = set()
        for subject in self._open:
            needed |= self._advance(subject)
        self._open = [subject for subject in self._open if subject.needs()]
        kept = {point for subject in self._open for point in subject.points}
        for point in [p for p in self._values if p not in kept]:
            del self._values[point]
        most = self._design.replicates
        return [RunSpec(p * most + r, p, r, self._seeds[r]) for p, r in sorted(needed - self._failed)]

    def _advance(self, subject: Subject) -> set[tuple[int, int]]:
        """Advance a subject look by look as far as its runs allow; return the runs missing for the next look."""
        while needs := subject.needs():
            missing = {(p, r) for p, size in needs.items() for r in range(size) if r not in self._values.get(p, ())}
            if missing:
                return missing
            subject.decide(self._rows)
        return set()

    def _rows(self, point: int, size: int) -> list[Values]:
        return [self._values[point][r] for r in range(size)]


class Rounds(Looks):
    """The rounds of a design with ``stopping``.

    Args:
        design: the design; its ``stopping`` is set.

    Attributes:
        ended: final state of each point that has ended so far.
    """

    def __init__(self, design: Design) -> None:
        if design.stopping is None:
            raise ValueError("this design makes a fixed number of replicates")
        self.ended: dict[int, Ended] = {}
        self._partner = _partners(design, design.stopping.against)
        decided_on = [p.index for p in design.points if self._partner.get(p.index) != p.index]
        super().__init__(
            design, [_Mean(point, self._partner.get(point), design.stopping, self.ended) for point in decided_on]
        )


class _Mean:
    """A point's means, or those of its differences to the ``partner``; ``ended`` is called when they are known."""

    def __init__(self, point: int, partner: int | None, spec: StoppingSpec, ended: dict[int, Ended]) -> None:
        self.points = frozenset({point} if partner is None else {point, partner})
        self._point, self._partner, self._spec, self._ended = point, partner, spec, ended
        self._size = spec.min_replicates

    def needs(self) -> Mapping[int, int]:
        return {} if self._point in self._ended else dict.fromkeys(self.points, self._size)

    def decide(self, rows: Rows) -> None:
        found, reached = look(self._values(rows), self._spec)
        if reached or self._size == self._spec.max_replicates:
            self._ended[self._point] = Ended(self._point, self._size, found, reached)
        else:
            self._size = next_look(self._size, self._spec)

    def _values(self, rows: Rows) -> list[Values]:
        own = rows(self._point, self._size)
        if self._partner is None:
            return own
        base = rows(self._partner, self._size)
        return [tuple(map(_difference, b, a)) for a, b in zip(own, base, strict=True)]


def _difference(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else change(before, after)


def _partners(design: Design, against: str | None) -> Mapping[int, int]:
    """Point -> the point of the arm ``against`` that shares everything else; empty without one."""
    if against is None:
        return {}
    position = next(n for n, axis in enumerate(design.axes) if (axis.family, axis.kind) == ("levers", "arms"))
    arms = design.axes[position].entries
    # Points are numbered with the last axis running fastest.
    stride = 1
    for axis in design.axes[position + 1 :]:
        stride *= len(axis.entries)
    base = [label for label, _ in arms].index(against)
    return {p.index: p.index + (base - p.index // stride % len(arms)) * stride for p in design.points}
