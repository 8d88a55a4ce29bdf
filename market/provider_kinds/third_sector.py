"""Social enterprises, charities and voluntary groups.

Niche capability, high social value, low reserves, little bid-writing capacity (P 1.11).
"""

from __future__ import annotations

from caremarket.market.provider_kinds.base import ProviderKind

PROVIDER_KIND = ProviderKind(
    name="third_sector",
    label="Third sector",
    words="third-sector provider",
    colour="#009E73",
    calibration_group="voluntary",
    title="Third-sector provider",
    stem="third",
    register_stem="TS",
    merger_family="third_sector",
    enters=True,
    third_sector=True,
    order=5,
)
