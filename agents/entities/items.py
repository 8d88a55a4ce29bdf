"""Names of items in the event log and the tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from caremarket.market.pathways import FUNCTIONS

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market
    from caremarket.market.pathways import ServiceItem


def items_label(model: Market, items: Sequence[ServiceItem]) -> str:
    """Names of the pathways of items and, after a colon, of their functions, joined by ``+``."""
    pathways = dict.fromkeys([model.pathways[i.pathway].name for i in items])
    functions = dict.fromkeys([FUNCTIONS[i.function] for i in items])
    return f"{'+'.join(pathways)}: {'+'.join(functions)}"
