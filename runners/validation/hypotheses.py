"""Hypotheses from the sources: paired runs in several rounds, until each hypothesis is decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table

from caremarket.experiments.evidence.trials import TrialRounds
from caremarket.experiments.report.verdict_table import headline, verdict_rows
from caremarket.runners.execution.make_runs import run_points
from caremarket.runners.execution.replicate_rounds import FromParts
from caremarket.runners.storage.batches import Failure
from caremarket.runners.validation.part import Asked, Part, Row, Workplace


@dataclass(frozen=True, slots=True)
class _Hypotheses:
    asked: Asked

    @property
    def identity(self) -> str:
        return ""

    def run(self, place: Workplace) -> tuple[list[Row], list[Failure]]:
        asked = self.asked
        rounds = TrialRounds(asked.design, asked.trials, asked.spec.rule)
        failures = run_points(
            place.runner,
            place.folder,
            place.parts,
            asked.design,
            asked.scenarios,
            "hypotheses",
            lambda store, _: FromParts(rounds, rounds.measures, store),
        )
        return rounds.rows(), failures

    def table(self, rows: Sequence[Row]) -> Table:
        table = Table(title=headline(rows), title_justify="left", header_style="bold")
        columns, *lines = verdict_rows(rows)
        for name in columns:
            table.add_column(name)
        for line in lines:
            table.add_row(*line)
        return table


PART = Part("hypotheses", "verdicts", _Hypotheses)
