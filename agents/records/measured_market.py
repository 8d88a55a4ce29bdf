"""The market as measures read it: the market plus the observers' counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from caremarket.agents.entities.market import Market

if TYPE_CHECKING:
    from caremarket.agents.primary_care import PrimaryCare
    from caremarket.agents.records.oversight_tally import OversightTally
    from caremarket.agents.records.tally import Tally


class MeasuredMarket(Market, Protocol):
    """A market and the counts of events in it."""

    @property
    def tally(self) -> Tally:
        """Running counts."""
        ...

    @property
    def oversight(self) -> OversightTally:
        """Counts of warnings, detections and contracts given up."""
        ...

    @property
    def primary_care(self) -> PrimaryCare:
        """Primary care and its counts."""
        ...
