"""Single-stage tender: every provider that answers the notice and passes the tests bids at once."""

from __future__ import annotations

from caremarket.market.routes.base import Route

ROUTE = Route(
    name="single_stage",
    competitive=True,
    questionnaire=False,
    shortlist=0,
    cost_multiple=1.0,
    commissioner_cost_multiple=1.0,
)
