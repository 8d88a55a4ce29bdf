"""The plan of a sweep: its points, the replicates of each, and their seeds.

Replicate ``r`` has the same seed at every point, so that points can be compared pairwise (common random numbers).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from caremarket.experiments.design.levers import LeverValue
from caremarket.experiments.design.section import SampleSpec, StoppingSpec
from caremarket.market.randomness import Purpose, Streams, entity_key

DESCRIPTION = "caremarket.design"
"""Key under which ``design.parquet`` holds :meth:`Design.description` as JSON in its metadata."""
DRAW_NAMES = {"levers": "sample", "uncertainties": "world"}
"""Name of a drawn row in the label of a point."""


@dataclass(frozen=True, slots=True)
class Point:
    """One design point: its position, its label, and the levers it sets."""

    index: int
    label: str
    levers: dict[str, LeverValue]


@dataclass(frozen=True, slots=True)
class RunSpec:
    """One run of the design. ``run`` numbers the design's runs: ``point * replicates + replicate``."""

    run: int
    point: int
    replicate: int
    seed: int


@dataclass(frozen=True, slots=True)
class Axis:
    """One of the parts of a family that are crossed. The last axis changes fastest in the order of points.

    Attributes:
        family: ``levers`` or ``uncertainties``.
        kind: ``arms``, ``grid``, ``one_at_a_time`` or ``sample``.
        entries: label and values of each entry.
        sample: specification of a ``sample``.
    """

    family: str
    kind: str
    entries: tuple[tuple[str, dict[str, LeverValue]], ...]
    sample: SampleSpec | None = None


@dataclass(frozen=True, slots=True)
class Design:
    """Points, replicates and root seed of a sweep.

    Attributes:
        points: every point, in the order in which ``axes`` are crossed.
        replicates: runs of each point; with ``stopping``, the maximum.
        seed: root seed.
        axes: the parts that are crossed.
        stopping: rule for when a point has enough runs; None if all runs are made.
    """

    points: tuple[Point, ...]
    replicates: int
    seed: int
    axes: tuple[Axis, ...] = ()
    stopping: StoppingSpec | None = None

    def seeds(self) -> tuple[int, ...]:
        """The seed of each replicate, derived from the root seed."""
        streams = Streams(self.seed)
        return tuple(
            int(streams.uniform(Purpose.REPLICATE, entity_key("replicate"), occasion=r) * 2**53)
            for r in range(self.replicates)
        )

    def runs(self) -> list[RunSpec]:
        """Every run in order of point and replicate."""
        seeds = self.seeds()
        return [
            RunSpec(point.index * self.replicates + r, point.index, r, seed)
            for point in self.points
            for r, seed in enumerate(seeds)
        ]

    @property
    def lever_names(self) -> tuple[str, ...]:
        """Every lever that any point sets, in order of first appearance."""
        return tuple(dict.fromkeys(key for point in self.points for key in point.levers))

    def description(self) -> dict[str, Any]:
        """Facts about the design that a sensitivity analysis needs besides its points, as JSON-compatible data."""
        axes: list[dict[str, Any]] = []
        for axis in self.axes:
            keys = dict.fromkeys(key for _, values in axis.entries for key in values)
            told: dict[str, Any] = {"family": axis.family, "kind": axis.kind, "size": len(axis.entries)}
            if axis.sample is not None:
                told["sample"] = axis.sample.model_dump(mode="json")
            axes.append({**told, "keys": list(keys)})
        return {"seed": self.seed, "replicates": self.replicates, "axes": axes}
