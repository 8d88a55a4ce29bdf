"""Procurement routes as data that the procurement reads."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Route:
    """A procurement route.

    Attributes:
        name: name in configuration and tables.
        competitive: whether there is a notice that any provider may answer.
        questionnaire: whether bidders are selected before they are invited to tender.
        shortlist: maximum number of bidders invited after the questionnaire.
        cost_multiple: cost of bidding relative to a single-stage tender (K: more complex routes cost more).
        commissioner_cost_multiple: the same for the commissioner (P 4.7).
        dialogue: whether invited bidders develop their plans with the commissioner before they tender (P 4.7).
    """

    name: str
    competitive: bool
    questionnaire: bool
    shortlist: int
    cost_multiple: float
    commissioner_cost_multiple: float
    dialogue: bool = False
