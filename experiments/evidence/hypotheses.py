"""Hypotheses as experiments: the claim of an experiment file, tested by paired runs.

An experiment file that tests a hypothesis states it in its opening comment, so that claim, arms and switch are in one
place::

    # H5
    # claim: small providers get less work than they were promised, and a guarantee helps
    # source: P 1.11
    # test: unprotected -> protected: sme_delivered_to_promised +
    # off: mechanisms.post_award_reallocation=false

``test`` names arms in order and the sign of each measure's change from one to the next; several lines are several
tests. ``off`` lists the overrides that remove the mechanism. ``off test`` names arms instead, if the mechanism
is a lever rather than a switch: a line for each ``test``, in the same order. ``off removes`` names the measures whose
effect should disappear without it, if not all. ``note``, once results are known, explains results that came
out otherwise than claimed. What follows from the runs is in :mod:`caremarket.experiments.evidence.verdicts`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from caremarket.agents.records.measures import summary_names
from caremarket.market.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class ArmTest:
    """Arms in the order in which each measure is to rise (sign 1) or fall (sign -1)."""

    arms: tuple[str, ...]
    measures: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """One measure of one test: that it rises (sign 1) or falls (sign -1) from each arm to the next.

    Attributes:
        off_arms: as many arms, in which it is tested without the mechanism.
    """

    measure: str
    sign: int
    arms: tuple[str, ...]
    off_arms: tuple[str, ...]

    @property
    def ends(self) -> tuple[str, str]:
        """First and last arm."""
        return self.arms[0], self.arms[-1]

    @property
    def neighbours(self) -> tuple[tuple[str, str], ...]:
        """The steps from arm to arm if there are more than two arms."""
        return tuple(pairwise(self.arms)) if len(self.arms) > 2 else ()


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A claim, its source, its tests, and the overrides or arms that remove its mechanism.

    Attributes:
        off: overrides that remove it.
        off_tests: the arms without it, a test for each of ``tests``, if it is a lever.
        removes: measures expected to lose their effect without it; empty for all.
        note: explanation of the result, if it differs from the claim.
    """

    id: str
    claim: str
    source: str
    tests: tuple[ArmTest, ...]
    off: tuple[str, ...] = ()
    off_tests: tuple[ArmTest, ...] = ()
    removes: tuple[str, ...] = ()
    note: str = ""

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Every measure of every test, in order."""
        without = self.off_tests or self.tests
        return tuple(
            Claim(measure, sign, test.arms, other.arms)
            for test, other in zip(self.tests, without, strict=True)
            for measure, sign in test.measures
        )

    @property
    def removed(self) -> tuple[Claim, ...]:
        """The claims whose effect should disappear without the mechanism."""
        return tuple(claim for claim in self.claims if not self.removes or claim.measure in self.removes)

    @property
    def primary(self) -> Claim:
        """The claim that represents the hypothesis: the first whose effect should disappear without the mechanism."""
        return self.removed[0]

    @property
    def has_switch(self) -> bool:
        """True if the mechanism can be removed."""
        return bool(self.off or self.off_tests)


def read_hypothesis(name: str, text: str) -> Hypothesis | None:
    """The hypothesis in the opening comment of the experiment file ``name``; None if it states none.

    Raises:
        ConfigurationError: a line of its hypothesis is malformed or names an unknown measure.
    """
    found: dict[str, list[str]] = {}
    identity = ""
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        if re.fullmatch(r"# H\d+", line):
            identity = line[2:]
        line_of = re.fullmatch(r"# (claim|source|test|off|off test|off removes|note): (.+)", line)
        if line_of:
            found.setdefault(line_of[1], []).append(line_of[2])
    if not identity:
        return None
    for key in ("claim", "source", "test"):
        if key not in found:
            raise ConfigurationError(f"experiment {name}", f"states {identity} without a line `# {key}: ...`")
    stated = Hypothesis(
        id=identity,
        claim=" ".join(found["claim"]),
        source=" ".join(found["source"]),
        tests=tuple(_test(name, line) for line in found["test"]),
        off=tuple(word for line in found.get("off", ()) for word in line.split()),
        off_tests=tuple(_test(name, line) for line in found.get("off test", ())),
        removes=tuple(word for line in found.get("off removes", ()) for word in line.replace(",", " ").split()),
        note=" ".join(found.get("note", ())),
    )
    _check(name, stated)
    return stated


def _check(name: str, stated: Hypothesis) -> None:
    """Refuse tests without the mechanism that do not match the others, and measures that no test has."""
    shapes = [[(test.measures, len(test.arms)) for test in tests] for tests in (stated.tests, stated.off_tests)]
    if stated.off_tests and shapes[0] != shapes[1]:
        raise ConfigurationError(
            f"experiment {name}", "needs an `off test` for each `test`, with the same measures and as many arms"
        )
    tested = {measure for test in stated.tests for measure, _ in test.measures}
    unknown = sorted(set(stated.removes) - tested)
    if unknown:
        raise ConfigurationError(f"experiment {name}", f"`off removes` names {unknown[0]!r}, which no test measures")


def _test(name: str, line: str) -> ArmTest:
    arms, _, measures = line.partition(": ")
    order = tuple(arm.strip() for arm in arms.split("->"))
    signs = [re.fullmatch(r"([a-z0-9_]+) ([+-])", part.strip()) for part in measures.split(",")]
    if len(order) < 2 or not all(order) or not all(signs):
        raise ConfigurationError(
            f"experiment {name}", f"{line!r} is no test; write `# test: arm -> arm: measure +, measure -`"
        )
    pairs = tuple((sign[1], 1 if sign[2] == "+" else -1) for sign in signs if sign)
    unknown = [measure for measure, _ in pairs if measure not in summary_names()]
    if unknown:
        raise ConfigurationError(f"experiment {name}", f"{unknown[0]!r} is no measure; docs/measures.md lists them")
    return ArmTest(order, pairs)
