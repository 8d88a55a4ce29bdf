"""Services opened to patients' choice, alongside the contract form used for other services (M, S).

By 2013 each part of England had to offer some community and mental-health services through any qualified provider,
regardless of its other contracts. Each service is opened separately: it is accredited by its own commissioner alone,
stays out of every bundle, and stays open while the policy says so.
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
    """True if an item is opened to any qualified provider under a ``policy`` with another form.

    The draw depends on the item alone: a larger share opens more items and closes none.
    """
    if policy.choice_share <= 0.0 or policy.form == CHOICE_FORM:
        return False
    if FUNCTIONS[item.function] not in policy.choice_functions:
        return False
    return model.streams.uniform(Purpose.OPENED_TO_CHOICE, item.key) < policy.choice_share


@lru_cache(maxsize=256)
def choice_terms(policy: PolicySpec) -> PolicySpec:
    """Terms on which an item is opened to choice: the levers this form needs, the rest as in ``policy``.

    No volume is promised, so turnover and guarantees are not tested (P 2.5). Each commissioner accredits alone. There
    is no phasing and no choice between tender and renewal.
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
    """Items opened to choice, and the other items."""
    if policy.choice_share <= 0.0:
        return [], items
    opened = [i for i in items if is_open_to_choice(model, i, policy)]
    return opened, [i for i in items if i not in opened] if opened else items
