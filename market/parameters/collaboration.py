"""Working together: alliances, frameworks, joint ventures, and patients' choice among providers."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from caremarket.market.validation import NonNegative, Positive, Share, Strict


class CollaborationParameters(Strict):
    """Parameters with units and sources in ``configs/behaviour/collaboration/default.yaml``."""

    choice_quality: NonNegative = 4.0
    choice_near: NonNegative = 1.0
    choice_far: NonNegative = 2.0
    choice_waiting: NonNegative = 1.0
    accreditation_quality: Share = 0.4
    accreditation_room: Share = 0.05
    framework_years: Positive = 4.0
    call_off_months: Positive = 1.0
    common_terms_coordination: Share = 0.5
    together_weight: NonNegative = 4.0
    open_book_contracts: NonNegative = 2.0
    alliance_trust: Share = 0.45
    alliance_conveners: Annotated[int, Field(ge=1, le=20)] = 3
    alliance_governance: NonNegative = 0.25
    board_tolerance: NonNegative = 0.1
    consortium_least_share: Annotated[float, Field(gt=0.0, le=1.0)] = 0.1
    consortium_partners: Annotated[int, Field(ge=1, le=10)] = 3
    consortium_asked: Annotated[int, Field(ge=1, le=200)] = 12
    consortium_attempts: Annotated[int, Field(ge=1, le=20)] = 3
    bidding_agreement_gbp: NonNegative = 5_000.0
    vehicle_equity_share: Share = 0.05
    vehicle_setup_gbp: NonNegative = 50_000.0
