"""The condition of a scenario discovery: a measure, a comparison and a number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from operator import ge, gt, le, lt
from typing import TYPE_CHECKING

import numpy as np

from caremarket.market.errors import ConfigurationError

if TYPE_CHECKING:
    pass

OPERATORS = {"<=": le, ">=": ge, "<": lt, ">": gt}


@dataclass(frozen=True, slots=True)
class Condition:
    """The condition under which a case is of interest: a measure, an operator, a number."""

    measure: str
    operator: str
    value: float

    def __str__(self) -> str:
        return f"{self.measure}{self.operator}{self.value:g}"

    @classmethod
    def parse(cls, text: str) -> Condition:
        """From text such as ``sme_value_share_delivered<0.2``.

        Raises:
            ConfigurationError: it is not of that form.
        """
        found = re.fullmatch(r"\s*(\w+)\s*(<=|>=|<|>)\s*([-+]?[\d.]+(?:[eE][-+]?\d+)?)\s*", text)
        try:
            return cls(found[1], found[2], float(found[3])) if found else _refuse(text)
        except ValueError:
            return _refuse(text)

    def holds(self, values: np.ndarray) -> np.ndarray:
        """True for each of ``values`` that meets the condition."""
        return np.asarray(OPERATORS[self.operator](values, self.value))


def _refuse(text: str) -> Condition:
    raise ConfigurationError(
        "condition", f"{text!r} is none; write a measure, one of < <= > >=, and a number: sme_survival_rate<0.5"
    )
