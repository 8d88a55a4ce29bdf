"""Year of care: one price per patient-year, so income follows the number of patients, not visits (S; P 3.3).

The holder keeps half of the savings: it is paid the same for a patient seen less often, but a patient who recovers
leaves the register, and the price of a year is later agreed from the cost of such years (this project's assumption).
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
