"""Social enterprises, charities and voluntary groups."""

from __future__ import annotations

from caremarket.agents.entities.provider import Provider


class ThirdSectorProvider(Provider):
    """Niche capability, high social value, thin reserves, little bid-writing capacity (P 1.11)."""

    third_sector = True
