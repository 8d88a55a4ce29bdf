"""Pathways, their care functions, and the lots in which they are bought."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import exp
from typing import TYPE_CHECKING, Literal

from caremarket.market.randomness import Purpose

if TYPE_CHECKING:
    from caremarket.market.randomness import Streams

CareFunction = Literal["acute", "community", "mental_health", "primary", "diagnostics", "social", "voluntary"]
FUNCTIONS: tuple[CareFunction, ...] = (
    "acute",
    "community",
    "mental_health",
    "primary",
    "diagnostics",
    "social",
    "voluntary",
)
"""The seven care functions, in the order in which they are numbered everywhere."""

FUNCTION_INDEX: dict[str, int] = {f: i for i, f in enumerate(FUNCTIONS)}


class Need:
    """Need of a commissioner's population for a pathway, quarter by quarter, relative to plan.

    Population grows smoothly; a quarter's demand varies around it. The draw depends only on the quarter, so that
    every contract in force in that quarter, in every arm, faces the same demand.

    Args:
        streams: the run's random numbers.
        key: stable key of (commissioner, pathway).
        demand_cv: coefficient of variation of a quarter's demand; 0 means demand follows plan.
        case_cost_cv: coefficient of variation of a quarter's cost per case.
        growth_per_year: yearly growth of the registered population.
    """

    __slots__ = ("_quarter", "_streams", "_value", "case_cost_cv", "demand_cv", "growth", "key")

    def __init__(
        self, streams: Streams, key: int, demand_cv: float, case_cost_cv: float, growth_per_year: float
    ) -> None:
        self._streams = streams
        self.key = key
        self.demand_cv = demand_cv
        self.case_cost_cv = case_cost_cv
        self.growth = growth_per_year
        self._quarter = -1
        self._value = 1.0

    def population(self, month: float) -> float:
        """Registered population relative to month 0."""
        return float((1.0 + self.growth) ** (month / 12.0))

    def demand(self, quarter: int) -> float:
        """Demand of a quarter relative to the average need of the population at the time."""
        if quarter != self._quarter:
            self._quarter = quarter
            cv = self.demand_cv
            self._value = 1.0
            if cv:
                self._value = exp(cv * self._streams.normal(Purpose.DEMAND, self.key, 0, quarter) - 0.5 * cv * cv)
        return self._value


@dataclass(slots=True, eq=False)
class ServiceItem:
    """One function of one pathway for one commissioner: the smallest unit that can be bought.

    Attributes:
        index: position in the model's list of items.
        key: stable 64-bit key for random draws, the same in every arm.
        commissioner: index of the commissioner among organisations.
        pathway: index of the pathway.
        function: index into :data:`FUNCTIONS`.
        base_cost: cost at national reference cost for the population of month 0, in pence a year.
        reference_cost: the same for the population at the last procurement: the plan of its contracts.
        historic_price: price that the commissioner paid at the start of the run, pence a year.
        need: demand for the pathway, shared by its functions.
        rounds: procurements of this item so far.
        contracts: ids of its contracts: none, one, or several among which patients choose.
        procuring: whether it is being procured.
        new: whether it had no provider at the start because it is a new or redesigned service.
        needed: need under the present contracts so far, pence of reference cost.
        done: work done of it.
        refused: severe cases turned away of it.
        last: shares of need that were not done, and that were turned away, under the contracts before.
        errors: standardised errors of the organisations that estimated its cost in this round, by index.
    """

    index: int
    key: int
    commissioner: int
    pathway: int
    function: int
    base_cost: int
    historic_price: int
    need: Need
    reference_cost: int = 0
    rounds: int = 0
    contracts: list[int] = field(default_factory=list)
    procuring: bool = False
    new: bool = False
    needed: float = 0.0
    done: float = 0.0
    refused: float = 0.0
    last: tuple[float, float] = (0.0, 0.0)
    errors: dict[int, float] = field(default_factory=dict)

    def next_round(self) -> None:
        """Start a new procurement: cost estimates get new errors."""
        self.rounds += 1
        self.errors.clear()

    def plan_for(self, month: float) -> None:
        """Re-base the plan on the population of ``month``."""
        self.reference_cost = round(self.base_cost * self.need.population(month))

    def record(self, reference: float, cases: float, done: float, refused: float) -> None:
        """Record work of ``reference`` pence at plan; need, work done and cases turned away are relative to plan."""
        self.needed += reference * cases
        self.done += reference * done
        self.refused += reference * refused

    def shortfalls(self) -> tuple[float, float]:
        """Shares of need not done (below 0 if more was done), and turned away, under the last or present contracts."""
        if self.needed <= 0.0:
            return self.last
        return 1.0 - (self.done + self.refused) / self.needed, self.refused / self.needed

    def start_record(self) -> None:
        """Start the record anew, for a new contract."""
        self.last = self.shortfalls()
        self.needed = self.done = self.refused = 0.0

    def case_cost(self, streams: Streams, quarter: int) -> float:
        """Cost per case in a quarter relative to expectation."""
        cv = self.need.case_cost_cv
        if not cv:
            return 1.0
        return exp(cv * streams.normal(Purpose.CASE_COST, self.key, 0, quarter) - 0.5 * cv * cv)
