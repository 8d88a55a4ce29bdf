"""Competitive dialogue: invited bidders develop their plans with the commissioner, then tender (P 4.7, P 5.2).

The most expensive route for both sides: months of meetings with every discipline. It invites as many bidders as a
restricted tender, so that the two differ only in dialogue, time and cost.
"""

from __future__ import annotations

from caremarket.market.routes.base import Route

ROUTE = Route(
    name="competitive_dialogue",
    competitive=True,
    questionnaire=True,
    shortlist=6,
    cost_multiple=5.0,
    commissioner_cost_multiple=5.0,
    dialogue=True,
)
