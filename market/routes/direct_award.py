"""Direct award: the commissioner agrees with a provider without a notice."""

from __future__ import annotations

from caremarket.market.routes.base import Route

ROUTE = Route(
    name="direct_award",
    competitive=False,
    questionnaire=False,
    shortlist=1,
    cost_multiple=0.25,
    commissioner_cost_multiple=0.25,
)
