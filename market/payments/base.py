"""What a payment model pays for, and the risk it leaves with whoever delivers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PaymentModel:
    """A payment model: a quarter's income is a quarter of the yearly price times :meth:`factor`.

    The three weights say what moves income: activity (cases treated relative to plan) and population (registered
    people relative to the start of the contract). Income that follows activity leaves the provider only with its
    margin at risk from demand; income that does not leaves it with the whole cost.

    Attributes:
        name: name in configuration and tables.
        source: paragraph the model rests on.
        activity: 1 if income follows activity, else 0.
        population: 1 if income follows the registered population, else 0.
    """

    name: str
    source: str
    activity: float
    population: float

    def factor(self, activity: float, population: float) -> float:
        """Income relative to plan, given activity and population relative to plan."""
        return 1.0 + self.activity * (activity - 1.0) + self.population * (population - 1.0)

    def variance(self, price: float, cost: float, demand_cv: float, case_cost_cv: float) -> float:
        """Variance of a year's net cash flow in pence squared (docs/model.md, Price).

        Args:
            price: yearly price in pence.
            cost: expected yearly cost in pence.
            demand_cv: coefficient of variation of a quarter's demand; quarters are independent.
            case_cost_cv: coefficient of variation of a quarter's cost a case.
        """
        exposed = cost - self.activity * price
        return ((exposed * demand_cv) ** 2 + (cost * case_cost_cv) ** 2) / 4.0
