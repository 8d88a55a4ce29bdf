"""Beliefs of bidders about rivals, and the quality they offer."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from caremarket.market.validation import Positive, Share, Strict


class BeliefParameters(Strict):
    """Parameters with units and sources in ``configs/behaviour/beliefs/default.yaml``."""

    offer_mean: Positive = 1.0
    offer_sd: Annotated[float, Field(gt=0.0, le=1.0)] = 0.1
    holder_offer_mean: Positive = 1.0
    prior_offers: Positive = 10.0
    area_offers: Positive = 10.0
    offer_memory: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.02
    offer_kernel: Annotated[float, Field(gt=0.0, le=0.5)] = 0.04
    turnout: Annotated[float, Field(gt=0.0, le=1.0)] = 0.8
    holder_turnout: Annotated[float, Field(gt=0.0, le=1.0)] = 0.8
    turnout_memory: Share = 0.05
    acceptance: Annotated[float, Field(gt=0.0, le=1.0)] = 0.5
    acceptance_memory: Share = 0.05
    budget_mean: Positive = 1.0
    budget_sd: Annotated[float, Field(ge=0.0, le=1.0)] = 0.1
    budget_change_sd: Annotated[float, Field(ge=0.0, le=1.0)] = 0.05
    budget_memory: Share = 0.02
