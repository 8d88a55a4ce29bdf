"""A network of practices whose withheld quality-framework pay depends on their joint attainment (K, site C)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caremarket.agents.entities.general_practice.practice import Practice
    from caremarket.agents.entities.market import Market


class QualityNetwork:
    """Practices whose withheld pay depends on their mean attainment.

    Attributes:
        members: number of practices.
        stable_since: effective month of the last change: each change moves it towards the present by the share of
            members that changed.
    """

    __slots__ = ("_reported", "_sum", "members", "model", "stable_since")

    def __init__(self, model: Market) -> None:
        self.model = model
        self.members = 0
        self._sum = 0.0
        self._reported = 0
        age = model.scenario_data.behaviour.primary_care.network_age_months
        self.stable_since = model.time - age if model.time <= 0.0 else model.time

    def enter(self, practice: Practice) -> None:
        """Add a practice and its latest return."""
        self.members += 1
        self._changed()
        practice.network = self
        if practice.attainment >= 0.0:
            self._sum += practice.attainment
            self._reported += 1

    def quit(self, practice: Practice) -> None:
        """Remove a practice and its return."""
        self.members -= 1
        self._changed()
        practice.network = None
        if practice.attainment >= 0.0:
            self._sum -= practice.attainment
            self._reported -= 1

    def _changed(self) -> None:
        now = self.model.time
        if now > 0.0:
            self.stable_since += (now - self.stable_since) / max(self.members, 1)

    def report(self, practice: Practice, attainment: float) -> None:
        """Replace a practice's last return with its return for this year, in [0, 1]."""
        if practice.attainment >= 0.0:
            self._sum -= practice.attainment
        else:
            self._reported += 1
        self._sum += attainment
        practice.attainment = attainment

    def mean(self, unknown: float) -> float:
        """Mean of the latest returns, in [0, 1]; ``unknown`` before the first."""
        return self._sum / self._reported if self._reported else unknown

    def stability(self, now: float, halving: float) -> float:
        """Stability of the network, in [0, 1): one half after ``halving`` months without change."""
        age: float = now - self.stable_since
        return age / (age + halving)
