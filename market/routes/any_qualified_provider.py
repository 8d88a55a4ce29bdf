"""Accreditation: a form and a visit, no price to calculate; the commissioner checks each applicant (M)."""

from __future__ import annotations

from caremarket.market.routes.base import Route

ROUTE = Route(
    name="any_qualified_provider",
    competitive=True,
    questionnaire=True,
    shortlist=0,
    cost_multiple=0.3,
    commissioner_cost_multiple=1.0,
)
