"""Two-stage restricted tender: a questionnaire, then at most six are invited."""

from __future__ import annotations

from caremarket.market.routes.base import Route

ROUTE = Route(
    name="two_stage",
    competitive=True,
    questionnaire=True,
    shortlist=6,
    cost_multiple=1.5,
    commissioner_cost_multiple=1.5,
)
