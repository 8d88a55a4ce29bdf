"""GP federations: companies of several practices.

They belong to their practices and do not merge. The investigation counts joint ventures as other.
"""

from __future__ import annotations

from caremarket.market.provider_kinds.base import ProviderKind

PROVIDER_KIND = ProviderKind(
    name="gp_federation",
    label="GP federation",
    words="GP federation",
    colour="#E69F00",
    calibration_group="other",
    python_class="caremarket.agents.entities.general_practice.practice_group:GPFederation",
    of_practices=True,
    reference_population=182_500,
    order=4,
)
