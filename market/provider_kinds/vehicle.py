"""Joint ventures: companies that sponsors set up for one contract (P 2.3, 3.8, 4.2).

The investigation counts them as other.
"""

from __future__ import annotations

from caremarket.market.provider_kinds.base import ProviderKind

PROVIDER_KIND = ProviderKind(
    name="vehicle",
    label="Joint venture",
    words="company set up for one contract",
    colour="#9A9A9A",
    calibration_group="other",
    python_class="caremarket.agents.entities.providers.special_purpose_vehicle:Vehicle",
    mark="diamond",
    integrator=True,
    one_contract=True,
    order=8,
)
