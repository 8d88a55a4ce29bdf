"""Entry of new providers: who looks at a market, and what it costs to enter."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from caremarket.market.validation import NonNegative, Strict


class EntryParameters(Strict):
    """Parameters with units and sources in ``configs/behaviour/entry/default.yaml``."""

    potential_entrants_per_area: NonNegative = 4.0
    registration_gbp: NonNegative = 50_000.0
    setup_months: NonNegative = 6.0
    horizon_years: Annotated[float, Field(gt=0.0, le=30.0)] = 5.0
    discount_rate: Annotated[float, Field(gt=0.0, le=0.5)] = 0.08
    cost_error: Annotated[float, Field(ge=0.0, le=1.0)] = 0.1
