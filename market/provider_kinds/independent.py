"""Independent, for-profit providers.

Efficient in selected functions; they enter if they expect a margin and leave if they do not earn one.
"""

from __future__ import annotations

from caremarket.market.provider_kinds.base import ProviderKind

PROVIDER_KIND = ProviderKind(
    name="independent",
    label="Independent",
    words="independent provider",
    colour="#D55E00",
    calibration_group="private",
    title="Independent provider",
    stem="independent",
    register_stem="IN",
    merger_family="independent",
    enters=True,
    order=6,
)
