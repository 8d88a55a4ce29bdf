"""The errors that this project raises, one class each."""

from __future__ import annotations


class CaremarketError(Exception):
    """Base of every error this project raises on purpose."""


class ConfigurationError(CaremarketError):
    """The request is wrong: names the key or the file, and the allowed values.

    Args:
        key: configuration key (``policy.flow_down``) or file name the user can act upon.
        message: the error and the allowed values, on one line.
    """

    def __init__(self, key: str, message: str) -> None:
        self.key = key
        self.message = " ".join(message.split())
        super().__init__(f"{key}: {self.message}")

    def __reduce__(self) -> tuple[type[ConfigurationError], tuple[str, str]]:
        return (type(self), (self.key, self.message))


class VariantError(CaremarketError):
    """A variant, such as a pricing strategy, failed during a run or broke its rule; names it in one line."""


class LedgerError(CaremarketError):
    """The books do not balance: money was created or lost."""


class TransitionError(CaremarketError):
    """A procurement or contract was asked to move to a state its state machine does not allow."""


class LostEventError(CaremarketError):
    """A scheduled event was neither executed, cancelled nor still pending."""
