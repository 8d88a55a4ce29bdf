"""A draft of who would do one function of a lot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caremarket.agents.entities.exposure import Work
    from caremarket.agents.entities.plan import Part


@dataclass(slots=True, eq=False)
class Draft:
    """Who would do one function: the core, and the small provider that costs least to name beside it.

    ``core_cost`` is pence a year for the whole; ``small_cost`` what naming ``small`` costs net of the points it
    brings; ``named`` is ``small`` once it is to be named; ``own`` the lead's own estimates, where it can do the work.
    """

    core: Part
    core_cost: float
    own: list[Work]
    small: Part | None = None
    small_cost: float = 0.0
    named: Part | None = None

    def shared_parts(self) -> list[Part]:
        """The parts of the plan for the function, the core with what is left beside the small provider."""
        if self.named is None:
            return [self.core]
        self.core.share = 1.0 - self.named.share
        return [self.core, self.named]
