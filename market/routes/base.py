"""Procurement routes as data that the procurement reads."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Route:
    """A procurement route.

    Attributes:
        name: name in configuration and tables.
        competitive: whether there is a notice that anyone may answer.
        questionnaire: whether bidders are selected before they are invited to tender.
        shortlist: most bidders invited after the questionnaire.
        cost_multiple: cost of bidding relative to a single-stage tender (K: dearer routes are more complex).
        commissioner_cost_multiple: the same for the commissioner (P 4.7).
        dialogue: whether those invited work out their plans with the commissioner before they tender (P 4.7).
    """

    name: str
    competitive: bool
    questionnaire: bool
    shortlist: int
    cost_multiple: float
    commissioner_cost_multiple: float
    dialogue: bool = False
