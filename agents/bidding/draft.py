"""Draft of the deliverers of one function of a lot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caremarket.agents.entities.exposure import Work
    from caremarket.agents.entities.plan import Part


@dataclass(slots=True, eq=False)
class Draft:
    """Deliverers of one function: the core, and the small provider that costs least to name beside it.

    Attributes:
        core: the main deliverer and its items.
        core_cost: cost of the whole if the core does it, pence a year.
        own: the lead's own estimates, where it can do the work.
        small: the small provider that could be named.
        small_cost: cost of naming ``small`` less the worth of the points it brings, pence a year.
        named: ``small``, once it is to be named.
    """

    core: Part
    core_cost: float
    own: list[Work]
    small: Part | None = None
    small_cost: float = 0.0
    named: Part | None = None

    def shared_parts(self) -> list[Part]:
        """Parts of the plan for the function; the core keeps the share that the small provider does not have."""
        if self.named is None:
            return [self.core]
        self.core.share = 1.0 - self.named.share
        return [self.core, self.named]
