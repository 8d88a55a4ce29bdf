"""Call-off: a short paper competition among the members of a framework, who have already qualified (C; P 4.16)."""

from __future__ import annotations

from caremarket.market.routes.base import Route

ROUTE = Route(
    name="call_off",
    competitive=True,
    questionnaire=False,
    shortlist=0,
    cost_multiple=0.4,
    commissioner_cost_multiple=0.3,
)
