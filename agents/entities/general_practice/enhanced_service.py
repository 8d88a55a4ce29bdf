"""Enhanced services as they are offered to practices, and what each would mean to a practice (K)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from caremarket.market.parameters.primary_care import PrimaryCareParameters


class Service(NamedTuple):
    """An enhanced service. Money in pence a year, for each patient where it says so."""

    name: str
    directed: bool
    cost_a_patient: float
    staff_a_patient: float
    least_staff: float


class Terms(NamedTuple):
    """Shared staff as a member finds it: pence a year, and once, for one service."""

    idle: float
    travel: float
    hire: float


class Uptake:
    """What a service would mean to a practice, and whether it provides it. Money in pence a year.

    Attributes:
        expected: running cost that the price is set by.
        cost: its own running cost.
        staff: the part of it that is staff.
        idle: cost of hours it would have to employ and not need, alone.
        hire: cost of filling the post alone, once.
        end: month in which its contract ends, 0 without one.
        price: pay over expected running cost under its contract.
        pooled: whether it provides it with shared staff.
        staffed: whether it has the staff.
        terms: what shared staff costs it in its group, as last worked out.
    """

    __slots__ = (
        "cost",
        "end",
        "expected",
        "hire",
        "idle",
        "number",
        "pooled",
        "price",
        "service",
        "staff",
        "staffed",
        "terms",
    )

    def __init__(self, number: int, service: Service, list_size: int, own_cost: float, care: PrimaryCareParameters):
        self.number = number
        self.service = service
        self.expected = service.cost_a_patient * list_size
        self.cost = self.expected * own_cost
        self.staff = service.staff_a_patient * list_size
        self.idle = max(0.0, service.least_staff - self.staff)
        self.hire = care.hiring_gbp * 100.0 * max(1.0, self.staff / (care.post_gbp * 100.0))
        self.end = 0.0
        self.price = 0.0
        self.pooled = False
        self.staffed = False
        self.terms = Terms(0.0, 0.0, 0.0)
