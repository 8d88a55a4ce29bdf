"""Organisations that bid together, and the share of the work that each would do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caremarket.agents.entities.exposure import Work
    from caremarket.agents.entities.provider import Provider
    from caremarket.market.pathways import ServiceItem


@dataclass(slots=True, eq=False)
class Seat:
    """A member's share of items of one function, in [0, 1], with its cost estimates.

    ``works`` are the estimates by item, ``cost`` their sum, ``reporting`` the cost of reporting on the work; all in
    pence a year for the share.
    """

    member: Provider
    items: list[ServiceItem]
    share: float
    works: list[Work]
    cost: float
    reporting: float

    def shrink(self, share: float) -> None:
        """Reduce the seat to ``share`` of the items."""
        part = share / self.share
        self.share = share
        self.works = [(item, cost * part, sigma) for item, cost, sigma in self.works]
        self.cost = sum([cost for _, cost, _ in self.works])
        self.reporting *= part


class Consortium:
    """Organisations that bid together, the lead first.

    ``vehicle`` says whether they found a special-purpose vehicle if their bid is preferred.
    """

    __slots__ = ("members", "seats", "vehicle")

    def __init__(self, members: list[Provider], seats: list[Seat], *, vehicle: bool) -> None:
        self.members = members
        self.seats = seats
        self.vehicle = vehicle

    def whole(self) -> bool:
        """True if all members are still in the market: a bidding agreement ends when any of them leaves."""
        return all(member.alive for member in self.members)

    def weights(self) -> list[float]:
        """Weight of each member by expected cost of its work; equal weights if there is none."""
        value = {m.index: 0.0 for m in self.members}
        for seat in self.seats:
            value[seat.member.index] += seat.cost
        return [value[m.index] for m in self.members] if any(value.values()) else [1.0] * len(self.members)
