"""Services opened to patients' choice beside whatever form a commissioner gives the others (M, S).

By 2013 each part of England had to offer some community and mental-health services through any qualified provider,
whatever it did about the rest. Opening a service is a decision about that service: it is accredited by its own
commissioner alone, stays out of every bundle, and stays open for as long as the policy says so.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from caremarket.market.compatibility import fitted
from caremarket.market.pathways import FUNCTIONS
from caremarket.market.randomness import Purpose

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market
    from caremarket.market.levers import PolicySpec
    from caremarket.market.pathways import ServiceItem

CHOICE_FORM = "any_qualified_provider"


def is_open_to_choice(model: Market, item: ServiceItem, policy: PolicySpec) -> bool:
    """Is an item opened to any qualified provider under ``policy``, though the policy's own form is another?

    Which items are hangs on the item alone: a larger share opens more of them and closes none.
    """
    if policy.choice_share <= 0.0 or policy.form == CHOICE_FORM:
        return False
    if FUNCTIONS[item.function] not in policy.choice_functions:
        return False
    return model.streams.uniform(Purpose.OPENED_TO_CHOICE, item.key) < policy.choice_share


@lru_cache(maxsize=256)
def choice_terms(policy: PolicySpec) -> PolicySpec:
    """The terms on which an item is opened to choice: the levers this form needs, the rest as in ``policy``.

    Nobody is promised any volume, so size and guarantees are not asked for (P 2.5); each commissioner accredits for
    itself; and there is nothing to phase in, or to weigh against carrying on as before.
    """
    changes = {
        "turnover_ratio": 0.0,
        "guarantee_share": 0.0,
        "ccgs_per_lot": 1,
        "pathways_per_lot": 1,
        "phasing_years": 0.0,
        "renewal": "tender",
    }
    return fitted(policy, CHOICE_FORM).model_copy(update=changes)


def separate_opened_items(
    model: Market, items: list[ServiceItem], policy: PolicySpec
) -> tuple[list[ServiceItem], list[ServiceItem]]:
    """Of ``items``, those opened to choice, and the others."""
    if policy.choice_share <= 0.0:
        return [], items
    opened = [i for i in items if is_open_to_choice(model, i, policy)]
    return opened, [i for i in items if i not in opened] if opened else items
