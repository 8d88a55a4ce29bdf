"""Trials: each hypothesis as points of a design, decided look by look.

All hypotheses are in one design, one point per arm, with the mechanism and without (``h05 on unprotected``,
``h05 off unprotected``). A verdict uses the arms with the mechanism, until it is reached or the looks are over. The
effect without the mechanism is tested at the first look, and later only if the hypothesis was confirmed: without an
effect there is nothing to remove.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from caremarket.experiments.analysis.stopping import Looks, Rows
from caremarket.experiments.design.plan import Design
from caremarket.experiments.evidence.hypotheses import Claim, Hypothesis
from caremarket.experiments.evidence.section import RuleSpec
from caremarket.experiments.evidence.verdicts import (
    CONFIRMED,
    NO_SWITCH,
    OPEN,
    UNDECIDED,
    Judge,
    Judged,
    Removed,
    Summaries,
    verdict_of,
    word_of,
)


@dataclass(frozen=True, slots=True)
class Trial:
    """A hypothesis and the points of its arms.

    Attributes:
        name: name of its experiment file, ``h05``.
        on: arm -> point with the mechanism.
        off: arm -> point without it; empty if it cannot be removed.
    """

    name: str
    hypothesis: Hypothesis
    on: Mapping[str, int]
    off: Mapping[str, int]


def on_arms(hypothesis: Hypothesis) -> tuple[str, ...]:
    """Arms named by its tests, in order of first appearance."""
    return tuple(dict.fromkeys(arm for claim in hypothesis.claims for arm in claim.arms))


def off_arms(hypothesis: Hypothesis) -> tuple[str, ...]:
    """Arms tested without the mechanism: first and last arm of each claim that should lose its effect."""
    if not hypothesis.has_switch:
        return ()
    ends = ((claim.off_arms[0], claim.off_arms[-1]) for claim in hypothesis.removed)
    return tuple(dict.fromkeys(arm for pair in ends for arm in pair))


def measures_of(trials: Iterable[Trial]) -> tuple[str, ...]:
    """Every measure that decides some trial, in order of first appearance."""
    return tuple(dict.fromkeys(claim.measure for trial in trials for claim in trial.hypothesis.claims))


@dataclass(slots=True)
class Found:
    """The state of a trial.

    Attributes:
        runs: replicates of each arm used for the verdict; 0 before the first look.
        off_runs: replicates used for the test without the mechanism.
    """

    verdict: str = UNDECIDED
    claims: Sequence[Judged] = ()
    runs: int = 0
    word: str = NO_SWITCH
    removals: Sequence[Removed] = ()
    off_runs: int = 0


class _Decision:
    """A trial as a subject decided look by look."""

    def __init__(self, trial: Trial, measures: Sequence[str], rule: RuleSpec) -> None:
        self.points = frozenset({*trial.on.values(), *trial.off.values()})
        self.found = Found()
        self.judge = Judge(trial.hypothesis, rule)
        self._trial = trial
        self._measures = measures
        self._looks = rule.looks
        self._look = 0
        self._judging = True
        self._over = False

    def needs(self) -> Mapping[int, int]:
        if self._over:
            return {}
        wanted = set(self._trial.on.values()) if self._judging else set()
        if not self._judging or self._look == 0:
            wanted |= {*self._trial.off.values(), *self._ends().values()}
        return dict.fromkeys(wanted, self._looks[self._look])

    def decide(self, rows: Rows) -> None:
        found, size = self.found, self._looks[self._look]
        last = self._look == len(self._looks) - 1
        if self._judging:
            found.claims = self.judge.claims(self._summaries(self._trial.on, rows, size))
            found.verdict, found.runs = verdict_of(found.claims), size
            self._judging = found.verdict == UNDECIDED and not last
            if self._look == 0:
                self._look_without(rows, size)
            if self._judging:
                self._look += 1
                return
            if found.verdict != CONFIRMED or not self._trial.off:
                self._over = True
                return
            if found.off_runs != size:  # confirmed at a later look: the same replicates without the mechanism come next
                return
        else:
            self._look_without(rows, size)
        self._over = found.word != OPEN or last
        if not self._over:
            self._look += 1

    def _look_without(self, rows: Rows, size: int) -> None:
        if not self._trial.off:
            return
        on, off = self._summaries(self._ends(), rows, size), self._summaries(self._trial.off, rows, size)
        self.found.removals = self.judge.removals(on, off)
        self.found.word, self.found.off_runs = word_of(self.found.removals), size

    def _ends(self) -> Mapping[str, int]:
        """The arms with the mechanism with which those without it are compared."""
        return {arm: self._trial.on[arm] for claim in self._trial.hypothesis.removed for arm in claim.ends}

    def _summaries(self, arms: Mapping[str, int], rows: Rows, size: int) -> Summaries:
        return {
            arm: [dict(zip(self._measures, row, strict=True)) for row in rows(point, size)]
            for arm, point in arms.items()
        }


class TrialRounds(Looks):
    """The rounds of a design of trials.

    Args:
        design: points of the trials; ``replicates`` is that of the last look.
        trials: the trials.
        rule: decision rule.
    """

    def __init__(self, design: Design, trials: Sequence[Trial], rule: RuleSpec) -> None:
        self.measures = measures_of(trials)
        self._decisions = [_Decision(trial, self.measures, rule) for trial in trials]
        self._trials = trials
        super().__init__(design, self._decisions)

    def rows(self) -> list[dict[str, Any]]:
        """The result of each trial, one JSON-compatible row each: see :func:`row_of`."""
        return [
            row_of(trial, decision.judge, decision.found)
            for trial, decision in zip(self._trials, self._decisions, strict=True)
        ]


def row_of(trial: Trial, judge: Judge, found: Found) -> dict[str, Any]:
    """A row of ``verdicts.json``.

    ``effect``, ``low`` and ``high`` are those of the first claim whose effect should go with the mechanism, the
    interval at one look's share of the error; ``ablation_effect`` is the same without the mechanism. ``claims`` has
    every claim. Null if there was nothing to measure.
    """
    hypothesis = trial.hypothesis
    primary = hypothesis.primary
    removals = {removed.claim: removed for removed in found.removals}
    judged = {one.claim: one for one in found.claims}
    claims = [_claim_row(judge.error, judged.get(claim), removals.get(claim), claim) for claim in hypothesis.claims]
    first = claims[hypothesis.claims.index(primary)]
    return {
        "id": hypothesis.id,
        "verdict": found.verdict,
        **{key: first[key] for key in ("effect", "low", "high")},
        "runs": found.runs,
        **{key: first[key] for key in ("ablation_effect", "ablation_low", "ablation_high")},
        "ablation": found.word,
        "ablation_runs": found.off_runs,
        "measure": primary.measure,
        "sign": primary.sign,
        "before": primary.arms[0],
        "after": primary.arms[-1],
        "least": first["least"],
        "claim": hypothesis.claim,
        "source": hypothesis.source,
        "off": list(hypothesis.off),
        "experiment": trial.name,
        "level": 1 - judge.error,
        "claims": claims,
    }


def _claim_row(error: float, judged: Judged | None, removed: Removed | None, claim: Claim) -> dict[str, Any]:
    with_it = None if judged is None else judged.effect
    without = None if removed is None else removed.effect
    low, high = (None, None) if with_it is None else with_it.interval(error)
    off_low, off_high = (None, None) if without is None else without.interval(error)
    return {
        "measure": claim.measure,
        "sign": claim.sign,
        "arms": list(claim.arms),
        "verdict": UNDECIDED if judged is None else judged.verdict,
        "effect": None if with_it is None else with_it.mean,
        "low": low,
        "high": high,
        "pairs": 0 if with_it is None else with_it.count,
        "moved": 0 if with_it is None else with_it.moved,
        "least": None if judged is None else judged.least,
        "ablation": None if removed is None else removed.word,
        "ablation_effect": None if without is None else without.mean,
        "ablation_low": off_low,
        "ablation_high": off_high,
    }
