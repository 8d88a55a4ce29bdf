"""Programme budget: the pathway's historic budget, published as the price; bidders compete on the rest (S).

Money may move within the programme. The next budget is set from what was spent and done under the last.
"""

from __future__ import annotations

from caremarket.market.payments.base import PaymentModel

PAYMENT = PaymentModel(
    name="programme_budget",
    source="S, options for paying",
    activity=0.0,
    population=0.0,
    rebased=True,
    commissioner_sets_price=True,
    population_budget=True,
)
