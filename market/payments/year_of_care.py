"""Year of care: one price per patient-year, so income follows the number of patients, not visits (S; P 3.3).

The holder is paid the same for a patient seen less often, but the price of a year is next agreed from the care given in
such years (this project's assumption).
"""

from __future__ import annotations

from caremarket.market.payments.base import PaymentModel

PAYMENT = PaymentModel(
    name="year_of_care",
    source="S, options for paying; P 3.3",
    activity=0.0,
    population=0.0,
    patients=1.0,
    rebased=True,
    follows_activity=True,
)
