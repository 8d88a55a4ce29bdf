"""Levers: their allowed values, the ranges they are drawn from, and the text form of values."""

from __future__ import annotations

from math import exp, log

from pydantic import (
    StrictBool,
    StrictFloat,
    model_validator,
)

from caremarket.market.validation import Strict

LeverValue = bool | int | float | str | None
NOT_LEVERS = frozenset(
    {
        "seed",
        "replicates",
        "name",
        "output_root",
        "design",
        "search",
        "validate",
        "runner",
        "tracking",
        "experiment",
        "record",
        "hydra",
    }
)
"""Top-level keys that control execution and output, not the market: they cannot be swept."""
DIGITS = 12
"""Significant digits kept of a value on a log scale: logarithms differ between machines in the last few."""


class LeverRange(Strict):
    """The range [low, high], or the list of equally likely choices, that a value is drawn from."""

    low: StrictFloat | None = None
    high: StrictFloat | None = None
    integer: StrictBool = False
    log: StrictBool = False
    choices: tuple[LeverValue, ...] = ()

    @model_validator(mode="after")
    def _one_kind(self) -> LeverRange:
        low, high = self.low, self.high
        given = low is not None or high is not None
        if given == bool(self.choices) or (low is None) != (high is None):
            raise ValueError("needs either low and high, or choices")
        if self.choices and (self.integer or self.log):
            raise ValueError("has choices: integer and log are for low and high")
        if low is not None and high is not None:
            if low > high:
                raise ValueError("low is above high")
            if self.integer and not (low.is_integer() and high.is_integer()):
                raise ValueError("is integer: low and high must be whole numbers")
            if self.log and low <= 0:
                raise ValueError("is on a log scale: low must be above 0")
        return self

    @property
    def is_constant(self) -> bool:
        """True if there is only one value to draw."""
        return len(set(map(repr, self.choices))) == 1 if self.choices else self.low == self.high

    def at(self, u: float) -> LeverValue:
        """The value at quantile ``u`` in [0, 1]."""
        if self.choices:
            return self.choices[min(int(u * len(self.choices)), len(self.choices) - 1)]
        assert self.low is not None
        assert self.high is not None
        if self.integer:
            # Each whole number has its own slice; on a log scale slices have the width of log((n + 1) / n).
            return min(int(_between(self.low, self.high + 1, u, self.log) // 1), int(self.high))
        return max(self.low, min(_between(self.low, self.high, u, self.log), self.high))


def _between(low: float, high: float, u: float, on_log: bool) -> float:
    if on_log:
        return float(f"{exp(log(low) + u * (log(high) - log(low))):.{DIGITS}g}")
    return low + u * (high - low)


def shown(value: LeverValue) -> str:
    """A lever's value as it is written on the command line."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.6g}" if isinstance(value, float) else str(value)
