"""The market as clock, schedule and organisations use it: time, ledger, random draws and event log."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from mesa.time import Event

    from caremarket.market.ledger import Ledger
    from caremarket.market.randomness import Streams
    from caremarket.market.scenario import Scenario


class World(Protocol):
    """The part of a market that does not depend on kinds of organisations.

    Attributes:
        time: months since 1 April 2013.
        scenario_data: the scenario: with the seed, all inputs of the run.
        streams: keyed random draws.
        ledger: accounts and postings, in pence.
        records_events: whether the event log is kept.
        executed: events carried out so far.
        checks_each_event: whether the ledger is checked after every event.
    """

    time: float
    scenario_data: Scenario
    streams: Streams
    ledger: Ledger
    records_events: bool
    executed: int
    checks_each_event: bool

    def schedule(
        self,
        handler: Callable[[], None],
        *,
        after: float | None = None,
        at: float | None = None,
        priority: int = ...,
    ) -> Event:
        """Schedule an event ``after`` some months or ``at`` a month; see :mod:`caremarket.agents.world.schedule`."""
        ...

    def cancel(self, event: Event) -> None:
        """Cancel an event that has not happened yet."""
        ...

    def next_id(self, what: str) -> int:
        """Next number of a kind of thing, from 0."""
        ...

    def log(
        self,
        kind: str,
        organisation: int = -1,
        other: int = -1,
        *,
        procurement: int = -1,
        contract: int = -1,
        amount: int = 0,
        detail: str = "",
    ) -> None:
        """Write an entry to the event log, if it is kept."""
        ...

    def tell(self, notice: object) -> None:
        """Pass a notice to the observers of its type, at once and in a fixed order."""
        ...
