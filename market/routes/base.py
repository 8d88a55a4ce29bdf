"""Procurement routes as data that the procurement reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from caremarket.market.validation import NonNegative, check_record, wrong_field


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

    Raises:
        ValueError: a field is of the wrong type or out of range, or there is a dialogue without a questionnaire.
    """

    name: str
    competitive: bool
    questionnaire: bool
    shortlist: Annotated[int, Field(ge=0)]
    cost_multiple: NonNegative
    commissioner_cost_multiple: NonNegative
    dialogue: bool = False

    def __post_init__(self) -> None:
        check_record(Route, self)
        if self.dialogue and not self.questionnaire:
            raise wrong_field(
                self, "dialogue", self.dialogue, "False without a questionnaire, which selects its bidders"
            )
