"""Accountable lead provider: a provider in the middle of the pathway holds its whole budget (P 4.17 to 4.20).

It delivers community, mental health, primary or diagnostic care of the lot itself. A navigator that delivers no care
cannot be one, nor can a hospital that delivers the inpatient part of the lot (P 4.19).
"""

from __future__ import annotations

from caremarket.market.forms.base import FOR_PEOPLE, ContractForm

FORM = ContractForm(
    name="accountable_lead",
    source="P 4.17 to 4.20",
    self_delivery_min=0.0,
    self_delivery_max=1.0,
    subcontracting=True,
    one_plan=True,
    lead_functions=("community", "mental_health", "primary", "diagnostics"),
    payments_with=FOR_PEOPLE,
    payments_why="the lead answers for the whole budget of a population",
    scope="pathway",
    scope_why="the lead answers for the whole pathway",
)
