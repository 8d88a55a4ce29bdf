"""Progress of many runs on standard error."""

from __future__ import annotations

import logging
import sys
import time
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


class SweepProgress:
    """Runs done, failed, rate and time left: a bar on a terminal, otherwise a line every few seconds.

    Args:
        total: number of runs.
        label: name of the runs.
    """

    def __init__(self, total: int, label: str) -> None:
        self.total = total
        self.label = label
        self.done = 0
        self.failed = 0
        self._began = self._spoke = time.monotonic()
        self._bar: Progress | None = None
        self._task: Any = None

    def __enter__(self) -> SweepProgress:
        if sys.stderr.isatty():
            # Two refreshes a second: the driver shares its cores with the workers.
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}"),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                refresh_per_second=2,
            )
            self._bar.start()
            self._task = self._bar.add_task(self.label, total=self.total, rate="")
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def expect(self, more: int) -> None:
        """Add the runs of another round to the total."""
        self.total += more
        if self._bar is not None:
            self._bar.update(self._task, total=self.total)

    def add(self, done: int, failed: int) -> None:
        """Count finished and failed runs."""
        self.done += done
        self.failed += failed
        now = time.monotonic()
        finished = self.done + self.failed
        rate = finished / max(now - self._began, 1e-9)
        if self._bar is not None:
            text = f"{rate:.1f}/s" + (f", {self.failed} failed" if self.failed else "")
            self._bar.update(self._task, completed=finished, rate=text)
        elif now - self._spoke >= 5.0 or finished == self.total:
            self._spoke = now
            left = (self.total - finished) / rate
            failed_text = f", {self.failed} failed" if self.failed else ""
            line = f"{self.label}: {finished} of {self.total} runs, {rate:.1f}/s, {left:.0f} s left{failed_text}"
            logging.getLogger("caremarket").info(line)
