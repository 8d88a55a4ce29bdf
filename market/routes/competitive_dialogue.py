"""Competitive dialogue: those invited work out their plans with the commissioner, then tender (P 4.7, P 5.2).

Dearest for both sides: months of meetings by people of every discipline. As many are invited as to a restricted
tender, so that what it costs is what sets it apart.
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
