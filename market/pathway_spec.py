"""A pathway (service line) as configuration describes it."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from caremarket.market.pathways import CareFunction
from caremarket.market.validation import Positive, Share, Strict


class PathwaySpec(Strict):
    """A service line as the national figures describe it.

    ``cost_per_head_gbp`` is the reference cost in pounds per registered person a year over all functions;
    ``cases_per_1000`` the yearly cases per 1,000 registered; ``function_shares`` the share of cost in each
    care function (sums to one); ``coordination_need`` the extent, in [0, 1], to which outcomes depend on the parts
    working together; ``demand_cv`` the coefficient of variation of a quarter's demand; ``case_cost_cv`` that of a
    quarter's cost per case.
    """

    name: str = Field(min_length=1)
    cost_per_head_gbp: Positive
    cases_per_1000: Positive
    function_shares: dict[CareFunction, Share]
    coordination_need: Share = 0.5
    demand_cv: Annotated[float, Field(ge=0.0, le=1.0)] = 0.06
    case_cost_cv: Annotated[float, Field(ge=0.0, le=1.0)] = 0.05

    @model_validator(mode="after")
    def _shares_sum_to_one(self) -> Self:
        total = sum(self.function_shares.values())
        if abs(total - 1.0) > 1e-6:
            raise ValueError(f"function_shares must sum to 1, they sum to {total:g}")
        return self
