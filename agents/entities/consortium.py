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
    """A share of items of one function, with the estimates of whoever would do them, pence a year for the share.

    ``cost`` is what they come to, ``reporting`` what reporting on them costs the member.
    """

    member: Provider
    items: list[ServiceItem]
    share: float
    works: list[Work]
    cost: float
    reporting: float

    def shrink(self, share: float) -> None:
        """Leave all but ``share`` to somebody else."""
        part = share / self.share
        self.share = share
        self.works = [(item, cost * part, sigma) for item, cost, sigma in self.works]
        self.cost = sum([cost for _, cost, _ in self.works])
        self.reporting *= part


class Consortium:
    """Organisations that bid together, the lead first, and whether through a vehicle."""

    __slots__ = ("members", "seats", "vehicle")

    def __init__(self, members: list[Provider], seats: list[Seat], *, vehicle: bool) -> None:
        self.members = members
        self.seats = seats
        self.vehicle = vehicle

    def whole(self) -> bool:
        """Whether all its members are still there: a bidding agreement ends with any of them."""
        return all(member.alive for member in self.members)

    def weights(self) -> list[float]:
        """Each member's part in the work, by expected cost; equal parts if there is none."""
        value = {m.index: 0.0 for m in self.members}
        for seat in self.seats:
            value[seat.member.index] += seat.cost
        return [value[m.index] for m in self.members] if any(value.values()) else [1.0] * len(self.members)
