"""Locality group: neighbours that share premises, staff and risk without a legal body (K, site D)."""

from __future__ import annotations

from caremarket.market.federation_forms.base import FederationForm

FORM = FederationForm(
    name="locality_group",
    source="K, site D",
    vehicle=False,
    distributes=False,
    scale=0.8,
    autonomy_loss=0.75,
    pooling=0.5,
    risk_sharing=1.0,
    networks_within=False,
)
