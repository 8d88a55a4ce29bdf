"""NHS mental health trusts."""

from __future__ import annotations

from caremarket.market.provider_kinds.base import ProviderKind

PROVIDER_KIND = ProviderKind(
    name="mental_health_trust",
    label="Mental health trust",
    words="mental health trust",
    colour="#CC79A7",
    calibration_group="nhs",
    python_class="caremarket.agents.entities.providers.trust:Trust",
    stem="mental",
    merger_family="trust",
    public=True,
    may_be_small=False,
    reference_population=680_000,
    order=3,
)
