"""Year of care: one price a patient-year, so income follows the number of patients and not their visits (S; P 3.3).

Half of what is saved stays: a patient seen less often still earns the price, but one who gets well leaves the
register, and the price of a year is agreed anew from what such years have cost (this project's assumption).
"""

from __future__ import annotations

from caremarket.market.payments.base import PaymentModel

PAYMENT = PaymentModel(
    name="year_of_care",
    source="S, options for paying; P 3.3",
    activity=0.0,
    population=0.0,
    patients=1.0,
    retains_savings=0.5,
    follows_activity=True,
)
