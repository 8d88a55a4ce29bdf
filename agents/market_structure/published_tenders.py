"""Tenders of the past year as published, by area, and the share of led work that sub-contractors get."""

from __future__ import annotations

from collections import deque
from copy import copy
from typing import TYPE_CHECKING

from caremarket.market.procurement import State

if TYPE_CHECKING:
    from collections.abc import Iterable

    from caremarket.agents.entities.contest import Contest
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.notices import BiddingClosed, ContractBegun, SubcontractSigned
    from caremarket.agents.entities.tender import Tender

REMEMBERED = 12.0
"""Months for which a tender counts as one of those that an area has in a year."""


class PublishedTender:
    """A tender to which any provider could have answered.

    Attributes:
        tender: the tender.
        closed: month in which bidding closed.
        bidding_months: months from the notice to the close of bidding.
    """

    __slots__ = ("_contest", "bidding_months", "closed", "tender")

    def __init__(self, tender: Tender, closed: float, announced: float) -> None:
        self.tender = tender
        self.closed = closed
        self.bidding_months = closed - announced
        self._contest: Contest | None = None

    def contest(self) -> Contest:
        """Beliefs of a further bidder: those who were able and those who were invited are its rivals."""
        if self._contest is None:
            tender = copy(self.tender)
            tender.able += 1
            if tender.invited:
                tender.invited += 1
            self._contest = tender.model.offers.contest(tender)
        return self._contest


class PublishedTenders:
    """Published tenders of the last twelve months by area, and sub-contracted shares by area and function.

    It observes notices; potential entrants read it.
    """

    __slots__ = ("_led", "_model", "_recent", "_supplied")

    def __init__(self, model: Market) -> None:
        self._model = model
        self._recent: dict[str, deque[PublishedTender]] = {}
        # Led contracts that cover a function, and the sum of the shares of it promised to sub-contractors.
        self._led: dict[tuple[str, int], int] = {}
        self._supplied: dict[tuple[str, int], float] = {}

    def bidding_closed(self, notice: BiddingClosed) -> None:
        """Remember a tender that began with a notice; a call-off among the members of a framework has none.

        A second attempt to buy the same work is not another chance to win work.
        """
        tender = notice.tender
        if tender.procurement.attempt > 1:
            return
        announced = next((month for month, state in tender.procurement.history if state is State.NOTICE), None)
        lot = tender.procurement.lot
        if announced is None or not lot.reference_cost:
            return
        now = self._model.time
        found = PublishedTender(tender, now, announced)
        for area in self._model.areas_of(lot):
            recent = self._recent.setdefault(area, deque())
            recent.append(found)
            self._forget(recent, now)

    def contract_begun(self, notice: ContractBegun) -> None:
        """Count a led contract for each function that it covers."""
        contract = notice.in_force.contract
        if contract.form.subcontracting:
            area = notice.in_force.commissioner.area
            for function in {i.function for i in contract.items}:
                self._led[area, function] = self._led.get((area, function), 0) + 1

    def subcontract_signed(self, notice: SubcontractSigned) -> None:
        """Count the share of each function promised to a sub-contractor."""
        sub = notice.sub
        area = self._model.commissioners[sub.items[0].commissioner].area
        for function in {i.function for i in sub.items}:
            self._supplied[area, function] = self._supplied.get((area, function), 0.0) + sub.promised

    def recent(self, area: str) -> Iterable[PublishedTender]:
        """Tenders for an area whose bidding closed in the last twelve months."""
        found = self._recent.get(area)
        if found is None:
            return ()
        self._forget(found, self._model.time)
        return found

    def subcontracted(self, area: str, function: int) -> float:
        """Share of a function under led contracts that leads buy from others, in [0, 1]; 0 if there were none."""
        led = self._led.get((area, function), 0)
        return min(1.0, self._supplied.get((area, function), 0.0) / led) if led else 0.0

    @staticmethod
    def _forget(recent: deque[PublishedTender], now: float) -> None:
        while recent and recent[0].closed < now - REMEMBERED:
            recent.popleft()
