"""Payment models: for each, the activity paid for, the provider's risk, and the behaviour rewarded."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PaymentModel:
    """A payment model: a quarter's income is a quarter of the yearly price times :meth:`factor`.

    The weights show the quantities that change income, each relative to plan. If income follows activity, only the
    provider's margin is at risk from demand; if not, the provider bears the whole cost.

    Attributes:
        name: name in configuration and tables.
        source: paragraph on which the model is based.
        activity: 1 if income follows the number of cases, else 0.
        population: 1 if income follows the registered population, else 0.
        intensity: 1 if more units of activity for the same case earn more, else 0; counts only with ``activity``.
        severity: 1 if a severe case earns the extra that it costs, else 0; counts only with ``activity``.
        patients: 1 if income follows the number of people with the condition, not the number of their visits.
        retains_savings: share of the saving from less activity that the payee keeps: none for a block, which is
            rebased on activity when next agreed; all of it if activity is paid for.
        by_function: whether each care function has its own price, so that moving a case from one function to
            another moves money; if not, one price covers them all.
        commissioner_sets_price: whether the commissioner publishes the price and bidders compete on the rest.
        follows_activity: whether the money follows the patient to the treating provider.
        population_budget: whether it is one budget for all the care a population needs, so that one holder must
            be responsible for all of it, and pays for care that it turns away.
    """

    name: str
    source: str
    activity: float
    population: float
    intensity: float = 0.0
    severity: float = 0.0
    patients: float = 0.0
    retains_savings: float = 0.0
    by_function: bool = False
    commissioner_sets_price: bool = False
    follows_activity: bool = False
    population_budget: bool = False

    @property
    def rewards(self) -> bool:
        """True if more activity, or less, raises the payee's profit; if not, activity follows need alone."""
        return bool(self.activity or self.retains_savings)

    def factor(
        self,
        activity: float,
        population: float,
        patients: float = 1.0,
        intensity: float = 1.0,
        severity: float = 1.0,
    ) -> float:
        """Income relative to plan, given its drivers relative to plan.

        Args:
            activity: cases treated.
            population: registered people.
            patients: people with the condition.
            intensity: units of activity per case.
            severity: mean cost per case, to the extent that severity explains it.
        """
        if self.activity:
            activity *= 1.0 + self.intensity * (intensity - 1.0)
            activity *= 1.0 + self.severity * (severity - 1.0)
        return (
            1.0
            + self.activity * (activity - 1.0)
            + self.population * (population - 1.0)
            + self.patients * (patients - 1.0)
        )

    def demand_exposure(self, price: float, cost: float, demand_cv: float, patients_cv: float = 0.0) -> float:
        """Pence a year by which net cash flow falls when demand is one standard deviation above plan all year."""
        return (cost - self.activity * price) * demand_cv - self.patients * price * patients_cv

    def case_exposure(self, price: float, cost: float, case_cost_cv: float, severity_cv: float = 0.0) -> float:
        """Pence a year by which net cash flow falls when a case costs one standard deviation above plan all year."""
        return cost * case_cost_cv - self.activity * self.severity * price * severity_cv

    def variance(
        self,
        price: float,
        cost: float,
        demand_cv: float,
        case_cost_cv: float,
        patients_cv: float = 0.0,
        severity_cv: float = 0.0,
    ) -> float:
        """Variance of a year's net cash flow in pence squared (docs/odd.md, Price).

        Args:
            price: yearly price in pence.
            cost: expected yearly cost in pence.
            demand_cv: coefficient of variation of a quarter's demand; quarters are independent.
            case_cost_cv: coefficient of variation of a quarter's cost per case.
            patients_cv: part of ``demand_cv`` due to the number of patients rather than to visits per patient.
            severity_cv: part of ``case_cost_cv`` due to the severity of cases.
        """
        demand = self.demand_exposure(price, cost, demand_cv, patients_cv)
        case = self.case_exposure(price, cost, case_cost_cv, severity_cv)
        return (demand * demand + case * case) / 4.0
