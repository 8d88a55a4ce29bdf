"""Limited company: practices hold shares in a company that bids, employs and bears the risk (K, site A)."""

from __future__ import annotations

from caremarket.market.federation_forms.base import FederationForm

FORM = FederationForm(
    name="limited_company",
    source="K, site A",
    vehicle=True,
    distributes=True,
    scale=1.0,
    autonomy_loss=1.0,
    pooling=0.8,
    risk_sharing=0.15,
    networks_within=False,
)
