"""NHS acute trusts: hospitals, broad capability, high fixed cost."""

from __future__ import annotations

from caremarket.market.provider_kinds.base import ProviderKind

PROVIDER_KIND = ProviderKind(
    name="acute_trust",
    label="Acute trust",
    words="acute trust",
    colour="#0072B2",
    calibration_group="nhs",
    python_class="caremarket.agents.entities.providers.trust:Trust",
    stem="acute",
    merger_family="trust",
    public=True,
    may_be_small=False,
    reference_population=340_000,
    order=1,
)
