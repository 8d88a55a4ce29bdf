"""NHS community trusts."""

from __future__ import annotations

from caremarket.market.provider_kinds.base import ProviderKind

PROVIDER_KIND = ProviderKind(
    name="community_trust",
    label="Community trust",
    words="community trust",
    colour="#56B4E9",
    calibration_group="nhs",
    python_class="caremarket.agents.entities.providers.trust:Trust",
    stem="community",
    merger_family="trust",
    public=True,
    may_be_small=False,
    reference_population=680_000,
    order=2,
)
