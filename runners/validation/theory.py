"""Checks against theory: tenders, choices and measures of the market where an exact answer is known."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table

from caremarket.experiments.evidence.theory import CHECKS, Check
from caremarket.runners.storage.atomic_files import write_file
from caremarket.runners.storage.batches import Failure
from caremarket.runners.storage.encodings import json_bytes
from caremarket.runners.validation.part import Asked, Part, Row, Workplace

log = logging.getLogger("caremarket")
HELD, MISSED = "within", "outside"


@dataclass(frozen=True, slots=True)
class _Theory:
    quick: bool

    @property
    def identity(self) -> str:
        return "quick" if self.quick else "full"

    def run(self, place: Workplace) -> tuple[list[Row], list[Failure]]:
        """Make the missing checks; each is written as soon as it is made."""
        place.folder.mkdir(parents=True, exist_ok=True)
        rows: list[Row] = []
        for check in CHECKS:
            path = place.folder / f"{check.id}.json"
            if not path.exists():
                began = time.monotonic()
                write_file(path, json_bytes(_made(check, self.quick)))
                log.info("theory: check %s, %s: %.0f s", check.id, check.name, time.monotonic() - began)
            rows += json.loads(path.read_bytes())
        return rows, []

    def table(self, rows: Sequence[Row]) -> Table:
        outside = [row for row in rows if row["verdict"] == MISSED]
        title = f"Theory: {len(rows) - len(outside)} of {len(rows)} figures within their tolerance"
        table = Table(title=title, title_justify="left", header_style="bold")
        for name in ("", "check", "figures", "within", "furthest from theory"):
            table.add_column(name)
        for check in CHECKS:
            own = [row for row in rows if row["id"] == check.id]
            if not own:
                continue
            furthest = max(own, key=lambda row: abs(row["found"] - row["expected"]) / (row["tolerance"] or 1e-300))
            worst = f"{furthest['name']}: {furthest['found']:.4g}, theory {furthest['expected']:.4g}"
            within = sum(row["verdict"] == HELD for row in own)
            table.add_row(check.id, check.name, str(len(own)), str(within), f"{worst} ± {furthest['tolerance']:.2g}")
        return table


def _made(check: Check, quick: bool) -> list[Row]:
    return [
        {
            "id": check.id,
            "check": check.name,
            "name": one.name,
            "verdict": HELD if one.within else MISSED,
            "found": float(one.found),
            "expected": float(one.expected),
            "tolerance": float(one.tolerance),
            "says": check.says,
            "source": check.source,
        }
        for one in check.run(quick)
    ]


def _prepare(asked: Asked) -> _Theory:
    return _Theory(asked.spec.theory.quick)


PART = Part("theory", "theory", _prepare)
