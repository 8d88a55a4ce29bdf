"""Hypotheses as experiments: what an experiment file claims, and whether paired runs bear it out.

An experiment file that tests a hypothesis says so in its opening comment, so that claim, arms and switch stand in one
place::

    # H5
    # claim: small providers get less work than they were promised, and a guarantee helps
    # source: P 1.11
    # test: unprotected -> protected: sme_delivered_to_promised +
    # off: mechanisms.post_award_reallocation=false

``test`` names arms in order and the sign of each measure's change from one to the next; several lines are several
tests. ``off`` lists the overrides that take the mechanism away. ``off test`` names arms instead, where the mechanism
is a lever rather than a switch.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from experiments.statistics import NOISE, Estimate, estimate
from market.errors import ConfigurationError
from market.measure_names import SUMMARY_NAMES


@dataclass(frozen=True, slots=True)
class ArmTest:
    """Arms in the order in which each measure is to rise (sign 1) or fall (sign -1)."""

    arms: tuple[str, ...]
    measures: tuple[tuple[str, int], ...]

    @property
    def steps(self) -> tuple[tuple[str, str], ...]:
        """Pairs of arms to compare: neighbours, and the ends where there are more than two."""
        ends = ((self.arms[0], self.arms[-1]),) if len(self.arms) > 2 else ()
        return (*pairwise(self.arms), *ends)


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A claim, its source, the tests of it, and what takes its mechanism away."""

    id: str
    claim: str
    source: str
    tests: tuple[ArmTest, ...]
    off: tuple[str, ...] = ()
    off_tests: tuple[ArmTest, ...] = ()


def read_hypothesis(name: str, text: str) -> Hypothesis | None:
    """The hypothesis in the opening comment of the experiment file ``name``; None if it states none.

    Raises:
        ConfigurationError: it states one, but a line of it is malformed or names an unknown measure.
    """
    found: dict[str, list[str]] = {}
    identity = ""
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        if re.fullmatch(r"# H\d+", line):
            identity = line[2:]
        stated = re.fullmatch(r"# (claim|source|test|off|off test): (.+)", line)
        if stated:
            found.setdefault(stated[1], []).append(stated[2])
    if not identity:
        return None
    for key in ("claim", "source", "test"):
        if key not in found:
            raise ConfigurationError(f"experiment {name}", f"states {identity} without a line `# {key}: ...`")
    return Hypothesis(
        id=identity,
        claim=" ".join(found["claim"]),
        source=" ".join(found["source"]),
        tests=tuple(_test(name, line) for line in found["test"]),
        off=tuple(word for line in found.get("off", ()) for word in line.split()),
        off_tests=tuple(_test(name, line) for line in found.get("off test", ())),
    )


def _test(name: str, line: str) -> ArmTest:
    arms, _, measures = line.partition(": ")
    order = tuple(arm.strip() for arm in arms.split("->"))
    signs = [re.fullmatch(r"([a-z0-9_]+) ([+-])", part.strip()) for part in measures.split(",")]
    if len(order) < 2 or not all(order) or not all(signs):
        raise ConfigurationError(
            f"experiment {name}", f"{line!r} is no test; write `# test: arm -> arm: measure +, measure -`"
        )
    pairs = tuple((sign[1], 1 if sign[2] == "+" else -1) for sign in signs if sign)
    unknown = [measure for measure, _ in pairs if measure not in SUMMARY_NAMES]
    if unknown:
        raise ConfigurationError(f"experiment {name}", f"{unknown[0]!r} is no measure; docs/measures.md lists them")
    return ArmTest(order, pairs)


@dataclass(frozen=True, slots=True)
class Finding:
    """The change of a measure from one arm to another, over replicates that share their seeds.

    Attributes:
        sign: the direction claimed.
        change: mean change with its interval; None where a measure had nothing to measure in every pair.
        agreeing: pairs that changed in the direction claimed.
        still: pairs that did not change at all.
    """

    measure: str
    before: str
    after: str
    sign: int
    change: Estimate | None
    agreeing: int
    still: int

    @property
    def verdict(self) -> str:
        """``as claimed`` or ``against`` if the interval excludes zero, ``none`` if nothing moved, else ``open``."""
        if self.change is None:
            return "nothing to measure"
        if self.still == self.change.count:
            return "none"
        width = self.change.half_width
        if width is None or abs(self.change.mean) <= width:
            return "open"
        return "as claimed" if self.change.mean * self.sign > 0 else "against"


def change(before: float, after: float) -> float:
    """``after`` less ``before``, zero where the two are the same but for rounding."""
    difference = float(after) - float(before)
    return 0.0 if abs(difference) <= NOISE * max(abs(before), abs(after)) else difference


Summaries = Mapping[str, Sequence[Mapping[str, float | int | None]]]
"""Arm -> summary of each replicate, replicate ``r`` having the same seed in every arm."""


def findings(test: ArmTest, summaries: Summaries) -> list[Finding]:
    """What ``test`` finds, a measure and a step at a time; steps with an arm that was not run are left out."""
    found = []
    for before, after in test.steps:
        if before not in summaries or after not in summaries:
            continue
        for measure, sign in test.measures:
            pairs = zip(summaries[before], summaries[after], strict=True)
            values = [(a.get(measure), b.get(measure)) for a, b in pairs]
            changes = [change(a, b) for a, b in values if a is not None and b is not None]
            agreeing = sum(moved * sign > 0 for moved in changes)
            still = sum(moved == 0 for moved in changes)
            found.append(Finding(measure, before, after, sign, estimate(changes), agreeing, still))
    return found
