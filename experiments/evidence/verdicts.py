"""Verdicts on hypotheses, from paired runs with the mechanism and without it.

``docs/validation.md`` states the rule in words. Arms share their seeds, so effects are changes from arm to arm
within a replicate; intervals are Student's t of those changes. An error of ``1 - confidence`` is shared out evenly
among the looks (Bonferroni), so that it holds when stopping at any of them; and, for results that one claim out of
several can cause, among those claims as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from caremarket.experiments.analysis.statistics import change, estimate, student_t
from caremarket.experiments.evidence.hypotheses import Claim, Hypothesis
from caremarket.experiments.evidence.section import RuleSpec

CONFIRMED, REFUTED, UNDECIDED = "confirmed", "refuted", "undecided"
GONE, OPEN, SMALLER, STAYS, NO_SWITCH = "gone", "open", "smaller", "stays", "no switch"
WORST_FIRST = (STAYS, SMALLER, OPEN, GONE)

Summaries = Mapping[str, Sequence[Mapping[str, float | None]]]
"""Arm -> summary of each replicate, replicate ``r`` having the same seed in every arm."""


@dataclass(frozen=True, slots=True)
class Effect:
    """The change of a measure from one arm to another, over replicates in which both have a value.

    Attributes:
        count: pairs.
        moved: pairs that changed at all.
        mean: mean change, in the measure's own unit.
        sd: standard deviation of the changes.
        before: mean in the first arm.
    """

    count: int
    moved: int
    mean: float
    sd: float
    before: float

    def interval(self, error: float) -> tuple[float, float]:
        """Two-sided interval of the mean that misses it with probability ``error``."""
        width = student_t(self.count - 1, 1 - error) * self.sd / sqrt(self.count)
        return self.mean - width, self.mean + width

    def towards(self, sign: int, error: float) -> tuple[float, float, float]:
        """Low end, mean and high end, signed so that the direction claimed is positive."""
        low, high = self.interval(error)
        return (low, self.mean, high) if sign > 0 else (-high, -self.mean, -low)


def effect(summaries: Summaries, measure: str, arms: tuple[str, str]) -> Effect | None:
    """The effect on ``measure`` of a change from one of ``arms`` to the other; None for fewer than two pairs."""
    before, after = arms
    pairs = [(a[measure], b[measure]) for a, b in zip(summaries[before], summaries[after], strict=True)]
    present = [(a, b) for a, b in pairs if a is not None and b is not None]
    return _effect([change(a, b) for a, b in present], [a for a, _ in present])


def _effect(changes: Sequence[float], before: Sequence[float]) -> Effect | None:
    found = estimate(changes)
    if found is None or found.sd is None:
        return None
    moved = sum(one != 0 for one in changes)
    return Effect(found.count, moved, found.mean, found.sd, sum(before) / len(before) if before else 0.0)


@dataclass(frozen=True, slots=True)
class Judged:
    """Result for a claim at a look.

    Attributes:
        verdict: confirmed, refuted or undecided.
        effect: the change from the first arm to the last; None if there was too little to measure.
        least: the smallest change that matters, in the measure's own unit.
    """

    claim: Claim
    verdict: str
    effect: Effect | None
    least: float | None


@dataclass(frozen=True, slots=True)
class Removed:
    """Result for a claim without the mechanism, at a look.

    Attributes:
        word: gone, open, smaller or stays.
        effect: the change from the first arm to the last without the mechanism.
        fall: decrease of the effect from that with the mechanism, in the direction claimed, pair by pair.
    """

    claim: Claim
    word: str
    effect: Effect | None
    fall: Effect | None


class Judge:
    """Applies the rule to one hypothesis."""

    def __init__(self, hypothesis: Hypothesis, rule: RuleSpec) -> None:
        self.hypothesis = hypothesis
        self.rule = rule
        self.error = (1 - rule.confidence) / len(rule.looks)
        refuting = sum(1 + len(claim.neighbours) for claim in hypothesis.claims)
        self._refuting_error = self.error / refuting
        self._removal_error = self.error / len(hypothesis.removed)

    def claims(self, on: Summaries) -> list[Judged]:
        """Result for each claim from the runs with the mechanism."""
        return [self._judged(claim, on) for claim in self.hypothesis.claims]

    def removals(self, on: Summaries, off: Summaries) -> list[Removed]:
        """Result for each claim that should lose its effect, from the runs with and without the mechanism."""
        return [self._removed(claim, on, off) for claim in self.hypothesis.removed]

    def _judged(self, claim: Claim, on: Summaries) -> Judged:
        found = effect(on, claim.measure, claim.ends)
        if found is None:
            return Judged(claim, UNDECIDED, None, None)
        least = self.rule.matters[claim.measure].least(found.before)
        steps = [effect(on, claim.measure, step) for step in claim.neighbours]
        verdict = UNDECIDED
        if self._refutes(claim.sign, found, steps, least):
            verdict = REFUTED
        elif self._confirms(claim.sign, found, steps, least):
            verdict = CONFIRMED
        return Judged(claim, verdict, found, least)

    def _refutes(self, sign: int, ends: Effect, steps: Sequence[Effect | None], least: float) -> bool:
        """True if the effect is too small to matter or reversed, or a step that matters is reversed."""
        _, _, high = ends.towards(sign, self._refuting_error)
        if high < 0:
            return True
        # An interval does not cover events that have not occurred: it takes many pairs to rule out rare ones.
        if high < least and (2 * ends.moved >= ends.count or ends.count >= self.rule.still_pairs):
            return True
        for step in steps:
            if step is not None:
                _, mean, high = step.towards(sign, self._refuting_error)
                if high < 0 and mean <= -least:
                    return True
        return False

    def _confirms(self, sign: int, ends: Effect, steps: Sequence[Effect | None], least: float) -> bool:
        low, mean, _ = ends.towards(sign, self.error)
        ordered = all(step is not None and step.mean * sign > 0 for step in steps)
        return low > 0 and mean >= least and ordered

    def _removed(self, claim: Claim, on: Summaries, off: Summaries) -> Removed:
        without = effect(off, claim.measure, (claim.off_arms[0], claim.off_arms[-1]))
        fall = _fall(claim, on, off)
        if without is None:
            return Removed(claim, OPEN, None, fall)
        least = self.rule.matters[claim.measure].least(without.before)
        low, mean, high = without.towards(claim.sign, self._removal_error)
        fell = fall is not None and fall.interval(self._removal_error)[0] > 0
        there = low > 0 and mean >= least
        words = (SMALLER, STAYS) if there else (GONE, GONE if high < least else OPEN)
        return Removed(claim, words[0] if fell else words[1], without, fall)


def _fall(claim: Claim, on: Summaries, off: Summaries) -> Effect | None:
    """Decrease of the effect without the mechanism: a difference of differences within each replicate."""
    arms = [(on, claim.arms[0]), (on, claim.arms[-1]), (off, claim.off_arms[0]), (off, claim.off_arms[-1])]
    columns = [[row[claim.measure] for row in summaries[arm]] for summaries, arm in arms]
    falls = [
        claim.sign * (change(a, b) - change(c, d))
        for a, b, c, d in zip(*columns, strict=True)
        if a is not None and b is not None and c is not None and d is not None
    ]
    return _effect(falls, [])


def verdict_of(claims: Sequence[Judged]) -> str:
    """Refuted if any claim is, confirmed if all are, else undecided."""
    found = {judged.verdict for judged in claims}
    if REFUTED in found:
        return REFUTED
    return CONFIRMED if found == {CONFIRMED} else UNDECIDED


def word_of(removals: Sequence[Removed]) -> str:
    """The least favourable result for the mechanism."""
    found = {removed.word for removed in removals}
    return next(word for word in WORST_FIRST if word in found)
