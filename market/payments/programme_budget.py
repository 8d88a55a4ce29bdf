"""Programme budget: the pathway's historic budget, published as the price; bidders compete on the rest (S).

Money may move within the programme, so the holder keeps half of the savings, to be spent there; the other half is
lost when the next budget is set from past cost (this project's assumption).
"""

from __future__ import annotations

from caremarket.market.payments.base import PaymentModel

PAYMENT = PaymentModel(
    name="programme_budget",
    source="S, options for paying",
    activity=0.0,
    population=0.0,
    retains_savings=0.5,
    commissioner_sets_price=True,
    population_budget=True,
)
