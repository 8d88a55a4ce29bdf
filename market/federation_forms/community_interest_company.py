"""Community interest company: as a limited company, but its assets are locked and its surplus is reinvested (K, C)."""

from __future__ import annotations

from caremarket.market.federation_forms.base import FederationForm

FORM = FederationForm(
    name="community_interest_company",
    source="K, site C; C on organisational form",
    vehicle=True,
    distributes=False,
    scale=1.0,
    autonomy_loss=0.95,
    pooling=0.8,
    risk_sharing=0.15,
    networks_within=False,
)
