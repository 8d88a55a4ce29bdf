"""Loose network for delivery of care: no legal body, little autonomy given up, little pooling (K, site B)."""

from __future__ import annotations

from caremarket.market.federation_forms.base import FederationForm

FORM = FederationForm(
    name="loose_network",
    source="K, site B",
    vehicle=False,
    distributes=False,
    scale=0.4,
    autonomy_loss=0.35,
    pooling=0.2,
    risk_sharing=0.0,
    networks_within=False,
)
