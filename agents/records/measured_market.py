"""The market as its measures see it: with the counts that were kept of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from caremarket.agents.entities.market import Market

if TYPE_CHECKING:
    from collections.abc import Sequence

    from caremarket.agents.records.tally import Tally
    from caremarket.agents.world.result import Number


class MeasuredPart(Protocol):
    """A part of the market that contributes to the summary."""

    def measures(self) -> dict[str, Number]:
        """Summary name -> value, over the run so far."""
        ...


class MeasuredMarket(Market, Protocol):
    """A market and the counts of what happened in it."""

    @property
    def tally(self) -> Tally:
        """Running counts."""
        ...

    @property
    def parts(self) -> Sequence[MeasuredPart]:
        """Other parts that contribute to the summary."""
        ...
