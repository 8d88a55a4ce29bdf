"""Counts of warnings, detections, removals and contracts given up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.market.contracts import DEFAULTS

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.notices import (
        ContractBegun,
        ContractEnded,
        FailureSeen,
        HandedBack,
        NoticeGiven,
        SteppedIn,
        TerminationNoticed,
        WarningGiven,
        YearReviewed,
    )


class OversightTally:
    """Running counts of the results of contract monitoring."""

    __slots__ = (
        "_model",
        "begun",
        "contract_years",
        "defaults",
        "detected",
        "handed_back",
        "months",
        "noticed",
        "stepped_in",
        "warnings",
    )

    def __init__(self, model: Market) -> None:
        self._model = model
        self.begun = 0
        self.contract_years = 0
        self.warnings = 0
        self.detected = 0
        self.months = 0.0
        self.stepped_in: set[int] = set()
        self.handed_back = 0
        self.noticed = 0
        self.defaults = 0

    def contract_begun(self, notice: ContractBegun) -> None:
        """Count a contract."""
        self.begun += 1

    def year_reviewed(self, notice: YearReviewed) -> None:
        """Count a year of a contract."""
        self.contract_years += 1

    def failure_seen(self, notice: FailureSeen) -> None:
        """Count a detected failure, and the months from onset to detection."""
        self.detected += 1
        self.months += self._model.time - notice.onset

    def warning_given(self, notice: WarningGiven) -> None:
        """Count a warning."""
        self.warnings += 1

    def stepped_in_on(self, notice: SteppedIn) -> None:
        """Count a contract under which a commissioner or lead stepped in."""
        self.stepped_in.add(notice.in_force.contract.id)

    def termination_noticed(self, notice: TerminationNoticed) -> None:
        """Count a notice of the commissioner to terminate."""
        self.noticed += 1

    def contract_ended(self, notice: ContractEnded) -> None:
        """Count a contract that ended in default."""
        self.defaults += notice.in_force.contract.end_reason in DEFAULTS

    def given_up(self, notice: HandedBack | NoticeGiven) -> None:
        """Count a contract that its holder handed back or gave notice of."""
        self.handed_back += 1
