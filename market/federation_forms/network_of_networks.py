"""Network of networks: small networks within a company, each jointly responsible for its pay (K, site C)."""

from __future__ import annotations

from caremarket.market.federation_forms.base import FederationForm

FORM = FederationForm(
    name="network_of_networks",
    source="K, site C",
    vehicle=True,
    distributes=False,
    scale=1.0,
    autonomy_loss=1.1,
    pooling=0.7,
    risk_sharing=0.5,
    networks_within=True,
)
