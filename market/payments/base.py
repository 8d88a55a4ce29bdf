"""Payment models: for each, the activity paid for, the provider's risk, and the behaviour rewarded."""

from __future__ import annotations

from dataclasses import dataclass

from caremarket.market.validation import Share, check_record


@dataclass(frozen=True, slots=True)
class PaymentModel:
    """A payment model: a quarter's income is a quarter of the yearly price times :meth:`factor`.

    The weights show the quantities that change income, each relative to plan. If income follows activity, only the
    provider's margin is at risk from demand; if not, the provider bears the whole cost.

    Attributes:
        name: name in configuration and tables.
        source: paragraph on which the model is based.
        activity: share of income that follows the number of cases, in [0, 1], as all weights here.
        population: share of income that follows the registered population.
        intensity: extent to which more units of activity for the same case earn more; counts only with ``activity``.
        severity: extent to which a severe case earns the extra that it costs; counts only with ``activity``.
        patients: share of income that follows the number of people with the condition, not that of their visits.
        rebased: whether the next budget is set anew from what was done under the last contract (the ratchet); if not,
            it follows prices of activity, or the population.
        by_function: whether each care function has its own price, so that moving a case from one function to
            another moves money; if not, one price covers them all.
        commissioner_sets_price: whether the commissioner publishes the price and bidders compete on the rest.
        follows_activity: whether the money follows the patient to the treating provider.
        population_budget: whether it is one budget for all the care a population needs, so that one holder must
            be responsible for all of it, and pays for care that it turns away.

    Raises:
        ValueError: a field is of the wrong type or out of range.
    """

    name: str
    source: str
    activity: Share
    population: Share
    intensity: Share = 0.0
    severity: Share = 0.0
    patients: Share = 0.0
    rebased: bool = False
    by_function: bool = False
    commissioner_sets_price: bool = False
    follows_activity: bool = False
    population_budget: bool = False

    def __post_init__(self) -> None:
        check_record(PaymentModel, self)

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
