"""Independent, for-profit providers."""

from __future__ import annotations

from caremarket.agents.entities.provider import Provider


class IndependentProvider(Provider):
    """Efficient in selected functions; goes where it expects a margin and leaves where it finds none."""
