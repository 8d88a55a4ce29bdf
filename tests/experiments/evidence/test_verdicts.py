"""Verdicts follow from paired changes by the rule, in the same way whatever the order, and err no more than it says."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pytest

from caremarket.experiments.design.plan import Design, Point, RunSpec
from caremarket.experiments.evidence.hypotheses import ArmTest, Hypothesis
from caremarket.experiments.evidence.section import RuleSpec
from caremarket.experiments.evidence.trials import Trial, TrialRounds, off_arms, on_arms
from caremarket.experiments.evidence.verdicts import (
    CONFIRMED,
    GONE,
    OPEN,
    REFUTED,
    SMALLER,
    STAYS,
    UNDECIDED,
    Judge,
    verdict_of,
    word_of,
)

LEAST = 1.0
MATTERS = {"tenders": {"amount": LEAST, "why": "made up"}, "awards": {"share": 0.1, "why": "made up"}}
NOISE = [-0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3, 0.2, -0.2, 0.0]


def rule(*looks: int) -> RuleSpec:
    found = {"looks": looks or (10,), "confidence": 0.95, "still_pairs": 100, "matters": MATTERS}
    return RuleSpec.model_validate(found)


def claim(*arms: str, measures: tuple[tuple[str, int], ...] = (("tenders", 1),), **more: Any) -> Hypothesis:
    return Hypothesis("H1", "", "", (ArmTest(arms, measures),), off=("mechanisms.exit=false",), **more)


def runs(*means: float | Sequence[float | None], spread: Sequence[float] = NOISE) -> dict[str, list[dict[str, Any]]]:
    """Arms a, b, c, ... with these means, or these values; what luck adds differs from arm to arm."""
    found: dict[str, list[dict[str, Any]]] = {}
    for number, mean in enumerate(means):
        luck = [*spread[number:], *spread[:number]]
        values = [mean + e for e in luck] if isinstance(mean, float) else mean
        found["abcdef"[number]] = [{"tenders": value, "awards": value} for value in values]
    return found


def verdict(hypothesis: Hypothesis, on: dict[str, list[dict[str, Any]]], spec: RuleSpec | None = None) -> str:
    return verdict_of(Judge(hypothesis, spec or rule()).claims(on))


@pytest.mark.parametrize(
    ("means", "expected"),
    [
        ((0.0, 2.0), CONFIRMED),
        ((0.0, 0.9), UNDECIDED),  # there, and perhaps too small to matter: the interval reaches 1
        ((0.0, 0.5), REFUTED),  # there, and too small to matter
        ((0.0, 0.0), REFUTED),
        ((2.0, 0.0), REFUTED),
    ],
)
def test_a_claim_of_two_arms(means: tuple[float, ...], expected: str) -> None:
    assert verdict(claim("a", "b"), runs(*means)) == expected
    down = claim("a", "b", measures=(("tenders", -1),))
    assert verdict(down, runs(*(-mean for mean in means))) == expected


def test_what_is_spread_too_widely_is_undecided() -> None:
    wide = [10 * e for e in NOISE]
    assert verdict(claim("a", "b"), runs(0.0, 1.2, spread=wide)) == UNDECIDED
    assert verdict(claim("a", "b"), runs(0.0, 0.2, spread=wide)) == UNDECIDED


@pytest.mark.parametrize(
    ("means", "expected"),
    [
        ((0.0, 2.0, 4.0), CONFIRMED),
        ((0.0, 0.3, 4.0), CONFIRMED),  # a step may be small
        ((0.0, 4.05, 4.0), UNDECIDED),  # but not the other way, be it by chance
        ((0.0, 6.0, 4.0), REFUTED),  # nor in truth, where it matters
        ((0.0, 2.0, 0.0), REFUTED),  # the ends decide
        ((4.0, 2.0, 0.0), REFUTED),
    ],
)
def test_an_order_of_arms(means: tuple[float, ...], expected: str) -> None:
    assert verdict(claim("a", "b", "c"), runs(*means)) == expected


def test_all_claims_of_a_hypothesis_must_hold_and_one_refuted_refutes_it() -> None:
    both = claim("a", "b", measures=(("tenders", 1), ("awards", -1)))
    assert verdict(both, runs(0.0, 2.0)) == REFUTED
    assert verdict(claim("a", "b", measures=(("tenders", 1), ("awards", 1))), runs(10.0, 12.0)) == CONFIRMED
    # Two more awards are less than a tenth of a hundred, whatever they are in tenders.
    assert verdict(claim("a", "b", measures=(("tenders", 1), ("awards", 1))), runs(100.0, 102.0)) == REFUTED


def test_what_has_not_happened_yet_is_ruled_out_by_many_pairs_only() -> None:
    for pairs, expected in ((20, UNDECIDED), (99, UNDECIDED), (100, REFUTED)):
        still = runs([0.0] * pairs, [0.0] * pairs)
        assert verdict(claim("a", "b"), still, rule(pairs)) == expected
        rare = runs([0.0] * pairs, [*[0.0] * (pairs - 1), 3.0])
        assert verdict(claim("a", "b"), rare, rule(pairs)) == expected


def test_where_nothing_was_measured_nothing_is_decided() -> None:
    assert verdict(claim("a", "b"), runs([None] * 10, [1.0] * 10)) == UNDECIDED
    assert verdict(claim("a", "b"), runs([None] * 9 + [0.0], [2.0] * 10)) == UNDECIDED
    few = runs([None] * 5 + [0.0, 0.1, 0.0, 0.1, 0.0], [2.0] * 10)
    (found,) = Judge(claim("a", "b"), rule()).claims(few)
    assert found.verdict == CONFIRMED
    assert found.effect is not None
    assert found.effect.count == 5


@pytest.mark.parametrize(
    ("without", "expected"),
    [
        ((0.0, 0.0), GONE),
        ((0.0, 0.6), GONE),  # too small to matter
        ((0.0, -3.0), GONE),  # turned round
        ((0.0, 2.0), SMALLER),
        ((0.0, 4.0), STAYS),
        ((0.0, 6.0), STAYS),
    ],
)
def test_what_becomes_of_an_effect_without_its_mechanism(without: tuple[float, float], expected: str) -> None:
    (found,) = Judge(claim("a", "b"), rule()).removals(runs(0.0, 4.0), runs(*without))
    assert found.word == expected


def test_an_effect_that_may_or_may_not_have_gone_is_open() -> None:
    wide = [30 * e for e in NOISE]
    (found,) = Judge(claim("a", "b"), rule()).removals(runs(0.0, 4.0), runs(0.0, 3.0, spread=wide))
    assert found.word == OPEN


def test_the_word_on_a_mechanism_is_that_of_the_claim_it_does_least_for() -> None:
    both = claim("a", "b", measures=(("tenders", 1), ("awards", 1)))
    on = runs(0.0, 4.0)
    off = {
        "a": [{**row} for row in on["a"]],
        "b": [{**b, "tenders": a["tenders"]} for a, b in zip(on["a"], on["b"], strict=True)],
    }
    assert [r.word for r in Judge(both, rule()).removals(on, off)] == [GONE, STAYS]
    assert word_of(Judge(both, rule()).removals(on, off)) == STAYS
    only = claim("a", "b", measures=(("tenders", 1), ("awards", 1)), removes=("tenders",))
    assert word_of(Judge(only, rule()).removals(on, off)) == GONE


def sequential(effect: float, looks: tuple[int, ...], experiments: int, arms: int = 2) -> dict[str, float]:
    """Share of synthetic experiments with each verdict, the effect from end to end being ``effect``."""
    generator = np.random.default_rng(5)
    hypothesis = claim(*"abcd"[:arms])
    judge = Judge(hypothesis, rule(*looks))
    count = dict.fromkeys((CONFIRMED, REFUTED, UNDECIDED), 0)
    means = np.linspace(0.0, effect, arms)[:, None]
    for _ in range(experiments):
        values = generator.normal(means, 3.0, (arms, looks[-1]))
        found = UNDECIDED
        for size in looks:
            on = {arm: [{"tenders": float(v)} for v in row[:size]] for arm, row in zip("abcd", values, strict=False)}
            found = verdict_of(judge.claims(on))
            if found != UNDECIDED:
                break
        count[found] += 1
    return {name: n / experiments for name, n in count.items()}


LOOKS = (20, 40, 80, 160)


def test_looking_several_times_confirms_what_is_not_there_no_more_often_than_said() -> None:
    found = sequential(0.0, LOOKS, 400)
    assert found[CONFIRMED] <= 0.04  # 0.025, and what 400 experiments add by chance
    assert found[REFUTED] > 0.5
    assert sequential(0.0, LOOKS, 100, arms=3)[CONFIRMED] <= 0.04


def test_it_refutes_what_matters_just_enough_no_more_often_than_said() -> None:
    assert sequential(LEAST, LOOKS, 300)[REFUTED] <= 0.05
    assert sequential(LEAST, LOOKS, 150, arms=3)[REFUTED] <= 0.06


def test_what_is_plainly_there_is_found() -> None:
    found = sequential(2.5 * LEAST, LOOKS, 100)
    assert found[CONFIRMED] > 0.95


ORDER = claim("a", "b", "c")
EFFECTS = {"plain": (8.0, 0.0), "small": (1.5, 0.2), "none": (0.1, 0.0), "stays": (6.0, 6.0), "late": (2.0, 0.0)}


def trials() -> tuple[Design, list[Trial]]:
    points: list[Point] = []
    found = []
    for name in EFFECTS:
        on, off = {}, {}
        for variant, arms, into in (("on", on_arms(ORDER), on), ("off", off_arms(ORDER), off)):
            for arm in arms:
                into[arm] = len(points)
                points.append(Point(len(points), f"{name} {variant} {arm}", {}))
        found.append(Trial(name, ORDER, on, off))
    return Design(tuple(points), 60, 1), found


def value(design: Design, spec: RunSpec) -> tuple[float]:
    name, variant, arm = design.points[spec.point].label.split()
    mean = EFFECTS[name][variant == "off"] * "abc".index(arm) / 2
    own = np.random.default_rng((spec.seed, spec.point)).normal()
    return (mean + 3.0 * np.random.default_rng(spec.seed).normal() + 2.0 * own,)


def carried_out(shuffled: int = 0, already: Iterable[int] = (), failing: int = -1) -> tuple[list[Any], set[int]]:
    """Rows and the numbers of all runs made, coming in in another order."""
    design, found = trials()
    rounds, made, all_runs = TrialRounds(design, found, rule(10, 30, 60)), set(), {s.run: s for s in design.runs()}
    for run in already:
        spec = all_runs[run]
        rounds.add(spec.point, spec.replicate, value(design, spec))
        made.add(run)
    while specs := rounds.next_round():
        random.Random(shuffled).shuffle(specs)
        for spec in specs:
            assert spec.run not in made
            if spec.run == failing:
                rounds.fail(spec.point, spec.replicate)
                continue
            made.add(spec.run)
            rounds.add(spec.point, spec.replicate, value(design, spec))
    return rounds.rows(), made


def test_order_of_arrival_and_interruptions_make_no_difference() -> None:
    rows, made = carried_out()
    for shuffled in (1, 2):
        assert carried_out(shuffled) == (rows, made)
    for share in (0.1, 0.5, 1.0):
        kept = random.Random(3).sample(sorted(made), int(share * len(made)))
        assert carried_out(already=kept) == (rows, made)


def test_each_hypothesis_gets_the_runs_it_needs() -> None:
    rows, made = carried_out()
    found = {row["experiment"]: row for row in rows}
    assert {name: row["verdict"] for name, row in found.items()} == {
        "plain": CONFIRMED,
        "small": CONFIRMED,
        "none": REFUTED,
        "stays": CONFIRMED,
        "late": CONFIRMED,
    }
    assert found["plain"]["ablation"] == GONE
    assert found["stays"]["ablation"] == STAYS
    assert found["plain"]["runs"] == found["plain"]["ablation_runs"] == 10
    assert (found["small"]["runs"], found["small"]["ablation_runs"]) == (10, 30)
    assert (found["late"]["runs"], found["late"]["ablation_runs"]) == (30, 60)
    design, laid_out = trials()
    per_point = {point.index: sum(run // 60 == point.index for run in made) for point in design.points}
    for trial in laid_out:
        row = found[trial.name]
        assert per_point[trial.on["b"]] == row["runs"]
        assert {per_point[trial.on[arm]] for arm in "ac"} == {max(row["runs"], row["ablation_runs"])}
        assert {per_point[point] for point in trial.off.values()} == {row["ablation_runs"]}
    # An effect that is not there cannot go: one look is enough to show what is there without the mechanism.
    assert found["none"]["ablation_runs"] == 10


def test_a_failed_run_holds_up_its_hypothesis_and_no_other() -> None:
    rows, _ = carried_out()
    held, _ = carried_out(failing=3)
    assert held[0]["runs"] == 0
    assert held[0]["verdict"] == UNDECIDED
    assert held[0]["effect"] is None
    assert held[1:] == rows[1:]
