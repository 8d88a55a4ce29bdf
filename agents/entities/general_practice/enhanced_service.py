"""Enhanced services on offer to practices, and the terms of each for one practice (K)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from caremarket.market.parameters.primary_care import PrimaryCareParameters


class Service(NamedTuple):
    """An enhanced service. Money is in pence a year, per patient if the name ends in ``a_patient``."""

    name: str
    directed: bool
    cost_a_patient: float
    staff_a_patient: float
    least_staff: float


class Terms(NamedTuple):
    """Cost of shared staff to a member for one service: ``idle``, ``travel`` in pence a year, ``hire`` once."""

    idle: float
    travel: float
    hire: float


class Uptake:
    """Terms of a service for one practice, and its contract if it provides the service. Money is in pence a year.

    Attributes:
        expected: running cost on which the price is based.
        cost: the practice's own running cost.
        staff: staff cost within its running cost.
        idle: cost of unused staff hours without sharing.
        hire: one-off cost of filling the post without sharing, in pence.
        end: month in which its contract ends, 0 without one.
        price: pay divided by expected running cost under its contract.
        pooled: True if it uses shared staff.
        staffed: True if it has the staff.
        terms: cost of shared staff in its group, as last calculated.
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
