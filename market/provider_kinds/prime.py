"""Prime contractors: integrators with a supply chain and no delivery of their own.

A prime assembles a supply chain, prices it and allocates volume after award, in its own interest (P 2.3, P 5.8). It is
set up by larger partners, whose staff and turnover count with its own (Recommendation 2003/361/EC, article 6).
"""

from __future__ import annotations

from caremarket.market.provider_kinds.base import ProviderKind

PROVIDER_KIND = ProviderKind(
    name="prime",
    label="Prime, no own delivery",
    words="prime contractor without care of its own",
    colour="#F0E442",
    calibration_group="private",
    mark="diamond",
    title="Prime",
    stem="prime",
    register_stem="PR",
    merger_family="prime",
    may_be_small=False,
    integrator=True,
    order=7,
)
