"""Comparison of policies with a baseline, over pairs of runs with the same seed.

A *pair* is two runs with the same replicate (and so the same seed: common random numbers) and the same value of every
lever that does not distinguish the compared policies. Where other levers vary too, differences are first averaged, so
that one value is left for each independent *unit*: for each replicate, over the settings of the other levers, which
are taken as given; or, with fewer than five replicates and more settings than that, for each setting, over the
replicates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from caremarket.agents.records.measures import headline_names
from caremarket.experiments.analysis.arms import Arms, arms_of
from caremarket.experiments.analysis.effects import EFFECTS, effects_of, finite_or_none
from caremarket.experiments.analysis.pairs import check_seeds, pairs_between, pairs_within, read_runs
from caremarket.experiments.analysis.results import SweepResults
from caremarket.experiments.analysis.statistics import corrected
from caremarket.market.errors import ConfigurationError

_FIELDS: list[Any] = [
    pa.field("baseline", pa.string(), nullable=False),
    pa.field("arm", pa.string(), nullable=False),
    pa.field("measure", pa.string(), nullable=False),
    pa.field("pairs", pa.int32(), nullable=False),
    pa.field("missing", pa.int32(), nullable=False),
    pa.field("not_run", pa.int32(), nullable=False),
    pa.field("unit", pa.string(), nullable=False),
    pa.field("units", pa.int32(), nullable=False),
    pa.field("baseline_mean", pa.float64()),
    pa.field("arm_mean", pa.float64()),
    pa.field("difference", pa.float64()),
    *(pa.field(name, pa.float64()) for name in EFFECTS),
    pa.field("relative_change", pa.float64()),
    *(
        pa.field(f"{name}_{method}", pa.float64())
        for name in ("p_t", "p_wilcoxon")
        for method in ("holm", "benjamini_hochberg")
    ),
]
SCHEMA = pa.schema(_FIELDS)
"""Columns of ``comparison.parquet``; docs/howto-compare-policies.md describes each."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Result of a comparison.

    Attributes:
        sweep: the sweep that has the compared policies.
        against: the sweep that the baseline's runs come from, if it is another one.
        arms: the points of each policy.
        table: a row for each policy and measure, with :data:`SCHEMA`.
    """

    sweep: SweepResults
    against: SweepResults | None
    arms: Arms
    table: pa.Table

    @property
    def measures(self) -> list[str]:
        """The measures compared, in order."""
        return list(dict.fromkeys(str(name) for name in self.table.column("measure").to_pylist()))

    @property
    def headlines(self) -> list[str]:
        """The headline measures among them; all measures if there are none."""
        return [name for name in headline_names() if name in set(self.measures)] or self.measures

    def row(self, arm: str, measure: str) -> dict[str, Any]:
        """Row of results for a policy and a measure."""
        for row in self.table.to_pylist():
            if row["arm"] == arm and row["measure"] == measure:
                found: dict[str, Any] = row
                return found
        raise KeyError((arm, measure))


def compare(
    sweep: SweepResults,
    baseline: str | None = None,
    measures: Sequence[str] | None = None,
    against: SweepResults | None = None,
) -> Comparison:
    """Compare policies of a sweep with a baseline, pair by pair.

    Args:
        sweep: finished or not.
        baseline: an arm of the design, a point's label, or settings of levers (``policy=separate``); None for
            the first. With ``against``, the label of a point there; None compares points of the same label.
        measures: names of columns of ``runs``; None for all measures.
        against: another sweep with the same seeds, to which the baseline belongs.

    Raises:
        ConfigurationError: baseline or measure is unknown, or there is nothing to compare.
    """
    names = _checked_measures(sweep, measures)
    before = after = read_runs(sweep, names)
    if against is None:
        arms = arms_of(sweep, baseline)
        pairs_of = pairs_within(arms)
    else:
        _checked_measures(against, names)
        before = read_runs(against, names)
        check_seeds(before, after, against)
        arms, pairs_of = pairs_between(sweep, against, baseline)
    rows: list[dict[str, Any]] = []
    for arm in arms.others:
        rows += effects_of(arms.baseline, arm, pairs_of(arm), before, after, names)
    if not any(row["pairs"] + row["missing"] for row in rows):
        raise ConfigurationError(str(sweep.folder), f"has no run yet with the seed of a run of {arms.baseline!r}")
    for name in ("p_t", "p_wilcoxon"):
        values = np.array([np.nan if row[name] is None else row[name] for row in rows], dtype=np.float64)
        for column, method in (
            ("holm", corrected(values, "holm")),
            ("benjamini_hochberg", corrected(values, "fdr_bh")),
        ):
            for row, value in zip(rows, method, strict=True):
                row[f"{name}_{column}"] = finite_or_none(value)
    return Comparison(sweep, against, arms, pa.Table.from_pylist(rows, schema=SCHEMA))


def _checked_measures(sweep: SweepResults, measures: Sequence[str] | None) -> list[str]:
    known = sweep.measures()
    if measures is None:
        return known
    unknown = [name for name in measures if name not in known]
    if unknown or not measures:
        raise ConfigurationError(
            "--measures",
            f"{', '.join(unknown) or 'none'!r} is no measure of {sweep.folder}; docs/measures.md lists them",
        )
    return list(dict.fromkeys(measures))
